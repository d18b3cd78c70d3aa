"""``--set key=value``: values from the command line in place of those of the file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from planner.errors import SpecError
from planner.spec.document import MAX_DEPTH, parse_value
from planner.spec.nodes import KeyPath, Node
from planner.spec.problems import Place, Problem, dotted, quoted

_PART = re.compile(r"[^.\[\]\ud800-\udfff]+|\[\d+\]")
_INDEX = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True)
class Override:
    """One ``--set``: the path of a key and its new value; a value of ``null`` removes the key."""

    path: KeyPath
    node: Node
    problems: tuple[Problem, ...] = ()


def read_override(argument: str) -> Override:
    """Read ``limits.max_accelerators=8`` or ``workloads[0].slo.ttft_p95_ms=300``.

    Raises
    ------
    SpecError
        When it is no such thing, or the value is not YAML.
    """
    place = Place(f"--set {quoted(argument)[1:-1]}")
    key, equals, text = argument.partition("=")
    key = key.strip()
    if not equals or not _PART.search(key) or _PART.sub("", key).strip("."):
        raise SpecError(str(Problem(place, "--set", "is not key=value", "write --set limits.max_accelerators=8")))
    if not text.strip():
        raise SpecError(str(Problem(place, key, "has no value", "write null to remove the key")))
    parts = [part.strip("[]") for part in _PART.findall(key)]
    if len(parts) > MAX_DEPTH:
        raise SpecError(str(Problem(place, "--set", f"is nested more than {MAX_DEPTH} deep", "five levels are known")))
    document = parse_value(text, place)
    path = tuple(int(part) if _INDEX.fullmatch(part) else part for part in parts)
    return Override(path, document.root, document.problems)


def overridden(root: Node, overrides: Iterable[Override]) -> tuple[Node, tuple[Problem, ...]]:
    """Return the document with every override laid upon it in turn, and what could not be."""
    problems: list[Problem] = []
    for override in overrides:
        problems += override.problems
        try:
            root = _laid(root, override, 0)
        except _Misfit as misfit:
            problems.append(misfit.problem)
    return root, tuple(problems)


class _Misfit(Exception):  # noqa: N818  not an error: caught above
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _laid(node: Node, override: Override, depth: int) -> Node:
    """Return ``node`` with the part of the path from ``depth`` on replaced, added or removed."""
    key = override.path[depth]
    last = depth == len(override.path) - 1
    if isinstance(node.value, tuple):
        return _laid_in_list(node, override, depth)
    if not isinstance(node.value, dict):
        where = dotted(override.path[:depth])
        raise _misfit(override, depth, f"{where} is {quoted(node.value, node.text)}, not a section of keys")
    key = str(key)
    if last and override.node.value is None:
        if key not in node.value:
            raise _misfit(override, depth + 1, "cannot be removed: it is not stated")
        return Node(node.place, {name: child for name, child in node.value.items() if name != key}, keys=node.keys)
    below = node.value.get(key) or Node(override.node.place, {})
    new = override.node if last else _laid(below, override, depth + 1)
    keys = {**node.keys, key: override.node.place} if last or key not in node.value else node.keys
    return Node(node.place, {**node.value, key: new}, keys=keys)


def _laid_in_list(node: Node, override: Override, depth: int) -> Node:
    items = list(node.value) if isinstance(node.value, tuple) else []
    index = _index(items, override.path[depth])
    if index is None:
        problem = f"there is no such item among {len(items)}"
        raise _misfit(override, depth + 1, problem, "use an index from 0, or a workload's name")
    if depth < len(override.path) - 1:
        items[index] = _laid(items[index], override, depth + 1)
    elif override.node.value is None:
        del items[index]
    else:
        items[index] = override.node
    return Node(node.place, tuple(items))


def _index(items: list[Node], part: str | int) -> int | None:
    if isinstance(part, int):
        return part if part < len(items) else None
    named = (item.child("name") for item in items)
    return next((index for index, name in enumerate(named) if name is not None and name.value == part), None)


def _misfit(override: Override, depth: int, problem: str, remedy: str = "see planner schema spec") -> _Misfit:
    return _Misfit(Problem(override.node.place, dotted(override.path[:depth]), problem, remedy))
