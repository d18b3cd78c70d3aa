"""How much memory an accelerator really has: what its driver reports, or a rule where that is not known."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.catalog.schema import Accelerator, Basis
from planner.units import GB, GIB

MEMORY_RULE = "memory"
"""Id of the calibration entry that holds the rule's numbers."""


@dataclass(frozen=True)
class DeviceMemory:
    """``memory_bytes`` [byte] and what the figure rests on."""

    memory_bytes: float
    basis: Basis


def memory_of(accelerator: Accelerator, factors: Mapping[str, float]) -> DeviceMemory:
    """Return the memory that the driver reports.

    Parameters
    ----------
    accelerator
        Its ``memory_gb`` is the marketed label, which is no measure of bytes: an "80 GB" HBM device reports 85e9.
    factors
        ``memory.hbm_gib_per_marketed_gb`` and ``memory.other_gb_per_marketed_gb`` of the catalogue.
    """
    if accelerator.memory_reported_gib is not None:
        return DeviceMemory(accelerator.memory_reported_gib * GIB, _basis(accelerator))
    if (accelerator.memory_type or "").upper().startswith("HBM"):
        return DeviceMemory(accelerator.memory_gb * GIB * factors["memory.hbm_gib_per_marketed_gb"], "estimated")
    return DeviceMemory(accelerator.memory_gb * GB * factors["memory.other_gb_per_marketed_gb"], "estimated")


def _basis(accelerator: Accelerator) -> Basis:
    found = [source.basis for source in accelerator.sources if "memory_reported_gib" in source.backs]
    return found[0] if found else "estimated"
