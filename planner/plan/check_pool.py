"""One pool rebuilt from its printed names: legality, memory, arithmetic, latency and price."""

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.bounds import promised, slowdown
from planner.candidates.layouts import Split, fits_node, splits
from planner.candidates.physics import Setting, admitted, machine_of, memory_of, service_of, sockets_for
from planner.candidates.precision import compute_of
from planner.candidates.quality import below_floor, kept
from planner.candidates.rows import possible, settings
from planner.candidates.sellers import Seller, sellers, variation_of
from planner.perf.bands import upper_factor
from planner.perf.capacity import at_rate
from planner.perf.hardware import Layout
from planner.perf.percentiles import STATISTICS
from planner.perf.work import request_flop
from planner.plan.check_totals import close
from planner.plan.precision import mixed_modules
from planner.units import GIB, MS_PER_S, TERA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.perf.steady import Operation, Service
    from planner.plan.record import Pool
    from planner.spec.schema import Spec, WorkloadSpec

LATENCY_TOLERANCE = 1e-3


@dataclass(frozen=True)
class _Rebuilt:
    pool: "Pool"
    workload: "WorkloadSpec"
    spec: "Spec"
    seller: Seller
    setting: Setting
    split: Split

    def layout(self) -> Layout:
        """Return the split as a table of one column."""
        s = self.split
        return Layout(*(np.array([float(n)]) for n in (s.tensor, s.pipeline, s.expert, s.attention_data)))


