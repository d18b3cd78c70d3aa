"""Money of several workloads that share a mix: what the dearest hour holds, who takes what, where it goes.

Promises kept here: the totals count the accelerators and machines of the dearest hour; each workload's means, capacity
and size of a replica in the profile are those of its request and its pools; a month's money goes to work, to what is
kept free and to idle machines as the hours say, and to prompts as the busiest hour does.
"""

from typing import TYPE_CHECKING

from planner.candidates.sellers import sellers
from planner.plan.check_totals import close
from planner.plan.figures import replica_accelerators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.candidates.sellers import Seller
    from planner.catalog.catalog import Catalog
    from planner.plan.profile import Period, Profile, Share
    from planner.plan.record import Plan, WorkloadPlan
    from planner.spec.schema import Spec, WorkloadSpec

TOLERANCE = 1e-4


def bought_problems(plan: "Plan", profile: "Profile", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Accelerators and machines in the totals are those of an hour that none is dearer than."""
    sold = {(s.offer.id, str(s.price.purchase)): s for s in sellers(spec, catalog)}
    dearest = max(period.usd_per_h for period in profile.periods)
    held = {_had(period, profile, sold) for period in profile.periods if close(period.usd_per_h, dearest, TOLERANCE)}
    totals = plan.totals
    if totals is not None and (totals.accelerators, totals.nodes) not in held:
        accelerators, nodes = max(held)
        yield (
            f"totals.accelerators, totals.nodes: the dearest hour has {accelerators} on {nodes} machines, "
            f"not {totals.accelerators} on {totals.nodes}"
        )


def _had(period: "Period", profile: "Profile", sold: "dict[tuple[str, str], Seller]") -> tuple[int, int]:
    accelerators = nodes = 0
    for steps, bought in zip(period.steps, profile.purchases, strict=True):
        seller = sold[bought.offer, bought.purchase]
        unit, mine = seller.offer.unit_accelerators, steps * bought.accelerators_per_step
        accelerators += mine
        nodes += mine // unit * max(1, unit // seller.node.accelerators)
    return accelerators, nodes


def share_problems(share: "Share", served: "WorkloadPlan", workload: "WorkloadSpec") -> "Iterator[str]":
    """Every figure of one workload's part that is not its request's or its pools'."""
    hours = workload.hourly or (workload.requests_per_s or 0.0,)
    pool = served.pools[0]
    capacity = pool.capacity_requests_per_s / pool.replicas * workload.limits.max_utilisation
    true = {
        "peak_requests_per_s": max(hours),
        "mean_requests_per_s": sum(hours) / len(hours),
        "capacity_requests_per_s": capacity,
        "accelerators_per_replica": replica_accelerators(pool),
    }
    for name, value in true.items():
        if not close(getattr(share, name), value, TOLERANCE):
            yield f"profile: {share.name}: {name} is {value:g}, not {getattr(share, name):g}"


def spent_together(profile: "Profile", spec: "Spec") -> tuple[dict[str, float], list[float]]:
    """Return USD an hour by what it buys, and the part of the accelerator-hours that each workload's replicas take."""
    shares = profile.workloads or ()
    used = headroom = 0.0
    taken = [0.0] * len(shares)
    for t, period in enumerate(profile.periods):
        hours = period.hours / profile.hours
        for w, (share, workload) in enumerate(zip(shares, spec.workloads, strict=True)):
            size, most = share.accelerators_per_replica, workload.limits.max_utilisation
            busy = share.requests_per_s[t] * most / share.capacity_requests_per_s
            paid = period.usd_per_h / period.accelerators * size * busy if period.accelerators else 0.0
            used += paid * hours
            headroom += paid * (1.0 / most - 1.0) * hours
            taken[w] += size * share.replicas[t] * hours
    spent = {"used": used, "headroom": headroom, "spare": 0.0, "idle": profile.usd_per_h - used - headroom}
    return spent, [each / sum(taken) for each in taken]
