"""One pool rebuilt from its printed names: legality, memory, arithmetic, latency and price.

Promises kept here: the split divides the model and fits the machine, formats run there, allow lists hold; whole units
are paid at their price; what is admitted fits the memory; the load keeps every bound on machines as slow as the
confidence allows for.
"""

from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.bounds import promised
from planner.candidates.layouts import fits_node, splits
from planner.candidates.precision import compute_of
from planner.candidates.quality import below_floor, kept
from planner.candidates.rows import possible
from planner.perf.capacity import at_rate
from planner.perf.percentiles import STATISTICS
from planner.perf.work import request_flop
from planner.plan.check_facts import fact_problems
from planner.plan.check_figures import LATENCY_TOLERANCE, figure_problems
from planner.plan.check_totals import close
from planner.units import GIB, MS_PER_S, TERA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.perf.steady import Operation
    from planner.plan.check_rebuilt import Rebuilt


def pool_problems(built: "Rebuilt") -> "Iterator[str]":
    """Every promise of a pool that does not hold, in words."""
    illegal = [*legality(built)]
    yield from illegal
    yield from fact_problems(built)
    yield from _money(built)
    yield from _arithmetic(built)
    if illegal:
        return
    yield from _memory(built)
    if built.slots < 1:
        return
    if not built.load.stable[0]:
        yield f"{built.pool.requests_per_s / built.pool.replicas:g} requests/s a replica grow its queue without bound"
        return
    yield from _carried(built)
    yield from loaded_problems(built, built.pool.requests_per_s / built.pool.replicas)
    yield from figure_problems(built)


def loaded_problems(built: "Rebuilt", rate_per_s: float) -> "Iterator[str]":
    """Hold a replica that carries ``rate_per_s`` against the SLO, on a machine as slow as the confidence allows for."""
    load = at_rate(built.service, np.array([rate_per_s * built.slowdown]))
    if not load.stable[0]:
        slow = f"slower than most, by a throughput variation of {built.variation:g}"
        yield f"{built.pool.accelerator} {slow}, falls behind"
        return
    yield from _slo(built, load)


def legality(built: "Rebuilt") -> "Iterator[str]":
    """Every rule of what divides, fits and runs, and every allow list, that a pool breaks, in words."""
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


def _allowed(built: "Rebuilt") -> "Iterator[str]":
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
    across = built.split.accelerators > max(seller.node.accelerators, seller.node.domain)
    if limits.fabrics and across and seller.node.fabric.kind not in limits.fabrics:
        yield f"fabric {seller.node.fabric.kind} is not among {', '.join(limits.fabrics)}"
    if limits.regions and not set(pool.regions) & set(limits.regions):
        yield f"offer {pool.offer} is in none of {', '.join(limits.regions)}"


def _money(built: "Rebuilt") -> "Iterator[str]":
    """Whole billing units, at the seller's price, enough to hold every replica."""
    pool, seller = built.pool, built.seller
    size, unit = built.split.accelerators, seller.offer.unit_accelerators
    needed = -(-pool.replicas // (unit // size)) if size <= unit else pool.replicas * -(-size // unit)
    hosts = (pool.units or needed) * max(1, unit // seller.node.accelerators)
    if pool.nodes is None or (pool.units is not None and pool.nodes != hosts):
        yield f"{pool.units or needed} units of {unit} are {hosts} nodes, not {pool.nodes}"
    if pool.units is None:
        if pool.accelerators != pool.replicas * size:
            yield f"{pool.replicas} replicas of {size} are not {pool.accelerators} accelerators"
        return
    if pool.units < needed:
        yield f"{pool.units} units of {unit} accelerators cannot hold {pool.replicas} replicas of {size}"
    if not close(pool.usd_per_h, pool.units * seller.price.usd_per_unit_h):
        yield f"{pool.units} units at {seller.price.usd_per_unit_h:g} USD/h do not cost {pool.usd_per_h:g}"
    if pool.accelerators != pool.units * unit:
        yield f"{pool.units} units of {unit} are not {pool.accelerators} accelerators"


def _memory(built: "Rebuilt") -> "Iterator[str]":
    """Law 3: weights, activations, engine and the KV cache of every admitted sequence fit the fullest accelerator."""
    use, pool = built.memory, built.pool
    fixed = float((use.weights_bytes + use.activations_bytes + use.overhead_bytes)[0])
    needed = fixed + float(use.kv_bytes_per_sequence[0]) * pool.max_concurrency / built.split.attention_data
    usable = float(use.usable_bytes[0])
    if needed > usable * (1.0 + 1e-9):
        yield f"{pool.max_concurrency} sequences need {needed / GIB:.2f} GiB, {usable / GIB:.2f} GiB are usable"


def _arithmetic(built: "Rebuilt") -> "Iterator[str]":
    """Law 1: the FLOP/s that the load needs are at most the dense peaks bought, at the rate really computed at."""
    pool, catalog = built.pool, built.setting.catalog
    accelerator = catalog.accelerators[built.seller.node.accelerator]
    rates = [
        compute_of(catalog.formats[name], accelerator, built.setting.engine.family)
        for name in sorted(set(built.setting.formats.modules.values()))
    ]
    peaks = [accelerator.peak_dense_tflops[found.rate] for found in rates if found is not None and found.rate]
    bought = max(peaks, default=0.0) * TERA * built.split.accelerators * pool.replicas
    needed = pool.requests_per_s * request_flop(built.setting.model, built.setting.lengths)
    if needed > bought:
        yield f"the load needs {needed / TERA:.0f} TFLOP/s, {bought / TERA:.0f} are bought"


def _carried(built: "Rebuilt") -> "Iterator[str]":
    """No more is carried than the replicas sustain within the SLO and the utilisation allowed."""
    pool, most = built.pool, built.workload.limits.max_utilisation
    if built.in_flight:
        most = 1.0
    if pool.requests_per_s > built.capacity_requests_per_s * most * (1.0 + 1e-4):
        yield f"carries {pool.requests_per_s:g} requests/s of {most:g} of {built.capacity_requests_per_s:g}"


def _slo(built: "Rebuilt", load: "Operation") -> "Iterator[str]":
    """Laws 2 and 4 through the physics itself: every bound of the SLO at the load printed and the confidence asked."""
    bounds, limits = promised(built.workload), built.bounds()
    for bound in bounds:
        statistic = STATISTICS.index(bound.statistic)
        reached = float(getattr(load, f"{bound.metric}_s")[0, statistic])
        share = reached / float(getattr(limits, f"{bound.metric}_s")[0, statistic])
        if share > 1.0 + LATENCY_TOLERANCE:
            yield (
                f"{bound.key} may reach {bound.limit_s * share * MS_PER_S:g} at confidence "
                f"{built.spec.confidence:g}, the limit is {bound.limit_s * MS_PER_S:g}"
            )
