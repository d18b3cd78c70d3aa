"""Which format each part of a model takes, and how matrix products in it run on each accelerator."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.architecture.matrices import MODULES
from planner.catalog.formats import compute_for
from planner.perf.hardware import MatrixRates
from planner.units import BITS_PER_BYTE, NS_PER_S, TERA, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.architecture.layers import Architecture
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Accelerator, Checkpoint, Compute, Engine, Format

MATRIX_MODULES = ("head", "attention", "mixer", "dense_mlp", "experts", "shared_expert")
SIXTEEN_BITS = "bf16"
EFFICIENCY_OF_RATE = {"bf16": "bf16", "fp16": "bf16", "fp8": "fp8", "int8": "int8", "fp4": "fp4"}
KERNEL_CLASS = {"bf16": "bf16", "mxfp4": "mxfp4", "nvfp4": "nvfp4", "w4a16": "int4", "w4a8": "int4", "w8a16": "int4"}


def assignment(
    model: "Architecture", weight_format: "Format", checkpoints: "Sequence[Checkpoint]" = ()
) -> dict[str, str]:
    """Format id of each module class when ``model`` is served in ``weight_format``.

    A released checkpoint says which modules it left alone: the model's own configuration, else one of
    ``checkpoints``; otherwise the format's own rule holds.
    """
    released = model.quantisation
    own = released is not None and released.weight_format == weight_format.id
    known = [each.unquantised for each in checkpoints if each.weight_format == weight_format.id]
    kept = released.unquantised if own and released else frozenset([*known, weight_format.unquantised][0])
    chosen = {module: SIXTEEN_BITS if module in kept else weight_format.id for module in MODULES}
    chosen |= {module: SIXTEEN_BITS for module in ("norms", "router") if module in chosen}
    if own and released:
        chosen |= {module: other for module, other in released.mixed if module in chosen}
    return chosen


def compute_of(held: "Format", accelerator: "Accelerator", engine: str | None = None) -> "Compute | None":
    """How a format computes on ``accelerator`` with an engine family; ``None`` where nothing says that it can."""
    found = compute_for(held, accelerator.architecture, engine)
    if found.support == "impossible" or found.rate not in accelerator.peak_dense_tflops:
        return None
    return found


def weight_bytes(catalog: "Catalog", modules: "Mapping[str, str]") -> dict[str, float]:
    """Bytes an element of each module class, scales included."""
    return {module: catalog.formats[chosen].weight_bits / BITS_PER_BYTE for module, chosen in modules.items()}


@dataclass(frozen=True, eq=False)
class Efficiencies:
    """Calibrated factors with their fallbacks: the accelerator's own, its architecture's, then one."""

    factors: "Mapping[str, float]"

    def __getitem__(self, key: str) -> float:
        """Return the factor ``key``; a missing one is a catalogue error."""
        return self.factors[key]

    def __contains__(self, key: object) -> bool:
        """Whether there is a factor ``key``."""
        return key in self.factors

    def device(self, accelerator: "Accelerator", what: str, rest: float = 1.0) -> float:
        """Return the multiplier ``what`` (memory, compute, collective_us) of an accelerator."""
        own = f"accelerator.{accelerator.id}.{what}"
        return self.factors.get(own, self.factors.get(f"accelerator.{accelerator.architecture}.{what}", rest))


def matrix_rates(
    catalog: "Catalog",
    factors: Efficiencies,
    engine: "Engine",
    accelerators: "Sequence[Accelerator]",
    modules: "Mapping[str, str]",
) -> dict[str, MatrixRates]:
    """Rates of each module class on each accelerator, arrays ``(accelerators,)``; every format must be possible."""
    return {
        module: _rates(factors, engine, accelerators, catalog.formats[modules[module]], module)
        for module in MATRIX_MODULES
    }


def _rates(
    factors: Efficiencies, engine: "Engine", accelerators: "Sequence[Accelerator]", held: "Format", module: str
) -> MatrixRates:
    rows = [_one(factors, engine, accelerator, held, module) for accelerator in accelerators]
    return MatrixRates(*(np.array(column) for column in zip(*rows, strict=True)))


def _one(
    factors: Efficiencies, engine: "Engine", accelerator: "Accelerator", held: "Format", module: str
) -> tuple[float, ...]:
    compute = compute_of(held, accelerator, engine.family) or compute_of(held, accelerator)
    rate = compute.rate if compute and compute.rate else "bf16"
    native = compute is not None and compute.support == "native"
    kind = EFFICIENCY_OF_RATE[rate] if native and held.activation_bits == _bits(rate) else "weight_only"
    activation = held.activation_bits / BITS_PER_BYTE if kind != "weight_only" else 2.0
    bandwidth = accelerator.memory_bandwidth_gb_per_s * 1e9 * factors.device(accelerator, "memory")
    peak = accelerator.peak_dense_tflops.get(rate, 0.0) * TERA * factors.device(accelerator, "compute")
    peak *= factors.device(accelerator, f"compute_{kind}")
    share, memory = factors[f"gemm.{kind}.compute"], factors[f"gemm.{kind}.memory"]
    launch, kernel = factors[f"gemm.{kind}.launch_us"] / US_PER_S, 0.0
    depth = factors[f"gemm.{kind}.depth_ns"] / NS_PER_S
    if module == "head":
        share, memory, launch = factors["head.compute"], factors["head.memory"], 0.0
        depth = 0.0
    elif module == "experts":
        share, memory = factors[f"moe.{kind}.compute"], factors[f"moe.{kind}.memory"]
        depth = factors[f"moe.{kind}.depth_ns"] / NS_PER_S
        launch, kernel = 0.0, expert_kernel_s(engine, accelerator, held.id)
    quantise = 2.0 + activation if activation < 2.0 else 0.0
    return (
        held.weight_bits / BITS_PER_BYTE,
        activation,
        peak * share,
        bandwidth * memory,
        launch,
        quantise,
        bandwidth * factors["stream.memory"],
        kernel,
        depth,
    )


def _bits(rate: str) -> int:
    return {"bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp4": 4}[rate]


def expert_kernel_s(engine: "Engine", accelerator: "Accelerator", weight_format: str) -> float:
    """Return the fixed time of one layer's routed experts [s]: the engine's own for the format, else its default."""
    family = "blackwell" if accelerator.architecture.startswith("blackwell") else accelerator.architecture
    kind = KERNEL_CLASS.get(weight_format, "fp8")
    costs = engine.costs
    return costs.get(f"moe_us.{family}.{kind}", costs["moe_us.default"]) / US_PER_S
