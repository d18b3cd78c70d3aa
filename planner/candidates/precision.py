"""Which format each part of a model takes, and how matrix products in it run on each accelerator."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.architecture.matrices import MODULES
from planner.catalog.formats import compute_for
from planner.perf.hardware import Floats, MatrixRates
from planner.units import BITS_PER_BYTE, NS_PER_S, TERA, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.architecture.layers import Architecture
    from planner.candidates.holdings import Formats
    from planner.catalog.catalog import Catalog
    from planner.catalog.facts import Rate
    from planner.catalog.schema import Accelerator, Checkpoint, Compute, Engine, Format, Mixture

MATRIX_MODULES = ("head", "attention", "mixer", "dense_mlp", "experts", "shared_expert")
OWN_KERNELS = ("head", "experts")
"""Module classes whose products do not run in the kernels of all others."""
SIXTEEN_BITS, WEIGHT_ONLY = "bf16", "weight_only"
SIXTEEN_BIT_BYTES = 2.0
EFFICIENCY_OF_RATE = {"bf16": "bf16", "fp16": "bf16", "fp8": "fp8", "int8": "int8", "fp4": "fp4"}
KERNEL_CLASS = {"bf16": "bf16", "mxfp4": "mxfp4", "nvfp4": "nvfp4", "w4a16": "int4", "w4a8": "int4", "w8a16": "int4"}


def assignment(
    model: "Architecture",
    weight_format: "Format",
    checkpoints: "Sequence[Checkpoint]" = (),
    mixture: "Mixture | None" = None,
) -> dict[str, str]:
    """Format id of each module class when ``model`` is served in ``weight_format``.

    A released checkpoint says which modules it left alone: the model's own configuration, else one of
    ``checkpoints``; otherwise the format's own rule holds, and ``mixture`` puts some classes into other formats.
    """
    released = model.quantisation
    if released is not None and released.weight_format == weight_format.id:
        kept, others = released.unquantised, dict(released.mixed)
    else:
        known = [each.unquantised for each in checkpoints if each.weight_format == weight_format.id]
        kept, others = frozenset([*known, weight_format.unquantised][0]), {}
        if mixture is not None:
            kept, others = kept - set(mixture.modules), mixture.modules
    chosen = {module: SIXTEEN_BITS if module in kept else weight_format.id for module in MODULES} | dict(others)
    return chosen | dict.fromkeys(("norms", "router"), SIXTEEN_BITS)


def compute_of(held: "Format", accelerator: "Accelerator", engine: str | None = None) -> "Compute | None":
    """How a format computes on ``accelerator`` with an engine family; ``None`` where nothing says that it can."""
    found = compute_for(held, accelerator.architecture, engine)
    if found.support == "impossible" or found.rate not in accelerator.peak_dense_tflops:
        return None
    return found


@cache
def lineage(architecture: str) -> tuple[str, ...]:
    """Return an architecture and the families that it descends from: ``blackwell-ultra``, then ``blackwell``."""
    parts = architecture.split("-")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


@dataclass(frozen=True, eq=False)
class Efficiencies:
    """Calibrated factors with their fallbacks: the accelerator's own, its architecture's, its family's, then one."""

    factors: "Mapping[str, float]"

    def __getitem__(self, key: str) -> float:
        """Return the factor ``key``; a missing one is a catalogue error."""
        return self.factors[key]

    def __contains__(self, key: object) -> bool:
        """Whether there is a factor ``key``."""
        return key in self.factors

    def device(self, accelerator: "Accelerator", what: str, rest: float = 1.0) -> float:
        """Return the multiplier ``what`` (memory, compute, collective_us) of an accelerator."""
        of = accelerator.id, what
        if of not in self._devices:
            names = (accelerator.id, *lineage(accelerator.architecture))
            keys = (f"accelerator.{name}.{what}" for name in names)
            self._devices[of] = next((self.factors[key] for key in keys if key in self.factors), None)
        found = self._devices[of]
        return rest if found is None else found

    @cached_property
    def _devices(self) -> dict[tuple[str, str], float | None]:
        """Multipliers looked up so far (``None``: there is none)."""
        return {}


def matrix_rates(
    catalog: "Catalog",
    factors: Efficiencies,
    engine: "Engine",
    accelerators: "Sequence[Accelerator]",
    formats: "Formats",
) -> dict[str, MatrixRates]:
    """Rates of each module class on each accelerator, arrays ``(accelerators,)``; every format must be possible.

    They are worked out once for each kind of accelerator, and once for module classes that differ in bytes alone.
    """
    held = formats.weight_bytes(catalog)
    distinct = {accelerator.id: accelerator for accelerator in accelerators}
    at = [list(distinct).index(accelerator.id) for accelerator in accelerators]
    known: dict[_Part, Floats] = {}
    rates = {}
    for module in MATRIX_MODULES:
        part = _Part(module if module in OWN_KERNELS else "", formats.modules[module])
        if part not in known:
            chosen = catalog.formats[part.held]
            rows = [_one(factors, engine, accelerator, (part.module, chosen)) for accelerator in distinct.values()]
            known[part] = np.array(rows)[at].T
        rates[module] = MatrixRates(np.full(len(at), held[module]), *known[part])
    return rates


