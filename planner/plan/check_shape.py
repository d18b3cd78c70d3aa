"""Whether the parts of a plan belong together, so that the others can be computed from them.

Promises kept here: a plan that is not found shows nothing to follow; one that is found names no clash, and pools for
everybody; a profile stands where the demand changes, and its hours, periods, purchases and workloads fit each other;
places are of pools that there are.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.plan.profile import Profile
    from planner.plan.record import Plan
    from planner.spec.schema import Spec

FOLLOWED = ("totals", "profile", "costs", "placement")
ONLY_WITHOUT = ("clash", "relaxations")


def unfound_problems(plan: "Plan") -> "Iterator[str]":
    """Name what a request without a plan shows all the same."""
    if any(served.pools for served in plan.workloads):
        yield f"{plan.status}, and pools are shown"
    shown = [name for name in FOLLOWED if getattr(plan, name) is not None]
    shown += ["evidence"] if plan.evidence else []
    figures = (plan.objective.value, plan.objective.bound, plan.objective.gap, plan.objective.then)
    shown += ["objective"] if any(figure is not None for figure in figures) else []
    shown += ["runner-up"] if plan.explanation.runner_up or plan.explanation.runners_up else []
    if shown:
        yield f"{plan.status}, and {', '.join(shown)} of a plan are shown"


def shape_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Name what stands where it does not belong, or points to nothing."""
    shown = [name for name in ONLY_WITHOUT if getattr(plan, name) is not None]
    if shown:
        yield f"a plan is found, and {', '.join(shown)} shown"
    if plan.totals is None:
        yield "a plan without totals"
    changes, profile = any(workload.hourly for workload in spec.workloads), plan.profile
    if (profile is not None) != changes:
        yield "profile: it is shown where the demand changes, and nowhere else"
    elif profile is not None:
        yield from _profile(profile, several=len(spec.workloads) > 1)
    yield from _places(plan)


def _places(plan: "Plan") -> "Iterator[str]":
    """Everybody has a pool, and what is said to lie somewhere is one of them."""
    known = {(served.name, at) for served in plan.workloads for at in range(len(served.pools))}
    for placed in plan.placement or ():
        for share in placed.holds:
            if (share.workload, share.pool) not in known:
                yield f"placement: there is no pool {share.pool} of {share.workload!r}"
    for served in plan.workloads:
        if not served.pools:
            yield f"{served.name}: a plan is found, and no pool serves it"


def _profile(profile: "Profile", *, several: bool) -> "Iterator[str]":
    """Each hour has a period, each period a step of each purchase, each workload its part where there are several."""
    hours = len(profile.order) == profile.hours and all(0 <= at < len(profile.periods) for at in profile.order)
    steps = all(len(period.steps) == len(profile.purchases) for period in profile.periods)
    if not (hours and steps):
        yield "profile: hours, periods and purchases do not belong together"
    if (profile.capacity_requests_per_s is None) == (profile.workloads is None):
        yield "profile: says what a replica carries neither, or both, of all workloads and of each"
    elif (profile.workloads is not None) != several:
        yield "profile: it says of each workload what it takes where there are several, and nowhere else"
    if any((bought.replicas_per_step is None) != several for bought in profile.purchases):
        yield "profile: replicas of a step are shown where no others share it"
