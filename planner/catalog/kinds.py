"""The kinds of catalogue entries: the folder each lives in, its record, and how a file's name follows from its id."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from planner.catalog.schema import (
    Accelerator,
    Calibration,
    ComputeArchitecture,
    Engine,
    Evaluation,
    Format,
    Harness,
    Link,
    Model,
    Node,
    Offer,
)
from planner.records import Record


def _id(entry: dict[str, Any]) -> str:
    return str(entry.get("id"))


def _model_stem(entry: dict[str, Any]) -> str:
    return _id(entry).replace("/", "--")


def _format_stem(entry: dict[str, Any]) -> str:
    return f"kv-{_id(entry)}" if entry.get("kind") == "kv" else _id(entry)


def _offer_stem(entry: dict[str, Any]) -> str:
    return str(entry.get("provider"))


def _evaluated_stem(entry: dict[str, Any]) -> str:
    return f"kv-{entry.get('format')}" if entry.get("kind") == "kv" else str(entry.get("format"))


@dataclass(frozen=True)
class Kind:
    """A folder of the catalogue. ``stem`` gives the file name (without ``.yaml``) in which an entry belongs."""

    folder: str
    singular: str
    record: type[Record]
    stem: Callable[[dict[str, Any]], str] = _id
    list_key: str | None = None
    """Where one file holds many entries: the key of the list."""
    shared_keys: tuple[str, ...] = ()
    """Keys of such a file that belong to every entry of its list."""


KINDS: dict[str, Kind] = {
    kind.folder: kind
    for kind in (
        Kind("architectures", "architecture", ComputeArchitecture),
        Kind("accelerators", "accelerator", Accelerator),
        Kind("nodes", "node", Node),
        Kind("offers", "offer", Offer, _offer_stem, list_key="offers", shared_keys=("provider", "provider_name")),
        Kind("models", "model", Model, _model_stem),
        Kind("formats", "format", Format, _format_stem),
        Kind(
            "quality", "evaluation", Evaluation, _evaluated_stem, list_key="evaluations", shared_keys=("format", "kind")
        ),
        Kind("links", "link", Link),
        Kind("engines", "engine", Engine),
        Kind("harnesses", "harness", Harness),
        Kind("calibration", "calibration", Calibration),
    )
}
