"""Peaks are dense: held against the ratios of the architecture, and against units x clock x FLOP a clock."""

from collections.abc import Iterator

from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem
from planner.catalog.schema import Accelerator, ComputeArchitecture
from planner.units import TERA

RATIO_TOLERANCE = 0.03
"""Vendors round: L4's TF32 is 60 of 60.5, A30's INT4 661 of 660."""


def peak_problems(catalog: Catalog) -> Iterator[Problem]:
    """Check the peaks of every accelerator; what stands on purpose is among its ``exceptions``, and only that."""
    for name, accelerator in catalog.accelerators.items():
        architecture = catalog.architectures[accelerator.architecture]
        broken = {rule: (key, text) for rule, key, text in _broken(accelerator, architecture)}
        excused = {exception.rule for exception in accelerator.exceptions}
        for rule, (key, text) in broken.items():
            if rule not in excused:
                yield Problem("accelerators", name, key, f"{text} (or say why under exceptions, rule: {rule})")
        for rule in sorted(excused - broken.keys()):
            yield Problem("accelerators", name, "exceptions", f"rule {rule!r} is not broken (remove the exception)")


def _broken(accelerator: Accelerator, architecture: ComputeArchitecture) -> Iterator[tuple[str, str, str]]:
    peaks = accelerator.peak_dense_tflops
    for rate, (other, factor) in architecture.ratios.items():
        if rate not in peaks or other not in peaks:
            continue
        expected = factor * peaks[other]
        if abs(peaks[rate] - expected) > RATIO_TOLERANCE * expected:
            text = f"{peaks[rate]:g} is not {factor:g} x {other} = {expected:g} on {architecture.id}; is one sparse?"
            yield f"ratio.{rate}", f"peak_dense_tflops.{rate}", text
    yield from _clock(accelerator, architecture)


def _clock(accelerator: Accelerator, architecture: ComputeArchitecture) -> Iterator[tuple[str, str, str]]:
    """Hold the implied clock to what chips run at: a sparse figure implies twice as much."""
    rate = "bf16" if "bf16" in accelerator.peak_dense_tflops else "fp16"
    flop = architecture.fp16_flop_per_unit_clock.get(accelerator.compute_capability or "")
    if not flop or not accelerator.compute_units or not architecture.clock_ghz:
        return
    peak = accelerator.peak_dense_tflops[rate]  # type: ignore[index]
    clock = peak * TERA / (accelerator.compute_units * flop) / 1e9
    low, high = architecture.clock_ghz
    if not low <= clock <= high:
        text = (
            f"{peak:g} TFLOPS of {accelerator.compute_units} units at {flop:g} FLOP a clock imply {clock:.2f} GHz, "
            f"outside {low:g} to {high:g}; is it sparse?"
        )
        yield "clock", f"peak_dense_tflops.{rate}", text
