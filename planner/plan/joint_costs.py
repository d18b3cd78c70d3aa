"""Where the money of several workloads goes that share what they buy over a profile."""

from typing import TYPE_CHECKING

from planner.plan.costs import input_share, with_overheads
from planner.plan.money import Costs, Spend, TokenPrices
from planner.units import HOURS_PER_MONTH, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.plan.pools import Chosen
    from planner.plan.profile import Profile
    from planner.spec.schema import Spec


def joint_costs(
    spec: "Spec", tables: "tuple[Table, ...]", profile: "Profile", chosen: "tuple[tuple[Chosen, ...], ...]"
) -> Costs:
    """Return means over the hours: an accelerator costs in each hour what all of that hour cost on average.

    Workloads share the bill by the accelerator-hours that their replicas take.
    """
    assert profile.workloads is not None
    used, headroom, taken = _work(tables, profile)
    usd = profile.usd_per_h
    prompts = usd * sum(
        part / sum(taken) * input_share(table, picked[0])
        for part, table, picked in zip(taken, tables, chosen, strict=True)
    )
    inputs, outputs = (
        sum(
            share.mean_requests_per_s * SECONDS_PER_HOUR * getattr(table.workload.lengths, f"mean_{kind}_tokens")
            for share, table in zip(profile.workloads, tables, strict=True)
        )
        for kind in ("input", "output")
    )
    return Costs(
        usd_per_mtok=TokenPrices(
            input=prompts / inputs * MTOK,
            output=(usd - prompts) / outputs * MTOK,
            blended=usd / (inputs + outputs) * MTOK,
        ),
        usd_per_h=usd,
        usd_per_month=usd * HOURS_PER_MONTH,
        usd_of_month=Spend(
            used=used * HOURS_PER_MONTH,
            headroom=headroom * HOURS_PER_MONTH,
            spare=0.0,
            idle=(usd - used - headroom) * HOURS_PER_MONTH,
        ),
        overheads=with_overheads(spec.overheads, usd, inputs + outputs),
    )


def _work(tables: "tuple[Table, ...]", profile: "Profile") -> tuple[float, float, list[float]]:
    """Return what serves requests and what is kept free beside it [USD/h], and accelerator-hours by workload."""
    used = headroom = 0.0
    taken = [0.0] * len(tables)
    for t, period in enumerate(profile.periods):
        each = period.usd_per_h / period.accelerators * period.hours / profile.hours if period.accelerators else 0.0
        for w, (table, share) in enumerate(zip(tables, profile.workloads or (), strict=True)):
            most, size = table.workload.limits.max_utilisation, share.accelerators_per_replica
            working = size * share.requests_per_s[t] / (share.capacity_requests_per_s / most)
            used += each * working
            headroom += each * working * (1.0 / most - 1.0)
            taken[w] += size * share.replicas[t] * period.hours
    return used, headroom, taken
