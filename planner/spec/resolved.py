"""What a request stands for beyond its text: the defaults taken where it is silent, and the files that it names."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from planner.spec.names import Names
from planner.spec.nodes import Node
from planner.spec.request import Shared

FILES = (("workload", "lengths", "trace"), ("workload", "demand", "csv"))
"""Where a workload names a file; its model may be one too."""


def assumed(request: Shared, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return every default by its dotted key that the document does not state; nothing where nothing is the default.

    A workload's own limits are those of all where it states none, so they are not repeated.
    """
    whole = request.model_dump(
        mode="json", exclude_none=True, fallback=lambda _: None
    )  # of inline fields: null is nothing
    return {key: value for key, value in _silent(whole, document, "") if value not in ([], 0, False, None)}


def _silent(whole: Mapping[str, Any], stated: Mapping[str, Any], under: str) -> Iterator[tuple[str, Any]]:
    for key, value in whole.items():
        at = f"{under}.{key}".lstrip(".")
        given = stated.get(key)
        if isinstance(value, dict) and (given is None or isinstance(given, dict)):
            if not (key == "limits" and under):
                yield from _silent(value, given or {}, at)
        elif isinstance(value, list) and isinstance(given, list):
            for index, (part, said) in enumerate(zip(value, given, strict=False)):
                if isinstance(part, dict) and isinstance(said, dict):
                    yield from _silent(part, said, f"{at}[{index}]")
        elif given is None:
            yield at, value


def named_files(root: Node, folder: Path, known: Names) -> dict[str, str]:
    """Return the digest of each file that a document names, by the name that it gives it; ``known`` are no files."""
    listed = root.child("workloads")
    blocks = [root] if listed is None else [block for _, block in listed.children()]
    names = [name for block in blocks for name in _names(block)]
    found = {}
    for name in dict.fromkeys(names):
        if known.canonical("models", name):
            continue
        path = folder / name
        path = path / "config.json" if path.is_dir() else path
        if path.is_file():
            found[name] = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    return found


def _names(block: Node) -> Iterator[str]:
    model = block.child("model")
    if model is not None and isinstance(model.value, str):
        yield model.value
    for path in FILES:
        node: Node | None = block
        for key in path:
            node = node.child(key) if node is not None else None
        if node is not None and isinstance(node.value, str):
            yield node.value
