"""Conservation of requests and money: what is served is what was asked, what is paid is what the pools cost.

Promises kept here: demand and lengths are the request's, the pools carry it, no more of them than allowed;
accelerators, machines and money of the totals are those of the units bought; prices of tokens are all money over all tokens.
"""

from typing import TYPE_CHECKING

from planner.units import MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.plan.check_rebuilt import Rebuilt
    from planner.plan.record import Plan, Totals, WorkloadPlan
    from planner.spec.schema import Spec, WorkloadSpec

TOLERANCE = 2e-5
"""Documents show six significant digits."""


def close(one: float, other: float, tolerance: float = TOLERANCE) -> bool:
    """Whether two figures agree within rounding."""
    return abs(one - other) <= tolerance * max(abs(one), abs(other), 1e-9)


def demand_problems(served: "WorkloadPlan", workload: "WorkloadSpec", *, profiled: bool = False) -> "Iterator[str]":
    """Hold the requests that the pools carry against the demand (Little's law and capacity are checked by pool)."""
    lengths = workload.lengths
    means = {
        "input_tokens": lengths.mean_input_tokens,
        "output_tokens": lengths.mean_output_tokens,
        "cached_input_tokens": lengths.cached_input_tokens or None,
    }
    for name, true in means.items():
        shown = getattr(served.demand, name)
        if (shown is None) != (true is None) or (shown is not None and true is not None and not close(shown, true)):
            yield f"demand of {shown} {name}, asked {true}"
    asked = workload.requests_per_s
    if asked is None:
        asked = served.demand.requests_per_s
    if not close(served.demand.requests_per_s, asked):
        yield f"demand {served.demand.requests_per_s:g} requests/s is not the {asked:g} asked for"
    carried = sum(pool.requests_per_s for pool in served.pools)
    if not close(carried, asked, 1e-4):
        yield f"pools carry {carried:g} requests/s of {asked:g}"
    if len(served.pools) > workload.limits.max_pools and not profiled:
        yield f"{len(served.pools)} pools, at most {workload.limits.max_pools} allowed"


def served_per_h(plan: "Plan", spec: "Spec") -> tuple[float, float, float]:
    """Return requests, input tokens and output tokens of an hour, the mean over a demand that changes."""
    requests = prompts = outputs = 0.0
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        hours = workload.hourly or (served.demand.requests_per_s,)
        rate = sum(hours) / len(hours) * SECONDS_PER_HOUR
        requests += rate
        prompts += rate * workload.lengths.mean_input_tokens
        outputs += rate * workload.lengths.mean_output_tokens
    return requests, prompts, outputs


def total_problems(plan: "Plan", spec: "Spec", built: "Sequence[tuple[Rebuilt, ...]]") -> "Iterator[str]":
    """Totals against the sum of the pools, and cost per token against tokens served."""
    totals = plan.totals
    if totals is None:
        return
    yield from _bought(plan, totals, built)
    usd = sum(pool.usd_per_h for served in plan.workloads for pool in served.pools)
    if plan.profile is None and not close(usd, totals.usd_per_h, 1e-4):
        yield f"pools cost {usd:g} USD/h, totals say {totals.usd_per_h:g}"
    yield from per_token(plan, totals, spec)


def per_token(plan: "Plan", totals: "Totals", spec: "Spec") -> "Iterator[str]":
    """Hold the prices of tokens against everything paid over everything served."""
    _, prompts, outputs = served_per_h(plan, spec)
    for name, tokens in (("usd_per_mtok", prompts + outputs), ("usd_per_mtok_output", outputs)):
        shown, true = getattr(totals, name), totals.usd_per_h / tokens * MTOK
        if not close(shown, true, 1e-4):
            yield f"totals.{name} {shown:g} is not {true:g}, the cost over the tokens served"


def _bought(plan: "Plan", totals: "Totals", built: "Sequence[tuple[Rebuilt, ...]]") -> "Iterator[str]":
    """Units of each seller: those that are said to lie somewhere, otherwise those of the pools."""
    sold: dict[str, list[Rebuilt]] = {}
    for one in (each for pools in built for each in pools):
        sold.setdefault(one.seller.key, []).append(one)
    accelerators = nodes = 0
    for key, pools in sold.items():
        offer, node = pools[0].seller.offer, pools[0].seller.node
        units = sum(one.pool.units or 0 for one in pools)
        if plan.placement is not None:
            named = (offer.id, pools[0].seller.price.purchase, offer.regions)
            placed = [p for p in plan.placement if (p.offer, p.purchase, p.regions) == named]
            units = sum(each.count * each.units for each in placed)
            yield from _parts(plan, pools)
        paid = units * pools[0].seller.price.usd_per_unit_h
        if not close(sum(one.pool.usd_per_h for one in pools), paid, 1e-4):
            yield f"{units} units of {key} at {paid:g} USD/h are not what its pools pay"
        accelerators += units * offer.unit_accelerators
        nodes += units * max(1, offer.unit_accelerators // node.accelerators)
    if accelerators != totals.accelerators:
        yield f"totals.accelerators: {accelerators} are bought, not {totals.accelerators}"
    if nodes != totals.nodes:
        yield f"totals.nodes: {nodes} are bought, not {totals.nodes}"


def _parts(plan: "Plan", pools: "Sequence[Rebuilt]") -> "Iterator[str]":
    """Each pool pays for its part of what lies in a unit, by the accelerators in use."""
    for one in pools:
        at = next(s.pools.index(one.pool) for s in plan.workloads if s.name == one.workload.name)
        units, lying = 0.0, 0
        for placed in plan.placement or ():
            mine = sum(s.accelerators for s in placed.holds if (s.workload, s.pool) == (one.workload.name, at))
            if mine:
                units += placed.count * placed.units * mine / sum(share.accelerators for share in placed.holds)
                lying += placed.count * placed.units
        paid = units * one.seller.price.usd_per_unit_h
        if not close(one.pool.usd_per_h, paid, 1e-4):
            yield f"{one.workload.name}: {units:g} units cost {paid:g} USD/h, not {one.pool.usd_per_h:g}"
        hosts = lying * max(1, one.seller.offer.unit_accelerators // one.seller.node.accelerators)
        if one.pool.nodes is not None and one.pool.nodes != hosts:
            yield f"{one.workload.name}: lies on {hosts} nodes, not {one.pool.nodes}"
