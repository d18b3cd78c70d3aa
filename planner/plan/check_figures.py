"""Every figure that a pool prints, recomputed: memory, latencies, bands, operators, efficiency, quality, capacity.

Promises kept here: memory of the fullest accelerator; mean, p95 and whatever percentile was asked of TTFT, TPOT and
end-to-end time, with band and basis; time by operator above its floor; slots, capacity, load, useful work; what the
formats keep of the quality. None is withheld.
"""

from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.precision import compute_of
from planner.candidates.quality import setting_recovery
from planner.perf.bands import band
from planner.perf.percentiles import STATISTICS
from planner.perf.work import expected_decode_bytes, request_flop
from planner.plan.check_totals import close
from planner.plan.operators import operators
from planner.plan.precision import quality_record
from planner.units import GB, GIB, MS_PER_S, TERA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.plan.check_rebuilt import Rebuilt
    from planner.plan.figures import Latency

TOLERANCE = 1e-4
LATENCY_TOLERANCE = 1e-3
"""Loads are printed with six digits, and near saturation latencies rise fast with them."""


def figure_problems(built: "Rebuilt") -> "Iterator[str]":
    """Every figure of a pool that is not what physics and the catalogue give, in words."""
    yield from _memory(built)
    for metric in ("ttft", "tpot", "e2e"):
        yield from _latency(built, metric)
    yield from _efficiency(built)
    parts = operators(built.setting, built.seller.node, built.layout, float(built.load.batch[0]))
    printed = {} if built.pool.operators is None else built.pool.operators.model_dump()
    yield from _unlike("operators", _flat(printed), _flat(parts.model_dump()), LATENCY_TOLERANCE)
    quality = quality_record(setting_recovery(built.setting, built.workload))
    if built.pool.quality != quality:
        yield f"quality: {_said(quality)} is published, not {_said(built.pool.quality)}"


def _memory(built: "Rebuilt") -> "Iterator[str]":
    use = built.memory
    arrays = (use.weights_bytes, use.activations_bytes, use.overhead_bytes, use.usable_bytes)
    weights, activations, overhead, usable = (float(values[0]) / GIB for values in arrays)
    free = max(usable - weights - activations - overhead, 0.0)
    true = {"weights": weights, "kv_cache": free, "activations": activations, "overhead": overhead, "usable": usable}
    yield from _unlike("memory", built.pool.memory_per_accelerator_gib.model_dump(), true, TOLERANCE)


def _latency(built: "Rebuilt", metric: str) -> "Iterator[str]":
    shown: Latency | None = getattr(built.pool, f"{metric}_ms")
    if shown is None:
        yield f"{metric} is not shown"
        return
    values = getattr(built.load, f"{metric}_s")[0] * MS_PER_S
    sigma = built.setting.sigma(built.seller.node, metric) * built.felt.get(metric, np.ones(1))
    low, high = band(values[:1], sigma)
    true = dict(zip(STATISTICS, map(float, values), strict=True))
    asked = {bound.statistic for bound in built.workload.slo.bounds() if bound.metric == metric} | {"mean", "p95"}
    printed = {name: value for name in STATISTICS if (value := shown.at(name)) is not None}
    for name in sorted(asked - printed.keys()):
        yield f"{metric} {name} is not shown"
    yield from _unlike(metric, printed, {name: true[name] for name in printed}, LATENCY_TOLERANCE)
    ends = {"band[0]": float(low[0]), "band[1]": float(high[0])}
    yield from _unlike(metric, dict(zip(ends, shown.band, strict=True)), ends, LATENCY_TOLERANCE)
    basis = built.setting.basis(built.seller.node)
    if shown.basis != basis:
        yield f"{metric} is {basis}, not {shown.basis}"


def _efficiency(built: "Rebuilt") -> "Iterator[str]":
    """Slots, capacity, utilisation, requests in flight, and useful work against the datasheet."""
    pool, load, setting = built.pool, built.load, built.setting
    accelerator = setting.catalog.accelerators[built.seller.node.accelerator]
    compute = compute_of(setting.catalog.formats[pool.weight_format], accelerator, setting.engine.family)
    peak = accelerator.peak_dense_tflops[compute.rate] * TERA if compute and compute.rate else np.inf
    if pool.max_concurrency != built.slots:
        yield f"admits {pool.max_concurrency} sequences where memory and engine hold {built.slots}"
    each, size = pool.requests_per_s / pool.replicas, built.split.accelerators
    moved = expected_decode_bytes(setting.model, setting.precision(), load.batch, np.array([setting.sequence_bytes()]))
    could = accelerator.memory_bandwidth_gb_per_s * GB * size * float(load.tpot_s[0, 0])
    true = {
        "concurrency": each * float(load.e2e_s[0, 0]),
        "capacity_requests_per_s": built.capacity_requests_per_s,
        "utilisation": pool.requests_per_s / built.capacity_requests_per_s if built.capacity_requests_per_s else np.inf,
        "mfu": each * request_flop(setting.model, setting.lengths) / (peak * size),
        "mbu": float(moved[0]) / could,
    }
    printed = {name: value for name in true if (value := getattr(pool, name)) is not None}
    yield from _unlike("", printed, true, LATENCY_TOLERANCE)


def _unlike(where: str, shown: "Mapping[str, float]", true: "Mapping[str, float]", tolerance: float) -> "Iterator[str]":
    """Name the figures that differ, are missing, or should not be there."""
    for name in sorted(shown.keys() | true.keys()):
        place = " ".join(part for part in (where, name) if part)
        if name not in true:
            yield f"{place} is shown, and there is none"
        elif name not in shown:
            yield f"{place} is not shown, and is {true[name]:g}"
        elif not close(shown[name], true[name], tolerance):
            yield f"{place} is {true[name]:g}, not {shown[name]:g}"


def _flat(document: "Mapping[str, object]") -> dict[str, float]:
    flat: dict[str, float] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{name}": float(part) for name, part in value.items()}
        elif isinstance(value, int | float):
            flat[key] = float(value)
    return flat


def _said(record: object) -> str:
    return "nothing" if record is None else str(record)
