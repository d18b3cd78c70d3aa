"""The JSON Schema of a specification, for editors and other programs."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from planner.records import Record
from planner.spec.request import SeveralRequest, SingleRequest

SCHEMA_ID = "urn:servingplan:specification:1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _WithoutNull(GenerateJsonSchema):
    """A key without a value is refused, so no key of the schema admits null or has it as its default."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        default = schema.get("default")
        if default is None or isinstance(default, Record):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def spec_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of both forms of a specification."""
    either: TypeAdapter[SingleRequest | SeveralRequest] = TypeAdapter(SingleRequest | SeveralRequest)
    body = either.json_schema(schema_generator=_WithoutNull, mode="validation")
    return {"$schema": DIALECT, "$id": SCHEMA_ID, "title": "planner specification", **body}
