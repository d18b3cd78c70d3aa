"""Limits that several pools share: accelerators, budget, inventory, owned hardware.

Promises kept here: caps, budgets and stocks hold, common ones and a workload's own; no more is owned than there is.
"""

from typing import TYPE_CHECKING

from planner.plan.check_totals import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan, Pool
    from planner.spec.limits import Limits, Stock
    from planner.spec.schema import Spec


def limit_problems(plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every shared limit that the plan exceeds, in words."""
    everything = [pool for served in plan.workloads for pool in served.pools]
    totals = plan.totals
    bought = totals.accelerators if totals else sum(pool.accelerators for pool in everything)
    yield from _caps("limits", spec.limits, bought, totals.usd_per_h if totals else 0.0)
    shared = plan.profile is not None and plan.profile.workloads is not None
    for entry in () if shared else spec.limits.inventory:
        yield from _stock("limits.inventory", entry, everything)
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        place = f"workloads[{workload.name}].limits"
        if workload.limits is not spec.limits:
            used = sum(pool.accelerators for pool in served.pools)
            usd = sum(min(pool.usd_per_h, _alone_usd(pool)) for pool in served.pools)
            yield from _caps(place, workload.limits, used, usd)
        for entry in workload.limits.inventory:
            yield from _stock(f"{place}.inventory", entry, served.pools)
    for owned in () if shared else spec.owned:
        size = catalog.nodes[owned.node].accelerators
        used = sum(pool.accelerators for pool in everything if pool.offer == f"owned/{owned.node}")
        if used > owned.count * size:
            yield f"owned: {used} accelerators of {owned.node}, {owned.count * size} are owned"


def _alone_usd(pool: "Pool") -> float:
    """Return what the pool would pay if nobody shared its units: that is what a workload's own budget counts."""
    size = pool.tensor_parallel * pool.pipeline_parallel * pool.attention_data_parallel
    if pool.units is not None or pool.usd_per_unit_h is None or size > pool.billing_unit:
        return pool.usd_per_h
    inside = pool.replicas_per_node or pool.billing_unit // size
    return -(-pool.replicas // inside) * pool.usd_per_unit_h


def _caps(place: str, limits: "Limits", accelerators: int, usd_per_h: float) -> "Iterator[str]":
    if limits.max_accelerators is not None and accelerators > limits.max_accelerators:
        yield f"{place}.max_accelerators: {accelerators} bought, {limits.max_accelerators} allowed"
    if limits.max_usd_per_h is not None and usd_per_h > limits.max_usd_per_h * (1.0 + TOLERANCE):
        yield f"{place}.max_usd_per_h: {usd_per_h:g} USD/h, {limits.max_usd_per_h:g} allowed"


def _stock(place: str, entry: "Stock", pools: "Iterable[Pool]") -> "Iterator[str]":
    wanted = {"accelerator": entry.accelerator, "offer": entry.offer, "provider": entry.provider}
    used = 0
    for pool in pools:
        named = all(value is None or getattr(pool, key) == value for key, value in wanted.items())
        if named and (entry.region is None or entry.region in pool.regions):
            used += pool.accelerators
    if used > entry.max:
        yield f"{place}: {used} accelerators bought, {entry.max} in stock"
