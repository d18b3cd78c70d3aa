"""Where the money goes: what it buys adds up to what is paid, the prices of tokens to the cost of a request.

Promises kept here: costs an hour, a month, a request and a million tokens of each kind are those of the totals; what is
used, kept free, spare and idle is what loads and capacities say; overheads are those asked for; tenancies are compared
where their throughput is said to vary, the plan's own at what it costs. None is withheld, none shown that nothing asks.
"""

from math import ceil
from typing import TYPE_CHECKING

from planner.perf.interleaving import flow
from planner.plan.check_joint_money import spent_together
from planner.plan.check_others import risk_problems
from planner.plan.check_totals import close, served_per_h
from planner.units import HOURS_PER_MONTH, MTOK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.plan.check_rebuilt import Rebuilt
    from planner.plan.money import Costs
    from planner.plan.profile import Profile
    from planner.plan.record import Plan, Totals
    from planner.spec.schema import Spec

TOLERANCE = 1e-4
SHARE_TOLERANCE = 1e-3
"""What a latency decides is known as well as latencies are."""


def cost_problems(plan: "Plan", spec: "Spec", built: "Sequence[tuple[Rebuilt, ...]]") -> "Iterator[str]":
    """Conservation of money, by what it buys and by kind of token."""
    costs, totals = plan.costs, plan.totals
    if totals is None:
        return
    if costs is None:
        if spec.overheads.usd_per_month or spec.overheads.share_of_compute:
            yield "costs: overheads are asked for and not shown"
        return
    requests, prompts, outputs = served_per_h(plan, spec)
    yield from _overheads(costs, totals, spec, prompts + outputs)
    yield from risk_problems(plan, costs, totals, spec)
    usd = totals.usd_per_h
    yield from _unlike("costs.usd_per_h", costs.usd_per_h, usd)
    yield from _unlike("costs.usd_per_month", costs.usd_per_month, usd * HOURS_PER_MONTH)
    alone = len(spec.workloads) == 1
    if (costs.usd_per_request is not None) != alone:
        yield "costs.usd_per_request is shown of one workload, and of no more"
    if costs.usd_per_request is not None:
        yield from _unlike("costs.usd_per_request", costs.usd_per_request, usd / requests)
    yield from _unlike("costs.usd_per_mtok.blended", costs.usd_per_mtok.blended, usd / (prompts + outputs) * MTOK)
    for_prompts, spent = _spending(plan, spec, built)
    yield from _unlike("costs.usd_per_mtok.input", costs.usd_per_mtok.input, for_prompts / prompts * MTOK)
    yield from _unlike("costs.usd_per_mtok.output", costs.usd_per_mtok.output, (usd - for_prompts) / outputs * MTOK)
    yield from _parts(costs, spent)


def _spending(plan: "Plan", spec: "Spec", built: "Sequence[tuple[Rebuilt, ...]]") -> tuple[float, dict[str, float]]:
    """Return USD an hour that prompts take, and all of it by what it buys."""
    profile = plan.profile
    if profile is None:
        for_prompts = sum(one.pool.usd_per_h * _input_share(one) for pools in built for one in pools)
        return for_prompts, _spent(built)
    if profile.workloads is None:
        return profile.usd_per_h * _input_share(built[0][0]), _spent_over(profile, built[0][0])
    spent, taken = spent_together(profile, spec)
    mixed = sum(part * _input_share(pools[0]) for part, pools in zip(taken, built, strict=True))
    return profile.usd_per_h * mixed, spent


def _input_share(built: "Rebuilt") -> float:
    """Share of the engine's time that prompts take at the load carried: what decoding alone would not."""
    at = flow(built.service, built.load.batch)
    prompt_s = built.load.batch * at.stretch_s / max(built.workload.lengths.mean_output_tokens, 1.0)
    return float((prompt_s / at.tpot_s)[0])


