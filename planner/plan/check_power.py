"""Power, energy and emissions recomputed from what the plan prints and what the catalogue says of its machines.

Promises kept here: each pool's power at its load, idle accelerators of its part of the units included; the total's as
their sum, or over a profile as the mean of its hours; energy and emissions over the tokens served. None of them is
withheld where the catalogue or the request says enough to know it.
"""

from math import isnan
from typing import TYPE_CHECKING

from planner.candidates.power import full_w, idle_share_of
from planner.candidates.sellers import Seller, sellers
from planner.plan.check_totals import close, served_per_h
from planner.plan.figures import replica_accelerators
from planner.units import MTOK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.catalog.catalog import Catalog
    from planner.plan.profile import Profile
    from planner.plan.record import Plan, Pool, Totals
    from planner.spec.schema import Spec

    Sold = Mapping[tuple[str, str], Seller]

TOLERANCE = 1e-4
W_PER_KW = 1e3


def power_problems(plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every figure of power or energy that does not follow from the others, in words."""
    if plan.totals is None:
        return
    sold = {(seller.offer.id, str(seller.price.purchase)): seller for seller in sellers(spec, catalog)}
    total: float | None = 0.0
    for served in plan.workloads:
        for index, pool in enumerate(served.pools):
            seller = sold.get((pool.offer, pool.purchase))
            paid = pool.accelerators if pool.units is not None else _part(plan, served.name, index)
            expected = None if seller is None else _pool_w(pool, seller, catalog, paid)
            if not _same(pool.power_w, expected):
                yield f"{served.name}.pools[{index}]: {_words(pool.power_w)} shown, {_words(expected)} drawn"
            total = None if expected is None or total is None else total + expected
    if plan.profile is not None:
        over = _profile_w if plan.profile.workloads is None else _shared_w
        total = over(plan, plan.profile, spec, sold, catalog)
    if not _same(plan.totals.power_w, total):
        yield f"totals.power_w: {_words(plan.totals.power_w)} shown, {_words(total)} drawn"
    _, prompts, outputs = served_per_h(plan, spec)
    yield from _energy(plan.totals, None if total is None else total / (prompts + outputs) * MTOK)


def _energy(totals: "Totals", energy: float | None) -> "Iterator[str]":
    if totals.power_basis != (None if energy is None else "estimated"):
        yield f"totals.power_basis is {totals.power_basis}: the share drawn without load is an estimate"
    if not _same(totals.energy_wh_per_mtok, energy):
        yield f"totals.energy_wh_per_mtok is not {energy}, the power over the tokens served"


def carbon_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Hold emissions against power and the highest intensity that may hold where each pool may run."""
    totals = plan.totals
    if totals is None:
        return
    emitted = _emitted_g_per_h(plan, spec)
    _, prompts, outputs = served_per_h(plan, spec)
    true = {
        "gco2_per_h": emitted,
        "gco2_per_mtok": None if emitted is None else emitted / (prompts + outputs) * MTOK,
    }
    for name, value in true.items():
        if not _same(getattr(totals, name), value):
            yield f"totals.{name} is {value}, not {getattr(totals, name)}: power x pue x g/kWh where it runs"


def _emitted_g_per_h(plan: "Plan", spec: "Spec") -> float | None:
    """Return power x pue x intensity, pool by pool; over a profile its mean power at the highest of the intensities."""
    rates: list[float] = []
    total = 0.0
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        for pool in served.pools:
            there = tuple(r for r in pool.regions if not workload.limits.regions or r in workload.limits.regions)
            rate = spec.energy.intensity(there, owned=pool.provider == "owned")
            if rate is None:
                return None
            rates.append(rate)
            total += rate * (pool.power_w or 0.0)
    power = None if plan.totals is None else plan.totals.power_w
    if power is None:
        return None
    return (total if plan.profile is None else power * max(rates)) / W_PER_KW * spec.energy.pue


def _part(plan: "Plan", workload: str, index: int) -> float:
    """Return a pool's part of the accelerators of the units that it shares, by those in use."""
    part = 0.0
    for placed in plan.placement or ():
        mine = sum(share.accelerators for share in placed.holds if (share.workload, share.pool) == (workload, index))
        if mine:
            unit = next(w for w in plan.workloads if w.name == workload).pools[index].billing_unit
            part += placed.count * placed.units * unit * mine / sum(share.accelerators for share in placed.holds)
    return part


def _pool_w(pool: "Pool", seller: Seller, catalog: "Catalog", paid: float) -> float | None:
    """Idle power of everything paid for, and what the share in use adds to it [W]."""
    full, idle = full_w(seller.node, catalog), idle_share_of(catalog)
    if isnan(full):
        return None
    in_use = pool.replicas * replica_accelerators(pool) * pool.utilisation
    return full * (idle * paid + (1.0 - idle) * in_use)


def _profile_w(plan: "Plan", profile: "Profile", spec: "Spec", sold: "Sold", catalog: "Catalog") -> float | None:
    """Mean over the hours: idle power of what is had in each, and what its replicas at work add [W]."""
    pool = plan.workloads[0].pools[0]
    full, idle = full_w(sold[pool.offer, pool.purchase].node, catalog), idle_share_of(catalog)
    if isnan(full) or not profile.capacity_requests_per_s:
        return None
    whole = profile.capacity_requests_per_s / spec.workloads[0].limits.max_utilisation
    size, total = replica_accelerators(pool), 0.0
    for period in profile.periods:
        at_work = size * period.requests_per_s / whole
        total += period.hours * full * (idle * period.accelerators + (1.0 - idle) * at_work)
    return total / profile.hours


def _shared_w(plan: "Plan", profile: "Profile", spec: "Spec", sold: "Sold", catalog: "Catalog") -> float | None:
    """Mean over the hours of what several workloads share: everything had idles, each one's load adds to it [W]."""
    idle, total = idle_share_of(catalog), 0.0
    for period in profile.periods:
        for bought, steps in zip(profile.purchases, period.steps, strict=True):
            full = full_w(sold[bought.offer, bought.purchase].node, catalog)
            total += period.hours * idle * full * steps * bought.accelerators_per_step
    for workload, served, share in zip(spec.workloads, plan.workloads, profile.workloads or (), strict=True):
        pool = served.pools[0]
        full = full_w(sold[pool.offer, pool.purchase].node, catalog)
        alone = share.capacity_requests_per_s / workload.limits.max_utilisation
        for rate, period in zip(share.requests_per_s, profile.periods, strict=True):
            total += period.hours * (1.0 - idle) * full * replica_accelerators(pool) * rate / alone
    return None if isnan(total) else total / sum(period.hours for period in profile.periods)


def _same(shown: float | None, true: float | None) -> bool:
    return (shown is None) == (true is None) and (shown is None or true is None or close(shown, true, TOLERANCE))


def _words(power: float | None) -> str:
    return "no power" if power is None else f"{power:g} W"
