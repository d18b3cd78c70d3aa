"""``load_catalog``: the bundled catalogue with the user's own entries laid on top."""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from planner.catalog.bundled import bundled_documents
from planner.catalog.catalog import Catalog
from planner.catalog.documents import Document, parse, read_documents, read_file, yaml_files
from planner.catalog.entries import Entry, read_entries
from planner.catalog.kinds import KINDS
from planner.catalog.references import reference_problems
from planner.errors import CatalogError

CALIBRATION = "calibration"
Entries = dict[str, dict[str, Entry]]


def load_catalog(*overlays: str | Path, as_of: date | None = None) -> Catalog:
    """Return the bundled catalogue with folders of the user's own entries on top.

    Parameters
    ----------
    *overlays
        Folders laid out like ``catalog/``, or single calibration entries as ``planner calibrate`` writes them; an entry
        replaces the whole entry of the same id, a later overlay wins.
    as_of
        The date at which prices are looked up where a request names none.

    Raises
    ------
    CatalogError
        A folder that does not exist, or entries that are wrong, all at once as ``file:line:column: key: problem``.
    """
    documents, digest = bundled_documents()
    entries = read_entries(documents)
    for overlay in overlays:
        path = Path(overlay)
        single = path.exists() and not path.is_dir()
        entries, digest = (_calibrated if single else _laid_on)(entries, path, digest)
    problems = reference_problems(entries)
    if problems:
        raise CatalogError("\n".join(problems))
    return _catalog(entries, as_of, digest)


def _calibrated(entries: Entries, path: Path, digest: str) -> tuple[Entries, str]:
    """Lay one calibration entry on top, whatever its file is called."""
    text = read_file(path)
    data = parse(text, str(path))
    named = data.get("id") if isinstance(data, dict) else None
    own = read_entries([Document(f"{CALIBRATION}/{named}.yaml", str(path), data, path)])
    laid = {**entries, CALIBRATION: {**entries[CALIBRATION], **own[CALIBRATION]}}
    return laid, hashlib.blake2b(digest.encode() + text, digest_size=16).hexdigest()


def _laid_on(entries: Entries, folder: Path, digest: str) -> tuple[Entries, str]:
    if not folder.is_dir():
        raise CatalogError(f"{folder}: no such folder (--catalog takes a folder laid out like catalog/)")
    paths = yaml_files(folder)
    stray = [str(path) for path in sorted(folder.glob("*.y*ml"))] + [
        str(path) for path in sorted(folder.glob("*/*.yml"))
    ]
    if stray or not paths:
        found = ", ".join(stray) or str(folder)
        raise CatalogError(
            f"{found}: no entry is read from here (put entries as <kind>/<id>.yaml, kinds: {', '.join(KINDS)})"
        )
    own = read_entries(read_documents(paths, folder))
    content = digest.encode() + b"".join(path.name.encode() + read_file(path) for path in paths)
    laid = {name: {**entries[name], **own[name]} for name in KINDS}
    return laid, hashlib.blake2b(content, digest_size=16).hexdigest()


def _catalog(entries: Entries, as_of: date | None, digest: str) -> Catalog:
    formats = entries["formats"].values()
    by_kind = {
        kind: {entry.record.id: entry for entry in formats if cast("Any", entry.record).kind == kind}  # type: ignore[attr-defined]
        for kind in ("weights", "kv")
    }
    records: dict[str, Mapping[str, Any]] = {name: _frozen(entries[name]) for name in KINDS}
    records["calibrations"] = records.pop("calibration")
    records |= {"formats": _frozen(by_kind["weights"]), "kv_formats": _frozen(by_kind["kv"])}
    return Catalog(**records, as_of=as_of, digest=digest)


def _frozen(entries: dict[str, Entry]) -> Mapping[str, Any]:
    return MappingProxyType({key: entries[key].record for key in sorted(entries)})
