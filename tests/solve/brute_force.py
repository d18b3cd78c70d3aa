"""The best plan by trying every one: knows the problem's meaning and nothing of how it is solved."""

from collections.abc import Iterator
from itertools import product

from planner.solve.problem import Offer, Problem, Stock, Workload

Pools = tuple[tuple[int, int, int], ...]  # (column, replicas, most of them on one host; 0: as many as fit)
Values = dict[str, int]


def best_values(problem: Problem) -> tuple[int, ...] | None:
    """The least values of the objectives, compared one after the other; None when nothing is allowed."""
    names = dict.fromkeys((*problem.objectives, "cost", "accelerators", "ttft"))
    choices = [list(answers(workload, problem)) for workload in problem.workloads]
    plans = (plan_values(problem, plan) for plan in product(*choices))
    return min((tuple(values[name] for name in names) for values in plans if values is not None), default=None)


def answers(workload: Workload, problem: Problem) -> Iterator[Pools]:
    """Every mix of replicas that meets the demand, losses included, within the workload's own limits."""
    losses = workload.survive_nodes or workload.survive_replicas
    for counts in _counts(workload, problem, losses):
        pools = [(column, n) for column, n in enumerate(counts) if n]
        for spreads in product(*(_spreads(workload, column, n, problem.offers) for column, n in pools)):
            made = tuple((column, n, spread) for (column, n), spread in zip(pools, spreads, strict=True))
            if left(workload, made, problem.offers, losses) >= workload.demand_urps and _within(
                workload, made, problem.offers
            ):
                yield made


