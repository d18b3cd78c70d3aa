"""The JSON Schema of a row of a measurement file, from the same columns as the reader's."""

from typing import Any

from planner.measure.columns import CHOICES, NUMBERS, REQUIRED, TEXTS, Number

SCHEMA_ID = "urn:servingplan:measurements:1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MEANINGS = {
    "model": "Catalogue id or alias, or the path of a config.json.",
    "accelerator": "Catalogue id or alias.",
    "accelerators": "Of all replicas: tensor x pipeline x attention-data parallel x replicas.",
    "input_tokens": "Mean prompt [token].",
    "output_tokens": "Mean output [token].",
    "concurrency": "Requests in flight (closed), or in the batch (static).",
    "request_rate": "Requests a second (open); inf says nothing.",
    "load": "static: one batch; closed: so many in flight; open: arriving at a rate; saturated: all queued at once.",
    "ttft_ms": "Time to first token [ms].",
    "tpot_ms": "Time per output token after the first [ms].",
    "output_tokens_per_s": "Output tokens a second over all accelerators.",
    "total_tokens_per_s": "Input and output tokens a second over all accelerators.",
    "latency_s": "A whole batch, or a whole request [s].",
    "flag": "Empty where the row is sound; flagged rows are scored apart.",
}
"""What a column means, where its name does not say it."""


def measurements_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one row: a key a column, an empty cell an absent key."""
    texts = (*TEXTS, *(column for column in CHOICES if column not in TEXTS))
    cells = {column: _number(rule) for column, rule in NUMBERS.items()} | {column: _text(column) for column in texts}
    for column, meaning in MEANINGS.items():
        cells[column]["description"] = meaning
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        "title": "planner measurement",
        "description": "A row of a CSV file whose first line names the columns; further columns are for grouping.",
        "type": "object",
        "properties": cells,
        "required": list(REQUIRED),
        "allOf": [
            _where("open", "request_rate"),
            _where("closed", "concurrency"),
            {
                "if": {"not": {"required": ["load"]}},
                "then": {"anyOf": [{"required": ["request_rate"]}, {"required": ["concurrency"]}]},
            },
        ],
    }


def _number(rule: Number) -> dict[str, Any]:
    kind = {"type": "integer" if rule.whole else "number", "exclusiveMinimum": 0, "maximum": rule.high}
    return {"anyOf": [kind, {"const": "inf"}]} if rule.infinite else kind


def _text(column: str) -> dict[str, Any]:
    return {"enum": list(CHOICES[column])} if column in CHOICES else {"type": "string", "minLength": 1}


def _where(load: str, column: str) -> dict[str, Any]:
    """Return the rule that a row of one kind of load states what that load is measured by."""
    stated = {"properties": {"load": {"const": load}}, "required": ["load"]}
    return {"if": stated, "then": {"required": [column]}}
