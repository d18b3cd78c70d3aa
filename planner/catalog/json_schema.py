"""JSON Schema of catalogue files, for editors: line 1 of each file points to ``docs/schemas/``."""

import json
from pathlib import Path
from typing import Any

from planner.catalog.kinds import KINDS, Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CITATIONS = {
    "description": "Short names for sources: what stands here replaces the name wherever a source is named.",
    "type": "object",
    "additionalProperties": {"type": "string"},
}


def schema_names() -> tuple[str, ...]:
    """Return the names of all schemas, ``catalog-accelerator`` and so on."""
    return tuple(_name(kind) for kind in KINDS.values())


def catalog_json_schema(name: str) -> dict[str, Any]:
    """Return the schema of one kind of file, by its name.

    Raises
    ------
    KeyError
        When no kind of file has that name.
    """
    kind = {_name(kind): kind for kind in KINDS.values()}[name]
    entry = kind.record.model_json_schema()
    entry.pop("description", None)
    if kind.list_key:
        entry = _of_list(entry, kind)
    entry["properties"] = {**entry["properties"], "citations": _CITATIONS}
    return {"$schema": DIALECT, "title": name, **{key: entry[key] for key in entry if key != "title"}}


def write_schemas(folder: str | Path) -> None:
    """Write every schema into a folder, ``docs/schemas`` as a rule."""
    for name in schema_names():
        text = json.dumps(catalog_json_schema(name), indent=1)
        (Path(folder) / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def _name(kind: Kind) -> str:
    return f"catalog-{kind.folder if kind.list_key else kind.singular}"


def _of_list(entry: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """Return the schema of a file that holds a list of entries under keys that they share."""
    shared = {key: entry["properties"].pop(key) for key in kind.shared_keys}
    entry["required"] = [key for key in entry["required"] if key not in shared]
    definitions = entry.pop("$defs")
    return {
        "$defs": {**definitions, entry["title"]: entry},
        "type": "object",
        "additionalProperties": False,
        "properties": {**shared, str(kind.list_key): {"type": "array", "items": {"$ref": f"#/$defs/{entry['title']}"}}},
        "required": [kind.shared_keys[0], kind.list_key],
    }