def _spent(built: "Sequence[tuple[Rebuilt, ...]]") -> dict[str, float]:
    """USD an hour by what it buys: used, kept free, spare for a loss, and idle."""
    spent = dict.fromkeys(("used", "headroom", "spare", "idle"), 0.0)
    for one in (each for pools in built for each in pools):
        pool, limits = one.pool, one.workload.limits
        most, whole = (1.0 if one.in_flight else limits.max_utilisation), one.capacity_requests_per_s
        paid = pool.usd_per_h * min(pool.replicas * one.split.accelerators / pool.accelerators, 1.0)
        needed = ceil(pool.requests_per_s / (whole / pool.replicas * most) * (1.0 - 1e-6))
        surplus = max(pool.replicas - needed, 0) if getattr(limits, "survive", None) is not None else 0
        used, spare = paid * min(pool.requests_per_s / whole, 1.0), paid * surplus / pool.replicas
        headroom = min(used * (1.0 / most - 1.0), max(pool.usd_per_h - used - spare, 0.0))
        for name, usd in (("used", used), ("headroom", headroom), ("spare", spare)):
            spent[name] += usd
        spent["idle"] += pool.usd_per_h - used - headroom - spare
    return spent


def _spent_over(profile: "Profile", one: "Rebuilt") -> dict[str, float]:
    """Return the same for a demand that changes, the mean over its hours."""
    assert profile.capacity_requests_per_s is not None
    spent = dict.fromkeys(("used", "headroom", "spare"), 0.0) | {"idle": profile.start_usd_per_h or 0.0}
    most, size = one.workload.limits.max_utilisation, one.split.accelerators
    for period in profile.periods:
        whole = period.replicas * profile.capacity_requests_per_s / most
        filled = min(period.replicas * size / period.accelerators, 1.0) if period.accelerators else 0.0
        used = period.usd_per_h * filled * min(period.requests_per_s / whole, 1.0) if whole else 0.0
        headroom = min(used * (1.0 / most - 1.0), period.usd_per_h - used)
        for name, usd in (("used", used), ("headroom", headroom), ("idle", period.usd_per_h - used - headroom)):
            spent[name] += usd * period.hours / profile.hours
    return spent


def _parts(costs: "Costs", spent: dict[str, float]) -> "Iterator[str]":
    shown = costs.usd_of_month.model_dump()
    if not close(sum(float(shown.get(name, 0.0)) for name in spent), costs.usd_per_month, TOLERANCE):
        yield f"costs: used, headroom, spare and idle are not {costs.usd_per_month:g} USD a month"
    for name, usd in spent.items():
        value, true = float(shown.get(name, 0.0)), usd * HOURS_PER_MONTH
        rounding = 0.0 if name == "spare" else 1e-5 * costs.usd_per_month
        if abs(value - true) > SHARE_TOLERANCE * abs(true) + rounding:
            yield f"costs.usd_of_month.{name} is {true:g}, not {value:g}"


def _overheads(costs: "Costs", totals: "Totals", spec: "Spec", tokens_per_h: float) -> "Iterator[str]":
    asked, shown = spec.overheads, costs.overheads
    month = totals.usd_per_h * HOURS_PER_MONTH
    added = asked.usd_per_month + asked.share_of_compute * month
    if (shown is None) != (not (asked.usd_per_month or asked.share_of_compute)):
        yield "costs.overheads are not those that were asked for"
    if shown is None:
        return
    hour = (month + added) / HOURS_PER_MONTH
    true = {
        "usd_per_month": added,
        "total_usd_per_h": hour,
        "total_usd_per_month": month + added,
        "total_usd_per_mtok": hour / tokens_per_h * MTOK,
    }
    for name, value in true.items():
        yield from _unlike(f"costs.overheads.{name}", getattr(shown, name), value)


def _unlike(name: str, shown: float, true: float) -> "Iterator[str]":
    if not close(shown, true, SHARE_TOLERANCE if name.endswith(("input", "output")) else TOLERANCE):
        yield f"{name} is {true:g}, not {shown:g}"
