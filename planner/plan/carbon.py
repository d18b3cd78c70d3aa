"""What the power of a plan emits, by the regions in which it may run."""

from typing import TYPE_CHECKING

from planner.plan.figures import significant
from planner.units import MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.plan.record import Plan, Pool
    from planner.spec.schema import Spec, WorkloadSpec

W_PER_KW = 1e3


def with_carbon(plan: "Plan", spec: "Spec") -> "Plan":
    """Return the plan with grams of CO2 equivalent an hour and a million tokens, where the request says how much."""
    if plan.totals is None or spec.energy.gco2_per_kwh is None:
        return plan
    emitted = emitted_g_per_h(plan, spec)
    if emitted is None:
        why = "The power of an accelerator, or the gCO2/kWh of a region that its pool may be in, is not known"
        note = f"{why}: no emissions are shown (state energy.gco2_per_kwh for `other`)."
        return plan.model_copy(update={"notes": (*plan.notes, note)})
    figures = {
        "gco2_per_h": significant(emitted),
        "gco2_per_mtok": significant(emitted / tokens_per_h(plan, spec) * MTOK),
    }
    return plan.model_copy(update={"totals": plan.totals.model_copy(update=figures)})


def emitted_g_per_h(plan: "Plan", spec: "Spec") -> float | None:
    """Return what the plan emits [g/h]: power x pue x the intensity where it runs; ``None`` where one is not known.

    Over a profile the mean power counts, at the highest intensity of the pools.
    """
    pools = [(pool, workload) for workload, w in zip(spec.workloads, plan.workloads, strict=True) for pool in w.pools]
    places = [
        spec.energy.intensity(_regions(pool, workload), owned=pool.offer.startswith("owned/"))
        for pool, workload in pools
    ]
    known = [each for each in places if each is not None]
    if plan.totals is None or plan.totals.power_w is None or len(known) < len(places):
        return None
    if plan.profile is not None:
        return plan.totals.power_w / W_PER_KW * spec.energy.pue * max(known)
    powers = (pool.power_w or 0.0 for pool, _ in pools)
    return sum(power / W_PER_KW * spec.energy.pue * each for power, each in zip(powers, known, strict=True))


def _regions(pool: "Pool", workload: "WorkloadSpec") -> tuple[str, ...]:
    """Return the regions in which a pool may be, under the request's list."""
    allowed = workload.limits.regions
    return tuple(region for region in pool.regions if not allowed or region in allowed)


def tokens_per_h(plan: "Plan", spec: "Spec") -> float:
    """Return input and output tokens served an hour, on average over a profile."""
    total = 0.0
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        hours = workload.hourly or (served.demand.requests_per_s,)
        lengths = workload.lengths
        both = lengths.mean_input_tokens + lengths.mean_output_tokens
        total += sum(hours) / len(hours) * both * SECONDS_PER_HOUR
    return total
