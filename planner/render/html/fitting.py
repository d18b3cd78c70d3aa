"""What a report leaves out so that it can be mailed: the dearest candidates, then the details of cheap workloads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planner.plan.landscape import Surroundings
from planner.plan.record import Plan, WorkloadPlan

MOST_BYTES = 290_000
SHARES = (1.0, 0.6, 0.3, 0.1, 0.0)


@dataclass(frozen=True)
class Detail:
    """How much is shown: the share of the candidates off the front, and how many workloads in detail."""

    share: float
    workloads: int


def fitting(plan: Plan, written: Callable[[Detail], str]) -> str:
    """Return the report in the most detail that fits, the least detail where none does."""
    levels = tuple(_details(len(plan.workloads)))
    page, low, high = written(levels[0]), 1, len(levels) - 1
    if len(page.encode()) <= MOST_BYTES:
        return page
    page = written(levels[-1])
    while low < high:
        middle = (low + high) // 2
        tried = written(levels[middle])
        if len(tried.encode()) <= MOST_BYTES:
            page, high = tried, middle
        else:
            low = middle + 1
    return page


def _details(workloads: int) -> Iterator[Detail]:
    yield from (Detail(share, workloads) for share in SHARES)
    while workloads > 1:
        workloads = min(workloads // 2, 32)
        yield Detail(0.0, workloads)


def thinned(around: Surroundings, share: float) -> Surroundings:
    """Return the surroundings with the front, what was chosen, and that share of the rest, the cheapest."""
    marked = sum(each.front or each.chosen for each in around.candidates)
    left = round(share * (len(around.candidates) - marked))
    kept = []
    for each in around.candidates:
        if each.front or each.chosen:
            kept.append(each)
        elif left > 0:
            kept.append(each)
            left -= 1
    return around.model_copy(update={"candidates": tuple(kept)})


def costliest(plan: Plan, most: int) -> tuple[WorkloadPlan, ...]:
    """Return the workloads that cost most, in the order of the plan."""
    cost = [sum(pool.usd_per_h for pool in workload.pools) for workload in plan.workloads]
    chosen = set(sorted(range(len(cost)), key=lambda index: -cost[index])[:most])
    return tuple(workload for index, workload in enumerate(plan.workloads) if index in chosen)
