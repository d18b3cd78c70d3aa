"""The JSON Schemas for editors are those of the records, and allow the keys that files really have."""

import json
from pathlib import Path

import pytest

from planner.catalog.bundled import bundled_documents
from planner.catalog.json_schema import catalog_json_schema, schema_names, write_schemas
from planner.catalog.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", schema_names())
def test_the_file_in_docs_is_the_schema(name: str) -> None:
    stored = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    remedy = "python -c \"from planner.catalog.json_schema import write_schemas; write_schemas('docs/schemas')\""
    assert stored == catalog_json_schema(name), f"the records have changed; write the schemas again: {remedy}"


def test_there_is_one_for_each_folder_and_none_else() -> None:
    assert len(schema_names()) == len(KINDS)
    with pytest.raises(KeyError):
        catalog_json_schema("catalog-gpu")


def test_writing_them_again_gives_the_same(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == set(schema_names())


def test_every_key_of_every_file_is_a_property() -> None:
    for document in bundled_documents()[0]:
        kind = KINDS[document.folder]
        allowed = catalog_json_schema(f"catalog-{kind.folder if kind.list_key else kind.singular}")["properties"]
        assert document.data.keys() <= allowed.keys(), document.name