def _counts(workload: Workload, problem: Problem, losses: int) -> Iterator[tuple[int, ...]]:
    columns = workload.columns
    most = []
    for offer, size, cap in zip(
        columns.offer.tolist(), columns.accelerators.tolist(), columns.capacity_urps.tolist(), strict=True
    ):
        sold = problem.offers[offer]
        at_once = 1
        if workload.survive_nodes:
            at_once = max(sold.accelerators // size, 1) * max(sold.node_accelerators // sold.accelerators, 1)
        most.append(-(-workload.demand_urps // cap) + losses * at_once if cap else 0)
    for counts in product(*(range(n + 1) for n in most)):
        if 0 < sum(n > 0 for n in counts) <= workload.max_pools:
            yield counts


def _spreads(workload: Workload, column: int, replicas: int, offers: tuple[Offer, ...]) -> range:
    offer = offers[int(workload.columns.offer[column])]
    if not workload.survive_nodes or offer.accelerators < offer.node_accelerators:
        return range(1)
    fitting = max(offer.accelerators // int(workload.columns.accelerators[column]), 1)
    return range(1, min(fitting, replicas) + 1)


def left(workload: Workload, pools: Pools, offers: tuple[Offer, ...], losses: int) -> int:
    """What is served after the worst losses: each takes what one host of one pool may hold."""
    if workload.survive_nodes and _together(workload, pools, offers):
        return 0
    whole, worst = 0, 0
    for ways in product(range(losses + 1), repeat=len(pools)):
        if sum(ways) != losses:
            continue
        lost = whole = 0
        for (column, n, spread), times in zip(pools, ways, strict=True):
            offer, size = offers[int(workload.columns.offer[column])], int(workload.columns.accelerators[column])
            each = spread or max(offer.node_accelerators // offer.accelerators, 1) * max(offer.accelerators // size, 1)
            each = each if workload.survive_nodes else 1
            cap = int(workload.columns.capacity_urps[column])
            whole += n * cap
            lost += min(times * each, n) * cap
        worst = max(worst, lost)
    return whole - worst


def _together(workload: Workload, pools: Pools, offers: tuple[Offer, ...]) -> bool:
    """Pools of one workload that must survive hosts never share one: nor may they lie on the same seller's."""
    places = [offers[int(workload.columns.offer[column])] for column, _, _ in pools]
    inside = [
        (o.provider, o.accelerator)
        for o, (column, _, _) in zip(places, pools, strict=True)
        if int(workload.columns.accelerators[column]) < max(o.accelerators, o.node_accelerators)
    ]
    return len(set(inside)) < len(inside)


def _within(workload: Workload, pools: Pools, offers: tuple[Offer, ...]) -> bool:
    units = units_needed([(workload, pools)], offers)
    if workload.max_accelerators is not None and accelerators(units, offers) > workload.max_accelerators:
        return False
    if workload.max_cost_uusd_per_h is not None and cost(units, offers) > workload.max_cost_uusd_per_h:
        return False
    return all(in_stock(stock, units, offers) for stock in workload.stocks)


def plan_values(problem: Problem, plan: tuple[Pools, ...]) -> Values | None:
    units = units_needed(list(zip(problem.workloads, plan, strict=True)), problem.offers)
    if problem.max_accelerators is not None and accelerators(units, problem.offers) > problem.max_accelerators:
        return None
    if problem.max_cost_uusd_per_h is not None and cost(units, problem.offers) > problem.max_cost_uusd_per_h:
        return None
    if not all(in_stock(stock, units, problem.offers) for stock in problem.stocks) or not far_enough(problem, plan):
        return None
    slowest = [
        max(int(workload.columns.ttft_us[column]) for column, _, _ in pools)
        for workload, pools in zip(problem.workloads, plan, strict=True)
    ]
    coarsest = [
        max(int(workload.columns.quality_loss_ppm[column]) for column, _, _ in pools)
        for workload, pools in zip(problem.workloads, plan, strict=True)
    ]
    return {
        "cost": cost(units, problem.offers),
        "accelerators": accelerators(units, problem.offers),
        "ttft": sum(slowest),
        "quality": sum(coarsest),
        "energy": sum(n * offer.idle_mw for n, offer in zip(units, problem.offers, strict=True))
        + sum(busy(workload, pools) for workload, pools in zip(problem.workloads, plan, strict=True)),
    }


def far_enough(problem: Problem, plan: tuple[Pools, ...]) -> bool:
    """Workloads that are to be apart are all in known regions, none of them shared."""
    used = {
        workload.name: [problem.offers[int(workload.columns.offer[column])].regions for column, _, _ in pools]
        for workload, pools in zip(problem.workloads, plan, strict=True)
    }
    for one, other in problem.apart:
        if not all(used[one]) or not all(used[other]):
            return False
        if {r for regions in used[one] for r in regions} & {r for regions in used[other] for r in regions}:
            return False
    return True


def in_stock(stock: Stock, units: list[int], offers: tuple[Offer, ...]) -> bool:
    matching = [
        o
        for o, offer in enumerate(offers)
        if stock_covers(stock.accelerator, offer.accelerator)
        and stock_covers(stock.provider, offer.provider)
        and stock_covers(stock.offer, offer.name)
        and (stock.region is None or stock.region in offer.regions)
    ]
    return sum(units[o] * offers[o].accelerators for o in matching) <= stock.max_accelerators


def busy(workload: Workload, pools: Pools) -> int:
    """Power beyond idle [mW], rounded up: what all replicas would draw at capacity, by the share in use."""
    columns = workload.columns
    full = sum(n * int(columns.power_mw[column]) for column, n, _ in pools)
    capacity = sum(n * int(columns.capacity_urps[column]) for column, n, _ in pools)
    return -(-full * workload.demand_urps // capacity)


def stock_covers(wanted: str | None, actual: str) -> bool:
    return wanted is None or wanted == actual


def cost(units: list[int], offers: tuple[Offer, ...]) -> int:
    return sum(n * offer.cost_uusd_per_h for n, offer in zip(units, offers, strict=True))


def accelerators(units: list[int], offers: tuple[Offer, ...]) -> int:
    return sum(n * offer.accelerators for n, offer in zip(units, offers, strict=True))


def units_needed(served: list[tuple[Workload, Pools]], offers: tuple[Offer, ...]) -> list[int]:
    """Fewest whole units of each offer that hold all replicas, each pool spread as far as it must."""
    whole = [0] * len(offers)
    small: list[list[tuple[int, int, int]]] = [[] for _ in offers]
    kinds = 0
    for workload, pools in served:
        for column, n, spread in pools:
            offer, size = int(workload.columns.offer[column]), int(workload.columns.accelerators[column])
            unit = offers[offer].accelerators
            kinds += 1
            if size < unit:
                small[offer] += [(size, kinds, spread or unit)] * n
            else:
                whole[offer] += n * -(-size // unit)
    return [
        n + fewest_bins(tuple(sorted(items, reverse=True)), offer.accelerators)
        for n, items, offer in zip(whole, small, offers, strict=True)
    ]


def fewest_bins(items: tuple[tuple[int, int, int], ...], room: int) -> int:
    """Bins of ``room`` that hold ``items`` (size, kind, most of the kind in one), by trying every place for each."""
    best = len(items)

    def place(position: int, bins: tuple[tuple[int, tuple[int, ...]], ...]) -> None:
        nonlocal best
        if len(bins) >= best and position < len(items):
            return
        if position == len(items):
            best = min(best, len(bins))
            return
        size, kind, most = items[position]
        for one in sorted(set(bins)):
            if one[0] >= size and one[1].count(kind) < most:
                i = bins.index(one)
                place(position + 1, (*bins[:i], (one[0] - size, (*one[1], kind)), *bins[i + 1 :]))
        place(position + 1, (*bins, (room - size, (kind,))))

    if items:
        place(0, ())
    return best