class _Part(NamedTuple):
    """A module class with kernels of its own (empty: none), and the id of its format."""

    module: str
    held: str


def kernel_class(held: "Format", compute: "Compute | None") -> str:
    """Return which calibrated kernels run a format: those of its rate, or weights alone expanded on the way in.

    Weight-only is every fallback, and what multiplies narrower weights with 16-bit activations.
    """
    rate = compute.rate if compute and compute.rate else "bf16"
    native = compute is not None and compute.support == "native"
    expands = held.weight_bits < 16 and (not native or _bits(rate) == 16)
    return WEIGHT_ONLY if expands else EFFICIENCY_OF_RATE[rate]


def _shares(factors: Efficiencies, family: str, kind: str, held: "Format") -> tuple[float, float]:
    """Shares of the peak and of the bandwidth that ``family`` (gemm, moe) kernels reach.

    A format's own factors come before those of its class, and no weight-only kernel computes faster than the 16-bit
    one into which it expands its weights.
    """
    found = []
    for what in ("compute", "memory"):
        own = f"{family}.{kind}.{held.id}.{what}"
        found.append(factors[own] if own in factors else factors[f"{family}.{kind}.{what}"])
    if kind == WEIGHT_ONLY:
        found[0] = min(found[0], factors[f"{family}.{SIXTEEN_BITS}.compute"])
    return found[0], found[1]


def _one(
    factors: Efficiencies, engine: "Engine", accelerator: "Accelerator", part: tuple[str, "Format"]
) -> tuple[float, ...]:
    """Return the fields of :class:`MatrixRates` after the first."""
    module, held = part
    compute = compute_of(held, accelerator, engine.family) or compute_of(held, accelerator)
    rate = compute.rate if compute and compute.rate else sixteen_bit_rate(accelerator)
    kind = kernel_class(held, compute)
    activation = 2.0 if kind == WEIGHT_ONLY else min(held.activation_bits, _bits(rate)) / BITS_PER_BYTE
    bandwidth = accelerator.memory_bandwidth_gb_per_s * 1e9 * factors.device(accelerator, "memory")
    peak = accelerator.peak_dense_tflops.get(rate, 0.0) * TERA * factors.device(accelerator, "compute")
    peak *= factors.device(accelerator, f"compute_{kind}") * engine.costs.get("compute", 1.0)
    share, memory = _shares(factors, "moe" if module == "experts" else "gemm", kind, held)
    own_pass = engine.costs.get("quantise", 1.0) if activation < SIXTEEN_BIT_BYTES else 0.0
    launch, kernel = _launch_us(factors, kind, own_pass) / US_PER_S, 0.0
    depth = factors[f"gemm.{kind}.depth_ns"] / NS_PER_S
    if module == "head":
        share, memory, launch, depth = factors["head.compute"], factors["head.memory"], 0.0, 0.0
    elif module == "experts":
        depth = factors[f"moe.{kind}.depth_ns"] / NS_PER_S
        launch, kernel = 0.0, expert_kernel_s(engine, accelerator, held.id)
        peak *= factors.device(accelerator, f"moe_compute.{held.id}")
    return (
        activation,
        peak * share,
        bandwidth * memory,
        launch,
        own_pass * (SIXTEEN_BIT_BYTES + activation),
        bandwidth * factors["moe.stream_memory" if module == "experts" else "stream.memory"],
        kernel,
        depth,
    )


def sixteen_bit_rate(accelerator: "Accelerator") -> "Rate":
    """Return the 16-bit arithmetic of an accelerator, into which weights of a format without evidence are expanded."""
    return "fp16" if "bf16" not in accelerator.peak_dense_tflops else "bf16"


def _launch_us(factors: Efficiencies, kind: str, own_pass: float) -> float:
    """Launch of a product [us]; that of quantising its input counts as far as it is a pass of its own."""
    launch = factors[f"gemm.{kind}.launch_us"]
    return launch - (1.0 - own_pass) * max(launch - factors[f"gemm.{SIXTEEN_BITS}.launch_us"], 0.0) * (own_pass > 0.0)


def _bits(rate: str) -> float:
    return {"bf16": 16.0, "fp16": 16.0, "fp8": 8.0, "int8": 8.0, "fp4": 4.0}[rate]


def expert_kernel_s(engine: "Engine", accelerator: "Accelerator", weight_format: str) -> float:
    """Return the fixed time of one layer's routed experts [s]: the engine's own for the format, else its default."""
    family = "blackwell" if accelerator.architecture.startswith("blackwell") else accelerator.architecture
    kind = KERNEL_CLASS.get(weight_format, "fp8")
    costs = engine.costs
    return costs.get(f"moe_us.{family}.{kind}", costs["moe_us.default"]) / US_PER_S