def pool_problems(pool: "Pool", workload: "WorkloadSpec", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every promise of ``pool`` that does not hold, in words."""
    built = _rebuilt(pool, workload, spec, catalog)
    if built is None:
        yield f"offer {pool.offer!r} ({pool.purchase}) in {pool.weight_format}/{pool.kv_format} is not on sale here"
        return
    yield from _legality(built)
    yield from _money(built)
    yield from _memory(built)
    yield from _arithmetic(built)
    yield from _latency(built)


def loaded_problems(
    pool: "Pool", rate_per_s: float, workload: "WorkloadSpec", spec: "Spec", catalog: "Catalog"
) -> "Iterator[str]":
    """Hold a replica of ``pool`` that carries ``rate_per_s`` against the SLO."""
    built = _rebuilt(pool, workload, spec, catalog)
    if built is None:
        return
    variation = variation_of(built.workload, built.seller)
    rate = rate_per_s * slowdown(built.spec, built.workload, variation)
    yield from _slo(built, at_rate(_service(built), np.array([rate])), variation)


def _rebuilt(pool: "Pool", workload: "WorkloadSpec", spec: "Spec", catalog: "Catalog") -> _Rebuilt | None:
    named = [s for s in sellers(spec, catalog) if (s.offer.id, s.price.purchase) == (pool.offer, pool.purchase)]
    sold = [s for s in named if set(pool.regions) <= set(s.offer.regions)]
    made = [
        s
        for s in settings(spec, workload, catalog)
        if (s.formats.name, s.formats.kv.id, s.engine.id, s.batched_tokens)
        == (pool.weight_format, pool.kv_format, pool.engine, pool.max_num_batched_tokens)
        and mixed_modules(s.formats) == pool.module_formats
    ]
    if not sold or not made:
        return None
    split = Split(pool.tensor_parallel, pool.pipeline_parallel, pool.expert_parallel, pool.attention_data_parallel)
    return _Rebuilt(pool, workload, spec, sold[0], made[0], split)


def _legality(built: _Rebuilt) -> "Iterator[str]":
    pool, seller = built.pool, built.seller
    if built.split not in splits(built.setting.model):
        yield f"{built.split} does not divide the model's heads, experts or layers"
    if not fits_node(built.split, seller.node):
        yield f"{built.split.accelerators} accelerators do not fit node {seller.node.id} and its fabric"
    if not possible(built.setting, seller.node, native_only=False):
        yield f"{pool.weight_format} with KV in {pool.kv_format} does not run on {pool.accelerator} with {pool.engine}"
    if pool.accelerator != seller.node.accelerator:
        yield f"offer {pool.offer} has {seller.node.accelerator}, not {pool.accelerator}"
    yield from _allowed(built)


def _allowed(built: _Rebuilt) -> "Iterator[str]":
    """Allow lists of the request."""
    pool, seller, limits = built.pool, built.seller, built.workload.limits
    if limits.accelerators and pool.accelerator not in limits.accelerators:
        yield f"accelerator {pool.accelerator} is not among {', '.join(limits.accelerators)}"
    if limits.providers and seller.offer.provider not in limits.providers:
        yield f"provider {seller.offer.provider} is not among {', '.join(limits.providers)}"
    if seller.offer.tenancy not in limits.tenancy:
        yield f"tenancy {seller.offer.tenancy} is not among {', '.join(limits.tenancy)}"
    recovery = kept((built.setting,), built.workload)
    if below_floor(built.workload, recovery)[0]:
        floor = built.workload.quality.min_recovery
        yield f"{pool.weight_format} keeps {recovery[0]:.4f} of the quality, {floor} is asked"
    if limits.regions and not set(pool.regions) & set(limits.regions):
        yield f"offer {pool.offer} is in none of {', '.join(limits.regions)}"


def _money(built: _Rebuilt) -> "Iterator[str]":
    """Whole billing units, at the seller's price, enough to hold every replica."""
    pool, seller = built.pool, built.seller
    size, unit = built.split.accelerators, seller.offer.unit_accelerators
    needed = -(-pool.replicas // (unit // size)) if size <= unit else pool.replicas * -(-size // unit)
    if pool.units is None:
        return
    if pool.units < needed:
        yield f"{pool.units} units of {unit} accelerators cannot hold {pool.replicas} replicas of {size}"
    if not close(pool.usd_per_h, pool.units * seller.price.usd_per_unit_h):
        yield f"{pool.units} units at {seller.price.usd_per_unit_h:g} USD/h do not cost {pool.usd_per_h:g}"
    if pool.accelerators != pool.units * unit:
        yield f"{pool.units} units of {unit} are not {pool.accelerators} accelerators"


def _memory(built: _Rebuilt) -> "Iterator[str]":
    """Law 3: weights, activations, engine and the KV cache of every admitted sequence fit the fullest accelerator."""
    sockets = sockets_for(built.setting, (built.seller.node.id,), np.zeros(1, dtype=np.int64))
    use = memory_of(built.setting, sockets, built.layout())
    ranks = built.split.attention_data
    fixed = float((use.weights_bytes + use.activations_bytes + use.overhead_bytes)[0])
    needed = fixed + float(use.kv_bytes_per_sequence[0]) * built.pool.max_concurrency / ranks
    usable = float(use.usable_bytes[0])
    if needed > usable * (1.0 + 1e-9):
        yield f"{built.pool.max_concurrency} sequences need {needed / GIB:.2f} GiB, {usable / GIB:.2f} GiB are usable"
    if not close(built.pool.memory_per_accelerator_gib.weights, float(use.weights_bytes[0]) / GIB, 1e-4):
        yield f"weights take {float(use.weights_bytes[0]) / GIB:g} GiB on the fullest accelerator"


def _arithmetic(built: _Rebuilt) -> "Iterator[str]":
    """Law 1: the FLOP/s that the load needs are at most the dense peaks bought, at the rate really computed at."""
    pool, catalog = built.pool, built.setting.catalog
    accelerator = catalog.accelerators[pool.accelerator]
    rates = [
        compute_of(catalog.formats[name], accelerator, built.setting.engine.family)
        for name in sorted(set(built.setting.formats.modules.values()))
    ]
    peaks = [accelerator.peak_dense_tflops[found.rate] for found in rates if found is not None and found.rate]
    bought = max(peaks, default=0.0) * TERA * built.split.accelerators * pool.replicas
    needed = pool.requests_per_s * request_flop(built.setting.model, built.setting.lengths)
    if needed > bought:
        yield f"the load needs {needed / TERA:.0f} TFLOP/s, {bought / TERA:.0f} are bought"


def _latency(built: _Rebuilt) -> "Iterator[str]":
    """Laws 2 and 4 through the physics itself: stability, the latencies printed, the SLO at the confidence asked."""
    pool, service = built.pool, _service(built)
    if pool.max_concurrency > service.slots[0]:
        yield f"admits {pool.max_concurrency} sequences where memory and engine hold {service.slots[0]:.0f}"
        return
    load = at_rate(service, np.array([pool.requests_per_s / pool.replicas]))
    if not load.stable[0]:
        yield f"{pool.requests_per_s / pool.replicas:g} requests/s a replica grow its queue without bound"
        return
    if pool.requests_per_s > pool.capacity_requests_per_s * (1.0 + 1e-4):
        yield f"carries {pool.requests_per_s:g} requests/s of a capacity of {pool.capacity_requests_per_s:g}"
    for name in ("ttft", "tpot", "e2e"):
        shown, true = getattr(pool, f"{name}_ms"), getattr(load, f"{name}_s")[0, 0] * MS_PER_S
        if shown is not None and not close(shown.mean, true, LATENCY_TOLERANCE):
            yield f"{name} is {true:g} ms at this load, not {shown.mean:g}"
    variation = variation_of(built.workload, built.seller)
    rate = pool.requests_per_s / pool.replicas * slowdown(built.spec, built.workload, variation)
    yield from _slo(built, at_rate(service, np.array([rate])) if variation else load, variation)


def _service(built: _Rebuilt) -> "Service":
    """Return the step times of one replica, evaluated anew."""
    layout = built.layout()
    sockets = sockets_for(built.setting, (built.seller.node.id,), np.zeros(1, dtype=np.int64))
    slots = admitted(built.setting, memory_of(built.setting, sockets, layout), layout)
    return service_of(built.setting, machine_of(built.setting, sockets, layout), layout, slots)


def _slo(built: _Rebuilt, load: "Operation", variation: float) -> "Iterator[str]":
    """Hold the promise at the load that a machine as slow as the confidence allows for would see."""
    bounds = promised(built.workload)
    if not load.stable[0]:
        yield f"{built.pool.accelerator} slower than most, by a throughput variation of {variation:g}, falls behind"
    for bound in bounds:
        sigma = hypot(built.setting.sigma(built.seller.node, bound.metric), variation)
        factor = float(upper_factor(np.array(sigma), built.spec.confidence, len(bounds)))
        upper = float(getattr(load, f"{bound.metric}_s")[0, STATISTICS.index(bound.statistic)]) * factor
        if upper > bound.limit_s * (1.0 + LATENCY_TOLERANCE):
            yield (
                f"{bound.key} may reach {upper * MS_PER_S:g} at confidence {built.spec.confidence:g}, "
                f"the limit is {bound.limit_s * MS_PER_S:g}"
            )
