"""The catalogue as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from planner.catalog.memory import MEMORY_RULE, memory_of
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


@dataclass(frozen=True)
class Catalog:
    """Read-only mappings from id to record, each in the order of the ids.

    ``as_of`` is the date at which prices are looked up where a request names none (``None``: the latest price).
    """

    architectures: Mapping[str, ComputeArchitecture]
    accelerators: Mapping[str, Accelerator]
    nodes: Mapping[str, Node]
    offers: Mapping[str, Offer]
    models: Mapping[str, Model]
    formats: Mapping[str, Format]
    kv_formats: Mapping[str, Format]
    quality: Mapping[str, Evaluation]
    engines: Mapping[str, Engine]
    harnesses: Mapping[str, Harness]
    links: Mapping[str, Link]
    calibrations: Mapping[str, Calibration]
    as_of: date | None = None
    digest: str = ""
    """Digest of every file that it was read from."""

    def memory_bytes(self, accelerator: Accelerator) -> float:
        """Memory that the driver reports for one accelerator [byte], by rule where it is not known."""
        return memory_of(accelerator, self.calibrations[MEMORY_RULE].factors).memory_bytes

    def by_folder(self) -> Mapping[str, Mapping[str, Any]]:
        """Entries by the name of their mapping, calibrations last."""
        return {
            field.name: getattr(self, field.name) for field in fields(self) if field.name not in {"as_of", "digest"}
        }
