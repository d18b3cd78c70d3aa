"""A mix over a demand that changes, rebuilt from its printed steps: every hour served, every commitment paid always.

Promises kept here: every hour of the demand stands in a period that carries it, in the request's order; steps are of
units on sale at their price; means, peaks and sums are those of the periods, and the totals those of all hours.
"""

from collections import Counter
from typing import TYPE_CHECKING

from planner.candidates.sellers import sellers
from planner.plan.check_others import alone_problems
from planner.plan.check_totals import close
from planner.spec.demand import Scaling
from planner.units import MICRO, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.plan.profile import Profile, Purchase
    from planner.plan.record import Plan, WorkloadPlan
    from planner.spec.schema import Spec, WorkloadSpec

TOLERANCE = 1e-4
COMMITTED = {"owned", "reserved_1y", "reserved_3y"}


def profile_problems(plan: "Plan", profile: "Profile", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every promise of a mix that does not hold, in words."""
    asked = Counter(round(rate, 9) for rate in spec.workloads[0].hourly)
    shown = sorted(profile.periods, key=lambda period: -period.requests_per_s)
    if len(shown) != len(asked):
        yield f"profile: {len(shown)} rates shown, {len(asked)} asked"
        return
    if any(
        len(period.steps) != len(profile.purchases) or min(period.steps, default=0) < 0 for period in profile.periods
    ):
        yield "profile: the steps of a period are not those of its purchases"
        return
    for period, (rate, hours) in zip(shown, sorted(asked.items(), reverse=True), strict=True):
        if period.hours != hours or not close(period.requests_per_s, rate, TOLERANCE):
            yield f"profile: {period.hours} hours of {period.requests_per_s:g} requests/s, asked {hours} of {rate:g}"
    if misplaced(profile) or len(profile.order) != len(spec.workloads[0].hourly):
        yield "profile.order does not name a period of the profile for each of its hours"
        return
    for hour, (at, rate) in enumerate(zip(profile.order, spec.workloads[0].hourly, strict=True)):
        if not close(profile.periods[at].requests_per_s, rate, TOLERANCE):
            yield f"profile: hour {hour} is put down as {profile.periods[at].requests_per_s:g} requests/s, not {rate:g}"
    yield from _served(profile, spec)
    yield from bill_problems(plan, profile, spec, catalog)
    yield from one_kind(plan.workloads[0])


def misplaced(profile: "Profile") -> bool:
    """Whether an hour stands in no period."""
    return any(not 0 <= at < len(profile.periods) for at in profile.order)


def bill_problems(plan: "Plan", profile: "Profile", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Prices, commitments, what is paid, caps: all that does not depend on who is served."""
    yield from _priced(profile, spec, catalog)
    yield from _summed(profile, spec)
    yield from _paid(plan, profile, spec)
    yield from _capped(profile, spec)
    yield from alone_problems(plan, profile, spec, catalog)


def _served(profile: "Profile", spec: "Spec") -> "Iterator[str]":
    """Each period has the replicas for its demand, spot counted without what interruptions take, within its cap."""
    spot, scaling = spec.prices.spot, scaling_of(spec.workloads[0])
    for period in profile.periods:
        counts = [
            (n * (purchase.replicas_per_step or 0), purchase.purchase == "spot")
            for n, purchase in zip(period.steps, profile.purchases, strict=True)
        ]
        held = sum(count * (1.0 - spot.interruption_share * is_spot) for count, is_spot in counts)
        every = sum(count for count, _ in counts)
        rate = profile.peak_requests_per_s if scaling.fixed else period.requests_per_s
        if held * (profile.capacity_requests_per_s or 0.0) < rate * (1.0 - TOLERANCE):
            yield f"profile: {held:g} replicas do not carry {rate:g} requests/s"
        if held < scaling.min_replicas * (1.0 - TOLERANCE):
            yield f"profile: {held:g} replicas, at least {scaling.min_replicas} asked"
        if every != period.replicas:
            yield f"profile: {every} replicas bought, {period.replicas} shown"
        if sum(count for count, is_spot in counts if is_spot) > spot.max_share * every + TOLERANCE:
            yield f"profile: more than {spot.max_share:g} of {every} replicas are spot"


def _priced(profile: "Profile", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Each purchase is at its seller's price; commitments never change."""
    prices = {(s.offer.id, str(s.price.purchase)): s for s in sellers(spec, catalog)}
    for at, purchase in enumerate(profile.purchases):
        seller = prices.get((purchase.offer, purchase.purchase))
        if seller is None:
            yield f"profile: {purchase.offer} ({purchase.purchase}) is not on sale here"
            continue
        if purchase.provider != seller.offer.provider:
            yield f"profile: {purchase.offer} is of {seller.offer.provider}, not {purchase.provider}"
        units = purchase.accelerators_per_step / seller.offer.unit_accelerators
        if not close(purchase.usd_per_step_h, units * seller.price.usd_per_unit_h, TOLERANCE):
            yield f"profile: {purchase.offer} does not cost {purchase.usd_per_step_h:g} USD/h"
        if purchase.committed != (purchase.purchase in COMMITTED):
            yield f"profile: {purchase.purchase} is shown as committed: {purchase.committed}"
        if purchase.committed and len({period.steps[at] for period in profile.periods}) > 1:
            yield f"profile: {purchase.offer} ({purchase.purchase}) is committed and changes by the hour"


def _summed(profile: "Profile", spec: "Spec") -> "Iterator[str]":
    """Every mean, peak and count is that of the periods."""
    hours, whole = _rates(profile, spec), sum(period.hours for period in profile.periods)
    most_paid = max(period.usd_per_h for period in profile.periods)
    never_shrinks = sum(p.most_steps * p.usd_per_step_h for p in profile.purchases) if profile.workloads else most_paid
    starting = _starting(profile, spec) / whole
    fixed = [each.usd_per_h for each in profile.alone if each.purchase in COMMITTED and each.usd_per_h is not None]
    true = {
        "hours": float(len(hours)),
        "peak_requests_per_s": max(hours),
        "mean_requests_per_s": sum(hours) / len(hours),
        "usd_per_h": sum(period.usd_per_h * period.hours for period in profile.periods) / whole + starting,
        "start_usd_per_h": starting,
        "peak_usd_per_h": most_paid,
        "fixed_usd_per_h": min([never_shrinks, *fixed]),
    }
    for name, value in true.items():
        shown = getattr(profile, name)
        if shown is None and (value or name != "start_usd_per_h"):
            yield f"profile.{name} is not shown, and is {value:g}"
        rounded_up = name == "start_usd_per_h" and 0.0 <= (shown or 0.0) - value <= _starts(profile) / MICRO / whole
        if shown is not None and not close(shown, value, TOLERANCE) and not rounded_up:
            yield f"profile.{name} is {value:g}, not {shown:g}"
    for period in profile.periods:
        held = sum(n * p.accelerators_per_step for n, p in zip(period.steps, profile.purchases, strict=True))
        if held != period.accelerators:
            yield f"profile: {held} accelerators are had, {period.accelerators} shown"
    for at, purchase in enumerate(profile.purchases):
        mean = sum(period.steps[at] * period.hours for period in profile.periods) / whole
        most = max(period.steps[at] for period in profile.periods)
        paid = mean * purchase.usd_per_step_h
        close_enough = close(purchase.mean_steps, mean, TOLERANCE) and close(purchase.usd_per_h, paid, TOLERANCE)
        if purchase.most_steps != most or not close_enough:
            yield f"profile: {purchase.offer} ({purchase.purchase}) has {mean:g} steps, at most {most}, for {paid:g}"


def _rates(profile: "Profile", spec: "Spec") -> list[float]:
    """Return the requests/s of all workloads together in each hour; shorter profiles repeat."""
    every = [workload.hourly or (workload.requests_per_s or 0.0,) for workload in spec.workloads]
    return [sum(hours[at % len(hours)] for hours in every) for at in range(len(profile.order))]


def _paid(plan: "Plan", profile: "Profile", spec: "Spec") -> "Iterator[str]":
    """Money of the steps, of the periods and of the totals is the same, over everything served."""
    total = 0.0
    for period in profile.periods:
        usd = sum(n * p.usd_per_step_h for n, p in zip(period.steps, profile.purchases, strict=True))
        if not close(usd, period.usd_per_h, TOLERANCE):
            yield f"profile: steps cost {usd:g} USD/h, {period.usd_per_h:g} shown"
        total += usd * period.hours
    total += _starting(profile, spec)
    mean, totals = total / len(profile.order), plan.totals
    if totals is None or not close(mean, totals.usd_per_h, TOLERANCE):
        yield f"profile: {mean:g} USD/h on average, totals say {totals.usd_per_h if totals else 0.0:g}"
        return
    both = 0.0
    for workload in spec.workloads:
        hours = workload.hourly or (workload.requests_per_s or 0.0,)
        tokens = workload.lengths.mean_input_tokens + workload.lengths.mean_output_tokens
        both += sum(hours) / len(hours) * tokens * SECONDS_PER_HOUR
    if not close(totals.usd_per_mtok, mean / both * MTOK, TOLERANCE):
        yield f"totals.usd_per_mtok {totals.usd_per_mtok:g} is not everything paid over everything served"


def _starting(profile: "Profile", spec: "Spec") -> float:
    """Return what hired units cost over the whole profile while they start [USD]."""
    share = max(scaling_of(workload).start_up_s for workload in spec.workloads) / SECONDS_PER_HOUR
    return sum(_begun(profile, at) * share * purchase.usd_per_step_h for at, purchase in _hired(profile))


def _starts(profile: "Profile") -> int:
    """Return how many hired steps start; each is paid in whole micro-dollars, rounded up."""
    return sum(_begun(profile, at) for at, _ in _hired(profile))


def _hired(profile: "Profile") -> "Iterator[tuple[int, Purchase]]":
    return ((at, purchase) for at, purchase in enumerate(profile.purchases) if not purchase.committed)


def _begun(profile: "Profile", at: int) -> int:
    """Return how many steps of a purchase begin over the profile, which then starts again."""
    steps = [profile.periods[t].steps[at] for t in profile.order]
    return sum(max(after - before, 0) for before, after in zip(steps, steps[1:] + steps[:1], strict=True))


def scaling_of(workload: "WorkloadSpec") -> Scaling:
    """Return how a workload's capacity is to follow its demand."""
    demand = workload.workload.demand
    return Scaling() if demand is None else demand.scaling


def _capped(profile: "Profile", spec: "Spec") -> "Iterator[str]":
    """Caps and budget hold in every hour."""
    for limits in (spec.limits, *(w.limits for w in spec.workloads[:1] if len(spec.workloads) == 1)):
        for period in profile.periods:
            if limits.max_accelerators is not None and period.accelerators > limits.max_accelerators:
                yield f"limits.max_accelerators: {period.accelerators} bought, {limits.max_accelerators} allowed"
            if limits.max_usd_per_h is not None and period.usd_per_h > limits.max_usd_per_h * (1.0 + TOLERANCE):
                yield f"limits.max_usd_per_h: {period.usd_per_h:g} USD/h, {limits.max_usd_per_h:g} allowed"


def one_kind(served: "WorkloadPlan", name: str = "") -> "Iterator[str]":
    """Whoever sells them, the replicas are of one kind."""
    kinds = {
        (p.accelerator, p.tensor_parallel, p.pipeline_parallel, p.expert_parallel, p.attention_data_parallel,
         p.weight_format, p.kv_format, p.engine, p.max_num_batched_tokens)
        for p in served.pools
    }  # fmt: skip
    if len(kinds) > 1:
        yield f"{name}{len(kinds)} kinds of replica, one allowed"
    carried = sum(pool.requests_per_s for pool in served.pools)
    if not close(carried, served.demand.requests_per_s, TOLERANCE):
        yield f"{name}pools carry {carried:g} requests/s of {served.demand.requests_per_s:g} in the busiest hour"
