"""Conservation of requests and money: what is served is what was asked, what is paid is what the pools cost."""

from typing import TYPE_CHECKING

from planner.units import MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.plan.record import Plan, Pool, Totals, WorkloadPlan
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


def total_problems(plan: "Plan", spec: "Spec") -> "Iterator[str]":
    """Totals against the sum of the pools, and cost per token against tokens served."""
    totals = plan.totals
    if totals is None:
        yield "a plan without totals"
        return
    yield from _bought(plan, totals)
    usd = sum(pool.usd_per_h for served in plan.workloads for pool in served.pools)
    if plan.profile is None and not close(usd, totals.usd_per_h, 1e-4):
        yield f"pools cost {usd:g} USD/h, totals say {totals.usd_per_h:g}"
    both = output = 0.0
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        mean = served.demand.requests_per_s if plan.profile is None else sum(workload.hourly) / len(workload.hourly)
        rate, lengths = mean * SECONDS_PER_HOUR, workload.lengths
        both += rate * (lengths.mean_input_tokens + lengths.mean_output_tokens)
        output += rate * lengths.mean_output_tokens
    for name, tokens in (("usd_per_mtok", both), ("usd_per_mtok_output", output)):
        shown, true = getattr(totals, name), totals.usd_per_h / tokens * MTOK
        if not close(shown, true, 1e-4):
            yield f"totals.{name} {shown:g} is not {true:g}, the cost over the tokens served"


def _bought(plan: "Plan", totals: "Totals") -> "Iterator[str]":
    """Units of each offer: those of pools that own theirs, and whole ones behind pools that share them."""
    sold: dict[tuple[str, str], list[Pool]] = {}
    for served in plan.workloads:
        for pool in served.pools:
            sold.setdefault((pool.offer, pool.purchase), []).append(pool)
    accelerators = nodes = 0
    for (offer, _), pools in sold.items():
        unit, price = pools[0].billing_unit, pools[0].usd_per_unit_h
        if all(pool.units is not None for pool in pools):
            units = sum(pool.units or 0 for pool in pools)
        else:
            held = -(-sum(pool.accelerators for pool in pools) // unit)
            paid = sum(pool.usd_per_h for pool in pools) / price if price else float(held)
            units = max(round(paid), held)
            if not close(paid, units, 1e-4):
                yield f"{paid:g} units of {offer} are paid for, whole ones are sold"
        accelerators += units * unit
        nodes += units * max((pool.nodes or 0) // max(_own_units(pool), 1) for pool in pools)
    if accelerators != totals.accelerators:
        yield f"totals.accelerators: {accelerators} are bought, not {totals.accelerators}"
    if nodes != totals.nodes:
        yield f"totals.nodes: {nodes} are bought, not {totals.nodes}"


def _own_units(pool: "Pool") -> int:
    """Units that a pool takes by itself."""
    if pool.units is not None:
        return pool.units
    size = pool.accelerators // pool.replicas
    if size <= pool.billing_unit:
        together = pool.billing_unit // size
        return -(-pool.replicas // min(together, pool.replicas_per_node or together))
    return pool.replicas * -(-size // pool.billing_unit)
