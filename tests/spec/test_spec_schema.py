"""The JSON Schema says what the loader does; the examples load; the documentation names every key."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.catalog import Catalog
from planner.spec.document import parse_document
from planner.spec.json_schema import spec_json_schema
from planner.spec.known_keys import sections_of
from planner.spec.loader import load_spec
from planner.spec.nodes import as_json
from planner.spec.request import SeveralRequest, SingleRequest

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.yaml"))


def admits(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> bool:
    """Whether the part of JSON Schema that ours uses admits a value."""
    if "$ref" in schema:
        return admits(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], value, root)
    checks = [
        all(admits(part, value, root) for part in schema.get("allOf", ())),
        "anyOf" not in schema or any(admits(part, value, root) for part in schema["anyOf"]),
        "oneOf" not in schema or sum(admits(part, value, root) for part in schema["oneOf"]) == 1,
        "type" not in schema or _has_type(schema["type"], value),
        "enum" not in schema or value in schema["enum"],
        "const" not in schema or value == schema["const"],
    ]
    if not all(checks):
        return False
    if isinstance(value, dict):
        below = schema.get("properties", {})
        closed = schema.get("additionalProperties", True) is False
        return (
            all(key in value for key in schema.get("required", ()))
            and not (closed and any(key not in below for key in value))
            and all(admits(part, value[key], root) for key, part in below.items() if key in value)
        )
    if isinstance(value, list):
        each = schema.get("prefixItems", [schema.get("items", {})] * len(value))
        return len(value) >= schema.get("minItems", 0) and all(
            map(lambda part, item: admits(part, item, root), each, value)
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        within = schema.get("minimum", value) <= value <= schema.get("maximum", value)
        return bool(within and schema.get("exclusiveMinimum", value - 1) < value)
    return True


def _has_type(name: str, value: Any) -> bool:
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": int | float,
    }
    return isinstance(value, kinds[name]) and (name == "boolean" or not isinstance(value, bool))


def test_schema_says_what_it_is() -> None:
    schema = spec_json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].startswith("urn:")
    assert "null" not in json.dumps(schema), "a key without a value is refused"
    for form in (SingleRequest, SeveralRequest):
        assert set(schema["$defs"][form.__name__]["properties"]) == set(form.model_fields)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_schema_admits_every_example_and_none_with_another_key(path: Path) -> None:
    schema = spec_json_schema()
    document = as_json(parse_document(path.read_bytes(), path.name).root)
    assert admits(schema, document, schema)
    assert not admits(schema, document | {"unknown": 1}, schema)
    assert not admits(
        schema, {key: value for key, value in document.items() if key not in {"model", "workloads"}}, schema
    )


@pytest.mark.parametrize(
    "wrong", [{"requests_per_s": 1, "concurrency": 2}, {}, {"requests_per_s": 1, "lengths": {"trace": "x"}}]
)
def test_schema_refuses_what_the_rules_refuse(wrong: dict[str, Any]) -> None:
    schema = spec_json_schema()
    lengths = {"input_tokens": 5, "output_tokens": 5}
    assert admits(schema, {"model": "x", "workload": {"requests_per_s": 1, **lengths}}, schema)
    assert not admits(schema, {"model": "x", "workload": {**lengths, **wrong}}, schema)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_loads_and_says_what_it_is(path: Path, catalog: Catalog) -> None:
    spec = load_spec(path, catalog=catalog)
    assert spec.workloads
    text = path.read_text()
    assert text.startswith("# ")
    assert "\n# Asks: " in text
    assert "\n# Look at: " in text


def test_every_key_is_documented() -> None:
    text = (DOCS / "specification.md").read_text()
    words = set(re.findall(r"[a-z0-9_]+", text))
    keys = set(sections_of(SingleRequest)) | set(sections_of(SeveralRequest))
    slo = {key for key in keys if re.fullmatch(r"(ttft|tpot|e2e)_(mean|p\d\d)_ms", key)}
    assert keys - slo <= words, sorted(keys - slo - words)
    assert all(part in words for key in slo for part in key.split("_"))


def test_every_specification_of_the_documentation_loads(tmp_path: Path, catalog: Catalog) -> None:
    text = (DOCS / "specification.md").read_text()
    whole = [
        block
        for block in re.findall(r"```yaml\n(.*?)```", text, re.S)
        if re.search(r"^(model|workloads):", block, re.M)
    ]
    assert whole
    for block in whole:
        path = tmp_path / "documented.yaml"
        path.write_text(block)
        assert load_spec(path, catalog=catalog).workloads
