"""The catalogue that comes with planner: compiled JSON when installed, YAML with a compiled copy in a checkout."""

import hashlib
import json
import os
import tempfile
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from planner.catalog.documents import Document, parse, yaml_files

COMPILED = "_catalog/catalog.json"
"""Written into the wheel by ``hatch_build.py``: ``{"files": {"links/nvlink4.yaml": {...}, ...}}``."""

_CACHE_VERSION = 1


def bundled_documents() -> tuple[list[Document], str]:
    """Return the documents of the bundled catalogue and their digest.

    A checkout's YAML wins over nothing else: there the compiled JSON does not exist. Each file's compiled copy is kept
    under the digest of its bytes, so that a stale or damaged copy is read again from YAML and never believed.
    """
    root = checkout_folder()
    if root is not None:
        return _checkout_documents(root)
    text = resources.files("planner").joinpath(COMPILED).read_bytes()
    files = json.loads(text)["files"]
    documents = [Document(name, f"catalog/{name}", data) for name, data in files.items()]
    return documents, hashlib.blake2b(text, digest_size=16).hexdigest()


def checkout_folder() -> Path | None:
    """Return the ``catalog/`` folder of the checkout that planner runs from, or ``None`` when installed."""
    if resources.files("planner").joinpath(COMPILED).is_file():
        return None
    folder = Path(__file__).resolve().parents[2] / "catalog"
    return folder if (folder / "accelerators").is_dir() else None


def compile_files(root: Path) -> dict[str, Any]:
    """Read a catalogue folder into the form of :data:`COMPILED` (dates as ISO text)."""
    return {path.relative_to(root).as_posix(): _plain(parse(path.read_bytes(), str(path))) for path in yaml_files(root)}


def _checkout_documents(root: Path) -> tuple[list[Document], str]:
    cache = _read_cache()
    fresh: dict[str, list[Any]] = {}
    documents = []
    for path in yaml_files(root):
        name, text = path.relative_to(root).as_posix(), path.read_bytes()
        digest = hashlib.blake2b(text, digest_size=16).hexdigest()
        known = cache.get(name)
        data = known[1] if known and known[0] == digest else _plain(parse(text, str(path)))
        fresh[name] = [digest, data]
        documents.append(Document(name, str(path), data, path))
    if fresh.keys() != cache.keys() or any(cache[name][0] != item[0] for name, item in fresh.items()):
        _write_cache(fresh)
    digests = "".join(f"{name}={item[0]}\n" for name, item in fresh.items())
    return documents, hashlib.blake2b(digests.encode(), digest_size=16).hexdigest()


def _cache_file() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415  only a checkout keeps a cache

    return user_cache_path("servingplan") / f"catalog-{_CACHE_VERSION}.json"


def _read_cache() -> dict[str, list[Any]]:
    """Return the compiled copies, or nothing when they are absent, unreadable or damaged."""
    try:
        checksum, _, body = _cache_file().read_bytes().partition(b"\n")
        if checksum.decode("ascii") != hashlib.blake2b(body, digest_size=16).hexdigest():
            return {}
        files: dict[str, list[Any]] = json.loads(body)
    except (OSError, ValueError):
        return {}
    return files


def _write_cache(files: dict[str, list[Any]]) -> None:
    """Write the compiled copies in one step; a place that cannot be written is left alone."""
    body = json.dumps(files, separators=(",", ":")).encode()
    checksum = hashlib.blake2b(body, digest_size=16).hexdigest().encode("ascii")
    target = _cache_file()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(checksum + b"\n" + body)
            Path(temporary).replace(target)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
    except OSError:
        return


def _plain(value: Any) -> Any:  # noqa: ANN401  YAML holds anything
    """Return the value with dates as ISO text, as JSON would give it back."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
