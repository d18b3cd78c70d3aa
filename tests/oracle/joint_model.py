"""A mix over a profile for HiGHS, written from its meaning: every replica is put on a source, and every start is paid.

`solve_joint` is for several workloads that share units, `solve_single` for one on its own. Cost over all hours
[micro-USD], None where nothing is allowed.
"""

from itertools import pairwise
from math import ceil
from typing import Any

import highspy

from planner.solve.joint_ways import JointProblem, Served, Way
from planner.solve.mix import Kind, MixProblem, Profile, Source
from planner.solve.problem import Stock

EXACT = 1e-9
MANY = 200
Held = dict[tuple[int, int], list[Any]]
"""Slots taken of each source in each period."""


def _highs() -> Any:
    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    model.silent()
    model.setOptionValue("mip_rel_gap", EXACT)
    model.setOptionValue("mip_abs_gap", 1e-6)
    model.setOptionValue("mip_feasibility_tolerance", 1e-9)
    model.setOptionValue("threads", 1)
    return model


def _cost(model: Any) -> int | None:
    model.minimize()
    status = model.modelStatusToString(model.getModelStatus())
    assert status in {"Optimal", "Infeasible"}, status
    return round(model.getInfo().objective_function_value) if status == "Optimal" else None


def _units(model: Any, source: Source, profile: Profile) -> list[Any]:
    """Units of a source in each period, with what they cost."""
    most, periods = min(source.most, MANY), len(profile.hours)
    if source.committed:
        return [model.addIntegral(0, most, source.cost_uusd_per_h * int(profile.hours.sum()))] * periods
    row = [model.addIntegral(0, most, source.cost_uusd_per_h * int(h)) for h in profile.hours]
    order = profile.order.tolist()
    if profile.start_share:
        for one, other in pairwise([*order, order[0]]):
            begun = model.addVariable(0, MANY, ceil(source.cost_uusd_per_h * profile.start_share))
            model.addConstr(begun >= row[other] - row[one])
    return row


def _limited(model: Any, sources: list[Source], units: list[list[Any]], problem: JointProblem | MixProblem) -> None:
    def least(weights: list[int], most: int) -> None:
        for t in range(len(problem.profile.hours)):
            terms = [w * row[t] for w, row in zip(weights, units, strict=True) if w]
            if terms:
                model.addConstr(sum(terms) <= most)

    if problem.max_accelerators is not None:
        least([s.accelerators for s in sources], problem.max_accelerators)
    if problem.max_cost_uusd_per_h is not None:
        least([s.cost_uusd_per_h for s in sources], problem.max_cost_uusd_per_h)
    for stock in problem.stocks:
        least([s.accelerators if counts(stock, s) else 0 for s in sources], stock.max_accelerators)


def counts(stock: Stock, source: Source) -> bool:
    """Whether a stock counts what is bought of a source."""
    offer = source.offer
    pairs = ((stock.accelerator, offer.accelerator), (stock.offer, offer.name), (stock.provider, offer.provider))
    return all(wanted in {None, actual} for wanted, actual in pairs) and stock.region in {None, *offer.regions}


def solve_joint(problem: JointProblem) -> int | None:
    """The least cost of several workloads together."""
    model = _highs()
    sources = [(m, at, s) for m, market in enumerate(problem.markets) for at, s in enumerate(market.sources)]
    units = [_units(model, s, problem.profile) for _, _, s in sources]
    _limited(model, [s for _, _, s in sources], units, problem)
    held: Held = {(i, t): [] for i in range(len(sources)) for t in range(len(problem.profile.hours))}
    for served in problem.served:
        if not served.ways:
            return None
        ways = [model.addBinary() for _ in served.ways]
        model.addConstr(sum(ways) == 1)
        for way, x in zip(served.ways, ways, strict=True):
            _served(model, problem, (served, way, x), held)
    for (i, t), terms in held.items():
        if terms:
            model.addConstr(sum(terms) <= sources[i][2].replicas * units[i][t])
    return _cost(model)


def _served(model: Any, problem: JointProblem, taken: tuple[Served, Way, Any], held: Held) -> None:
    """In every period as many replicas of a way as are needed if it is taken, each on a source that can hold it."""
    served, way, x = taken
    apart = problem.spot_loss > 0 or problem.spot_most < 1000
    first = sum(len(market.sources) for market in problem.markets[: way.market])
    for t, rate in enumerate(served.demand_urps.tolist()):
        need = max(-(-rate // way.capacity_urps), served.least)
        lies = {at: model.addIntegral(0, MANY) for at in holding(problem, way)}
        for at, n in lies.items():
            held[first + at, t].append(way.size * n)
        sold = problem.markets[way.market].sources
        spot = sum(n for at, n in lies.items() if sold[at].spot) if apart else 0
        every = sum(lies.values())
        model.addConstr(1000 * every - problem.spot_loss * spot >= 1000 * need * x)
        if apart:
            model.addConstr(1000 * spot <= problem.spot_most * every)


def holding(problem: JointProblem, way: Way) -> tuple[int, ...]:
    """Places in a way's market of the sources that can hold its replicas."""
    return next(places for size, places in problem.markets[way.market].fits if size == way.size)


def solve_single(problem: MixProblem, kind: Kind) -> int | None:
    """The least cost of one workload on one kind of replica: of every step the whole replicas count."""
    model = _highs()
    units = [_units(model, s, problem.profile) for s in kind.sources]
    _limited(model, list(kind.sources), units, problem)
    for t, rate in enumerate(problem.profile.demand_urps.tolist()):
        need = max(-(-rate // kind.capacity_urps), problem.least)
        spot = sum(s.replicas * row[t] for s, row in zip(kind.sources, units, strict=True) if s.spot)
        every = sum(s.replicas * row[t] for s, row in zip(kind.sources, units, strict=True))
        model.addConstr(1000 * every - problem.spot_loss * spot >= 1000 * need)
        if any(s.spot for s in kind.sources):
            model.addConstr(1000 * spot <= problem.spot_most * every)
    return _cost(model)
