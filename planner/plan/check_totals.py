"""Conservation of requests and money: what is served is what was asked, what is paid is what the pools cost."""

from typing import TYPE_CHECKING

from planner.units import MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.plan.record import Plan, WorkloadPlan
    from planner.spec.schema import Spec, WorkloadSpec

TOLERANCE = 2e-5
"""Documents show six significant digits."""


def close(one: float, other: float, tolerance: float = TOLERANCE) -> bool:
    """Whether two figures agree within rounding."""
    return abs(one - other) <= tolerance * max(abs(one), abs(other), 1e-9)


def demand_problems(served: "WorkloadPlan", workload: "WorkloadSpec") -> "Iterator[str]":
    """Hold the requests that the pools carry against the demand (Little's law and capacity are checked by pool)."""
    asked = workload.requests_per_s
    if asked is None:
        asked = served.demand.requests_per_s
    if not close(served.demand.requests_per_s, asked):
        yield f"demand {served.demand.requests_per_s:g} requests/s is not the {asked:g} asked for"
    carried = sum(pool.requests_per_s for pool in served.pools)
    if not close(carried, asked, 1e-4):
        yield f"pools carry {carried:g} requests/s of {asked:g}"
    if len(served.pools) > workload.limits.max_pools:
        yield f"{len(served.pools)} pools, at most {workload.limits.max_pools} allowed"


def total_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Totals against the sum of the pools, and cost per token against tokens served."""
    totals = plan.totals
    if totals is None:
        yield "a plan without totals"
        return
    pools = [pool for served in plan.workloads for pool in served.pools]
    usd = sum(pool.usd_per_h for pool in pools)
    if not close(usd, totals.usd_per_h, 1e-4):
        yield f"pools cost {usd:g} USD/h, totals say {totals.usd_per_h:g}"
    both = output = 0.0
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        rate, lengths = served.demand.requests_per_s * SECONDS_PER_HOUR, workload.lengths
        both += rate * (lengths.mean_input_tokens + lengths.mean_output_tokens)
        output += rate * lengths.mean_output_tokens
    for name, tokens in (("usd_per_mtok", both), ("usd_per_mtok_output", output)):
        shown, true = getattr(totals, name), totals.usd_per_h / tokens * MTOK
        if not close(shown, true, 1e-4):
            yield f"totals.{name} {shown:g} is not {true:g}, the cost over the tokens served"
    if plan.status == "optimal" and plan.objective.gap not in {None, 0.0}:
        yield f"status optimal with a gap of {plan.objective.gap:g}"
