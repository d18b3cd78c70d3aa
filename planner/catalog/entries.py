"""From documents to validated records: one entry, its record, and where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from planner.catalog.documents import Document, KeyPath, place_of
from planner.catalog.kinds import KINDS, Kind
from planner.catalog.nearest import did_you_mean
from planner.errors import CatalogError
from planner.records import Record


@dataclass(frozen=True)
class Entry:
    """A record with the document it came from and its place inside (``("offers", 3)`` or ``()``)."""

    record: Record
    document: Document
    where: KeyPath

    def place(self, *key: str | int) -> str:
        """Return ``file:line:column`` of a key of this entry."""
        return place_of(self.document, (*self.where, *key))


def read_entries(documents: Iterable[Document]) -> dict[str, dict[str, Entry]]:
    """Validate every entry of every document.

    Returns
    -------
    dict
        Folder to key to entry; the key is the id, for KV formats ``kv-<id>``.

    Raises
    ------
    CatalogError
        With all problems at once, each as ``file:line:column: key: problem (remedy)``.
    """
    entries: dict[str, dict[str, Entry]] = {folder: {} for folder in KINDS}
    problems: list[str] = []
    for document in documents:
        problems += _read_document(document, entries)
    if problems:
        raise CatalogError("\n".join(problems))
    return entries


def entry_key(folder: str, entry: Any) -> str:  # noqa: ANN401  a record of any kind
    """Return the key of a record inside its folder: its id, for KV formats ``kv-<id>``."""
    return f"kv-{entry.id}" if folder == "formats" and entry.kind == "kv" else str(entry.id)


def _read_document(document: Document, entries: dict[str, dict[str, Entry]]) -> list[str]:
    kind = KINDS.get(document.folder)
    if kind is None:
        remedy = did_you_mean(document.folder, KINDS)
        return [f"{document.origin}:1:1: folder {document.folder!r} is no kind of entry ({remedy})"]
    if not isinstance(document.data, dict):
        return [f"{document.origin}:1:1: a mapping must stand here, not {_said(document.data)} (start with `id:`)"]
    problems: list[str] = []
    for where, data in _parts(kind, document, problems):
        try:
            record = kind.record.model_validate(data)
        except ValidationError as error:
            problems += _problems(error, kind, document, where)
            continue
        entry, key = Entry(record, document, where), entry_key(kind.folder, record)
        if kind.stem(data) != document.stem:
            problems.append(
                f"{entry.place('id')}: id: {record.id!r} does not belong in {document.stem}.yaml "  # type: ignore[attr-defined]
                f"(rename the file to {kind.stem(data)}.yaml or the id)"
            )
        elif key in entries[kind.folder]:
            problems.append(f"{entry.place('id')}: id: {key!r} stands twice (ids are unique within a catalogue)")
        else:
            entries[kind.folder][key] = entry
    return problems


def _parts(kind: Kind, document: Document, problems: list[str]) -> list[tuple[KeyPath, dict[str, Any]]]:
    citations = document.data.get("citations") or {}
    if not isinstance(citations, dict):
        problems.append(f"{place_of(document, ('citations',))}: citations: a mapping of short names must stand here")
        return []
    if kind.list_key is None:
        alone = {key: value for key, value in document.data.items() if key != "citations"}
        return [((), _cited(alone, citations))]
    allowed = (*kind.shared_keys, "citations", kind.list_key)
    problems += [
        f"{place_of(document, (key,))}: {key}: unknown key ({did_you_mean(str(key), allowed)})"
        for key in document.data
        if key not in allowed
    ]
    listed = document.data.get(kind.list_key)
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        problems.append(f"{place_of(document, (kind.list_key,))}: {kind.list_key}: a list of mappings must stand here")
        return []
    shared = {key: document.data[key] for key in kind.shared_keys if key in document.data}
    return [((kind.list_key, index), _cited({**shared, **item}, citations)) for index, item in enumerate(listed)]


def _cited(value: Any, citations: dict[str, str], key: str = "") -> Any:  # noqa: ANN401  any YAML value
    """Replace the short names of sources by what the file's ``citations`` say."""
    if not citations:
        return value
    if isinstance(value, dict):
        return {name: _cited(item, citations, str(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_cited(item, citations, key) for item in value]
    return citations.get(value, value) if key in {"source", "sources"} and isinstance(value, str) else value


def _problems(error: ValidationError, kind: Kind, document: Document, where: KeyPath) -> list[str]:
    lines = []
    for item in error.errors(include_url=False):
        path = tuple(part for part in item["loc"] if not (isinstance(part, str) and part.startswith("[")))
        key = ".".join(str(part) for part in path) or kind.singular
        if item["type"] == "extra_forbidden":
            text = f"unknown key ({did_you_mean(str(path[-1]), _known_keys(kind.record, path))})"
        else:
            value = "" if item["type"] == "missing" else f" (the value is {_said(item['input'])})"
            text = f"{item['msg'][0].lower()}{item['msg'][1:]}{value}"
        lines.append(f"{place_of(document, (*where, *path))}: {key}: {text}")
    return lines


def _known_keys(record: type[Record], path: KeyPath) -> list[str]:
    names = set(record.model_fields)
    for part in path[:-1]:
        field = record.model_fields.get(str(part))
        nested = [found for found in _records_in(field.annotation) if found] if field else []
        if nested:
            record = nested[0]
            names = set(record.model_fields)
    return sorted(names)


def _records_in(annotation: Any) -> list[type[Record]]:  # noqa: ANN401  a typing construct
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _records_in(part)]


def _said(value: Any) -> str:  # noqa: ANN401
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
