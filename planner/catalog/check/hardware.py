"""Accelerators: memory in decimal GB, bandwidths and power within what such parts have."""

from collections.abc import Iterator

from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem
from planner.catalog.schema import Accelerator
from planner.units import GB, GIB, TERA

REPORTED_SHARE = (0.95, 1.08)
"""Bytes that the driver reports over the marketed GB x 1e9: 80 GiB of an "80 GB" device is 1.074."""
BANDWIDTH_GB_PER_S = {"HBM": (600.0, 25_000.0), "GDDR": (200.0, 2_500.0)}
FLOP_PER_BYTE = (20.0, 700.0)
"""Dense 16-bit FLOP over memory bytes: 37 (H20) to 574 (TPU v6e)."""
PLAIN_RANGES: dict[str, tuple[float, float]] = {
    "memory_gb": (4, 1_000),
    "pcie_generation": (3, 7),
    "pcie_lanes": (4, 16),
    "tdp_w": (20, 3_000),
    "release_year": (2012, 2040),
}


def hardware_problems(catalog: Catalog) -> Iterator[Problem]:
    """Check what does not concern peaks; a wrong unit shows as a figure out of range."""
    for name, accelerator in catalog.accelerators.items():
        found = (*_ranges(accelerator), *_memory(accelerator), *_bandwidth(accelerator))
        for key, text in found:
            yield Problem("accelerators", name, key, text)


def _ranges(accelerator: Accelerator) -> Iterator[tuple[str, str]]:
    for key, (low, high) in PLAIN_RANGES.items():
        value = getattr(accelerator, key)
        if value is not None and not low <= value <= high:
            yield key, f"{value:g} is outside {low:g} to {high:g} (is the unit the one in the key?)"


def _memory(accelerator: Accelerator) -> Iterator[tuple[str, str]]:
    if accelerator.memory_reported_gib is None:
        return
    share = accelerator.memory_reported_gib * GIB / (accelerator.memory_gb * GB)
    if not REPORTED_SHARE[0] <= share <= REPORTED_SHARE[1]:
        stated = f"{accelerator.memory_reported_gib:g} GiB reported are {share:.3f} of {accelerator.memory_gb:g} GB"
        yield "memory_gb", f"{stated}, outside {REPORTED_SHARE[0]} to {REPORTED_SHARE[1]} (memory_gb is decimal)"


def _bandwidth(accelerator: Accelerator) -> Iterator[tuple[str, str]]:
    value = accelerator.memory_bandwidth_gb_per_s
    kind = next((kind for kind in BANDWIDTH_GB_PER_S if (accelerator.memory_type or "").startswith(kind)), None)
    if kind:
        low, high = BANDWIDTH_GB_PER_S[kind]
        if not low <= value <= high:
            yield "memory_bandwidth_gb_per_s", f"{value:g} is outside {low:g} to {high:g} for {kind} (GB/s, decimal)"
    peaks = accelerator.peak_dense_tflops
    sixteen = peaks.get("bf16", peaks.get("fp16"))
    if sixteen is None:
        yield "peak_dense_tflops", "holds neither bf16 nor fp16 (one of them is needed)"
    elif not FLOP_PER_BYTE[0] <= sixteen * TERA / (value * GB) <= FLOP_PER_BYTE[1]:
        ratio = sixteen * TERA / (value * GB)
        yield (
            "memory_bandwidth_gb_per_s",
            f"{ratio:.0f} FLOP a byte is outside {FLOP_PER_BYTE[0]:g} to {FLOP_PER_BYTE[1]:g}",
        )
