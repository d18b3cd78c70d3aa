"""Power and energy recomputed from what the plan prints and what the catalogue says of its machines."""

from math import isnan
from typing import TYPE_CHECKING

from planner.candidates.power import full_w, idle_share_of
from planner.candidates.sellers import Seller, sellers
from planner.plan.check_totals import close
from planner.plan.figures import replica_accelerators
from planner.units import MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.plan.profile import Profile
    from planner.plan.record import Plan, Pool, Totals
    from planner.spec.schema import Spec

TOLERANCE = 1e-4


def power_problems(plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every figure of power or energy that does not follow from the others, in words."""
    if plan.totals is None:
        return
    sold = {(seller.offer.id, str(seller.price.purchase)): seller for seller in sellers(spec, catalog)}
    total: float | None = 0.0
    for served in plan.workloads:
        for index, pool in enumerate(served.pools):
            seller = sold.get((pool.offer, pool.purchase))
            expected = None if seller is None else _pool_w(pool, seller, catalog)
            if pool.units is not None and not _same(pool.power_w, expected):
                yield f"{served.name}.pools[{index}]: {_words(pool.power_w)} shown, {_words(expected)} drawn"
            total = None if pool.power_w is None or total is None else total + pool.power_w
    tokens = sum(
        served.demand.requests_per_s * (workload.lengths.mean_input_tokens + workload.lengths.mean_output_tokens)
        for workload, served in zip(spec.workloads, plan.workloads, strict=True)
    )
    if plan.profile is not None:
        total = _profile_w(plan, plan.profile, spec, catalog)
        tokens *= plan.profile.mean_requests_per_s / plan.workloads[0].demand.requests_per_s
    if not _same(plan.totals.power_w, total):
        yield f"totals.power_w: {_words(plan.totals.power_w)} shown, {_words(total)} drawn"
    yield from _energy(plan.totals, None if total is None else total / (tokens * SECONDS_PER_HOUR) * MTOK)


def _energy(totals: "Totals", energy: float | None) -> "Iterator[str]":
    if totals.power_basis != (None if energy is None else "estimated"):
        yield f"totals.power_basis is {totals.power_basis}: the share drawn without load is an estimate"
    if not _same(totals.energy_wh_per_mtok, energy):
        yield f"totals.energy_wh_per_mtok is not {energy}, the power over the tokens served"


def carbon_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Hold emissions against power and the intensities stated: they lie between the least and the most of them."""
    totals, stated = plan.totals, spec.energy.gco2_per_kwh
    if totals is None or totals.gco2_per_h is None:
        return
    every = stated.values() if isinstance(stated, dict) else [stated or 0.0]
    drawn = (totals.power_w or 0.0) / 1e3 * spec.energy.pue
    if not min(every) * drawn * (1.0 - TOLERANCE) <= totals.gco2_per_h <= max(every) * drawn * (1.0 + TOLERANCE):
        yield f"totals.gco2_per_h: {totals.gco2_per_h:g} g from {drawn:g} kW at {min(every):g} to {max(every):g} g/kWh"
    if totals.energy_wh_per_mtok and totals.power_w:
        each = totals.gco2_per_h / totals.power_w * totals.energy_wh_per_mtok
        if not _same(totals.gco2_per_mtok, each):
            yield f"totals.gco2_per_mtok is not {each:g}, the emissions over the tokens served"


def _pool_w(pool: "Pool", seller: Seller, catalog: "Catalog") -> float | None:
    """Idle power of everything paid for, and what the share in use adds to it [W]."""
    full, idle = full_w(seller.node, catalog), idle_share_of(catalog)
    if isnan(full):
        return None
    in_use = pool.replicas * replica_accelerators(pool) * pool.utilisation
    return full * (idle * pool.accelerators + (1.0 - idle) * in_use)


def _profile_w(plan: "Plan", profile: "Profile", spec: "Spec", catalog: "Catalog") -> float | None:
    """Mean over the hours: idle power of what is had in each, and what its replicas at work add [W]."""
    pool = plan.workloads[0].pools[0]
    named = (pool.offer, pool.purchase)
    node = next(s.node for s in sellers(spec, catalog) if (s.offer.id, s.price.purchase) == named)
    full, idle = full_w(node, catalog), idle_share_of(catalog)
    if isnan(full) or profile.capacity_requests_per_s is None:
        return None
    whole = profile.capacity_requests_per_s / spec.workloads[0].limits.max_utilisation
    size, total = replica_accelerators(pool), 0.0
    for period in profile.periods:
        at_work = size * period.requests_per_s / whole
        total += period.hours * full * (idle * period.accelerators + (1.0 - idle) * at_work)
    return total / profile.hours


def _same(shown: float | None, true: float | None) -> bool:
    return (shown is None) == (true is None) and (shown is None or true is None or close(shown, true, TOLERANCE))


def _words(power: float | None) -> str:
    return "no power" if power is None else f"{power:g} W"
