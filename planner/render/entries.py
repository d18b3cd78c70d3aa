"""Catalogue entries as rows and in full."""

from collections.abc import Mapping
from typing import Any

from planner.catalog.catalog import Catalog
from planner.records import Record
from planner.render.rows import Row
from planner.render.yaml import yaml_text

LISTED: dict[str, dict[str, str]] = {
    "accelerators": {
        "id": "id",
        "vendor": "vendor",
        "architecture": "architecture",
        "memory_gb": "GB",
        "memory_bandwidth_gb_per_s": "GB/s",
        "peak_dense_tflops.bf16": "BF16 TFLOP/s",
        "peak_dense_tflops.fp8": "FP8 TFLOP/s",
    },
    "nodes": {
        "id": "id",
        "accelerator": "accelerator",
        "accelerators": "accelerators",
        "domain": "domain",
        "link": "link",
        "fabric.kind": "fabric",
    },
    "offers": {
        "id": "id",
        "node": "node",
        "unit_accelerators": "unit",
        "tenancy": "tenancy",
        "prices.purchase": "purchase",
        "prices.usd_per_unit_h": "USD/h a unit",
        "prices.as_of": "as of",
    },
    "models": {"id": "id", "published_parameters_b": "parameters (1e9)"},
    "formats": {
        "id": "id",
        "name": "name",
        "weight_bits": "bits a weight",
        "activation_bits": "bits an activation",
    },
    "kv_formats": {"id": "id", "name": "name", "weight_bits": "bits an element"},
    "quality": {
        "id": "id",
        "model": "model",
        "model_class": "class",
        "benchmark": "benchmark",
        "recovery": "recovery",
        "baseline_precision": "against",
        "date": "date",
    },
    "engines": {"id": "id", "versions": "versions", "years": "years", "vendors": "vendors"},
    "harnesses": {"id": "id", "mean_length_share": "mean length over nominal"},
    "links": {"id": "id", "name": "name", "latency_us": "latency us", "efficiency": "efficiency"},
    "architectures": {"id": "id", "vendor": "vendor", "name": "name"},
    "calibrations": {"id": "id"},
}
"""For each kind of entry the fields of a listing, dotted, and their headings. A list on the way gives a row an item."""


def entry_counts(catalog: Catalog) -> list[Row]:
    """Return how many entries of each kind the catalogue holds."""
    return [{"kind": kind, "entries": len(entries_of(catalog, kind))} for kind in LISTED]


def entry_rows(catalog: Catalog, kind: str) -> list[Row]:
    """Return the entries of one kind, a row each; an offer gives a row a price."""
    return [row for record in entries_of(catalog, kind).values() for row in _rows(record, tuple(LISTED[kind]))]


def entries_of(catalog: Catalog, kind: str) -> Mapping[str, Record]:
    """Return the entries of one kind by id."""
    entries: Mapping[str, Record] = getattr(catalog, kind)
    return entries


def entries_called(catalog: Catalog, name: str) -> dict[str, Record]:
    """Return the entries with this id or alias, letter case aside, by kind."""
    found: dict[str, Record] = {}
    for kind in LISTED:
        for key, record in entries_of(catalog, kind).items():
            if name.casefold() in {called.casefold() for called in (key, *getattr(record, "aliases", ()))}:
                found[kind] = record
    return found


def entry_yaml(record: Record) -> str:
    """Return an entry in full, as it could stand in a catalogue file."""
    return yaml_text(record.model_dump(mode="json", exclude_none=True))


def _rows(record: Record, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    facts = record.model_dump(mode="json")
    listing = {
        key for key, dot, _ in (field.partition(".") for field in fields) if dot and isinstance(facts[key], list)
    }
    if not listing:
        return [{field: _at(facts, field) for field in fields}]
    key = listing.pop()
    return [{field: _at({**facts, key: item}, field) for field in fields} for item in facts[key] or [None]]


def _at(facts: object, field: str) -> object:
    for part in field.split("."):
        facts = facts.get(part) if isinstance(facts, dict) else None
    return facts
