"""The best plan by trying every one: knows the problem's meaning and nothing of how it is solved."""

from collections.abc import Iterator
from itertools import product

from planner.solve.problem import Offer, Problem, Workload

Counts = tuple[int, ...]  # replicas of each column of one workload
Values = dict[str, int]


def best_values(problem: Problem) -> tuple[int, ...] | None:
    """The least values of the objectives, compared one after the other; None when nothing is allowed."""
    names = dict.fromkeys((*problem.objectives, "cost", "accelerators", "ttft"))
    choices = [list(answers(workload, problem)) for workload in problem.workloads]
    plans = (plan_values(problem, plan) for plan in product(*choices))
    return min((tuple(values[name] for name in names) for values in plans if values is not None), default=None)


def answers(workload: Workload, problem: Problem) -> Iterator[Counts]:
    """Every mix of replicas that meets the demand within the workload's own limits, with none to spare."""
    columns = workload.columns
    most = [-(-workload.demand_urps // int(cap)) if cap else 0 for cap in columns.capacity_urps]
    for counts in product(*(range(n + 1) for n in most)):
        if sum(n > 0 for n in counts) > workload.max_pools:
            continue
        if sum(n * int(cap) for n, cap in zip(counts, columns.capacity_urps, strict=True)) < workload.demand_urps:
            continue
        units = units_needed([(workload, counts)], problem.offers)
        if workload.max_accelerators is not None and accelerators(units, problem.offers) > workload.max_accelerators:
            continue
        if workload.max_cost_uusd_per_h is not None and cost(units, problem.offers) > workload.max_cost_uusd_per_h:
            continue
        yield counts


def plan_values(problem: Problem, plan: tuple[Counts, ...]) -> Values | None:
    units = units_needed(list(zip(problem.workloads, plan, strict=True)), problem.offers)
    if problem.max_accelerators is not None and accelerators(units, problem.offers) > problem.max_accelerators:
        return None
    if problem.max_cost_uusd_per_h is not None and cost(units, problem.offers) > problem.max_cost_uusd_per_h:
        return None
    for stock in problem.stocks:
        matching = [
            o
            for o, offer in enumerate(problem.offers)
            if stock_covers(stock.accelerator, offer.accelerator) and stock_covers(stock.provider, offer.provider)
        ]
        if sum(units[o] * problem.offers[o].accelerators for o in matching) > stock.max_accelerators:
            return None
    slowest = [
        max(int(ttft) for n, ttft in zip(counts, workload.columns.ttft_us, strict=True) if n)
        for workload, counts in zip(problem.workloads, plan, strict=True)
    ]
    return {
        "cost": cost(units, problem.offers),
        "accelerators": accelerators(units, problem.offers),
        "ttft": sum(slowest),
        "energy": sum(n * offer.idle_mw for n, offer in zip(units, problem.offers, strict=True))
        + sum(busy(workload, counts) for workload, counts in zip(problem.workloads, plan, strict=True)),
    }


def busy(workload: Workload, counts: Counts) -> int:
    """Power beyond idle [mW], rounded up: what all replicas would draw at capacity, by the share in use."""
    columns = workload.columns
    full = sum(n * int(power) for n, power in zip(counts, columns.power_mw, strict=True))
    capacity = sum(n * int(urps) for n, urps in zip(counts, columns.capacity_urps, strict=True))
    return -(-full * workload.demand_urps // capacity)


def stock_covers(wanted: str | None, actual: str) -> bool:
    return wanted is None or wanted == actual


def cost(units: list[int], offers: tuple[Offer, ...]) -> int:
    return sum(n * offer.cost_uusd_per_h for n, offer in zip(units, offers, strict=True))


def accelerators(units: list[int], offers: tuple[Offer, ...]) -> int:
    return sum(n * offer.accelerators for n, offer in zip(units, offers, strict=True))


def units_needed(served: list[tuple[Workload, Counts]], offers: tuple[Offer, ...]) -> list[int]:
    """Fewest whole units of each offer that hold all replicas."""
    whole = [0] * len(offers)
    small: list[list[int]] = [[] for _ in offers]
    for workload, counts in served:
        for n, offer, size in zip(
            counts, workload.columns.offer.tolist(), workload.columns.accelerators.tolist(), strict=True
        ):
            unit = offers[offer].accelerators
            if size < unit:
                small[offer] += [size] * n
            else:
                whole[offer] += n * -(-size // unit)
    return [
        n + fewest_bins(tuple(sorted(sizes, reverse=True)), offer.accelerators)
        for n, sizes, offer in zip(whole, small, offers, strict=True)
    ]


def fewest_bins(sizes: tuple[int, ...], room: int) -> int:
    """Bins of ``room`` that hold ``sizes``, by trying every place for each."""
    best = len(sizes)

    def place(position: int, rooms: tuple[int, ...]) -> None:
        nonlocal best
        if len(rooms) >= best and position < len(sizes):
            return
        if position == len(sizes):
            best = min(best, len(rooms))
            return
        size = sizes[position]
        for left in sorted({left for left in rooms if left >= size}):
            i = rooms.index(left)
            place(position + 1, (*rooms[:i], left - size, *rooms[i + 1 :]))
        place(position + 1, (*rooms, room - size))

    if sizes:
        place(0, ())
    return best
