"""Several workloads over one profile: who sells what, the ways to serve each workload, and which ways cannot win.

Replicas are counted in slots. In a market whose units and replicas divide one another a slot is an accelerator, so that
replicas of every workload pack into shared units without waste; other replicas have a market of their own, in which a
slot is a replica.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from planner.solve.mix import PER_MILLE, Profile, Source
from planner.solve.problem import Floats, Ints, Stock

MOST_WAYS = 800
"""Ways of all workloads that the relaxed model sees; the bound accounts for those that it does not."""


@dataclass(frozen=True)
class Market:
    """Sellers of one kind of machine; a step of ``sources[i]`` holds ``sources[i].replicas`` slots.

    ``fits`` names for each size of a replica [slots] the sources that can hold it, fewer for larger ones.
    """

    sources: tuple[Source, ...]
    fits: tuple[tuple[int, tuple[int, ...]], ...]

    def holding(self, size: int) -> tuple[int, ...]:
        """Return the sources that can hold a replica of ``size`` slots."""
        return dict(self.fits)[size]


@dataclass(frozen=True)
class Way:
    """One kind of replica for one workload: its market, its size [slots] and its capacity [micro-requests/s]."""

    market: int
    size: int
    capacity_urps: int


@dataclass(frozen=True, eq=False)
class Served:
    """One workload: its demand in each period [micro-requests/s], the ways to serve it, the fewest replicas ever."""

    name: str
    demand_urps: Ints
    ways: tuple[Way, ...]
    least: int = 0

    def needs(self, way: Way) -> Ints:
        """Return the replicas that each period needs."""
        return np.asarray(np.maximum(-(-self.demand_urps // way.capacity_urps), self.least))


@dataclass(frozen=True, eq=False)
class JointProblem:
    """Everything that the choice depends on. ``profile.demand_urps`` is not read: each workload has its own."""

    profile: Profile
    served: tuple[Served, ...]
    markets: tuple[Market, ...]
    stocks: tuple[Stock, ...] = ()
    max_accelerators: int | None = None
    max_cost_uusd_per_h: int | None = None
    spot_loss: int = 0
    spot_most: int = PER_MILLE

    @property
    def coupled(self) -> bool:
        """Whether anything but shared units binds the workloads to one another."""
        limited = any(source.most < 2**40 for market in self.markets for source in market.sources)
        return limited or bool(self.stocks) or self.max_accelerators is not None or self.max_cost_uusd_per_h is not None

    @property
    def discounted(self) -> bool:
        """Whether spot is worth less than other capacity, or capped."""
        return self.spot_loss > 0 or self.spot_most < PER_MILLE

    def limits(self) -> Iterator[tuple[list[int], int]]:
        """Yield what a step of each source takes of every cap, budget and stock, and how much there is."""
        sources = [source for market in self.markets for source in market.sources]
        if self.max_accelerators is not None:
            yield [source.accelerators for source in sources], self.max_accelerators
        if self.max_cost_uusd_per_h is not None:
            yield [source.cost_uusd_per_h for source in sources], self.max_cost_uusd_per_h
        for stock in self.stocks:
            yield [s.accelerators if stock.matches(s.offer) else 0 for s in sources], stock.max_accelerators

    def held(self, source: Source) -> float:
        """Return the share of a source's slots that serve."""
        return 1.0 - (self.spot_loss / PER_MILLE if source.spot else 0.0)


@dataclass(frozen=True, eq=False)
class Narrowed:
    """The problem with the ways that may win; ``kept[w]`` are their places in the original ways.

    No answer that uses a way left out costs less than ``floor_uusd``.
    """

    problem: JointProblem
    kept: tuple[Ints, ...]
    floor_uusd: float


def narrowed(problem: JointProblem) -> Narrowed:
    """Leave out ways that another beats in every hour, that cannot pay, and those of least promise beyond a number.

    Without a bond between the workloads, a way whose cost under the best sharing exceeds that of another bought alone
    can never pay: whoever uses it could change.
    """
    least = [np.array([_shared_cost(problem, served, way) for way in served.ways]) for served in problem.served]
    cheapest = [float(each.min()) if len(each) else np.inf for each in least]
    kept, floor = [], np.inf
    for served, costs, own in zip(problem.served, least, cheapest, strict=True):
        index = _undominated(problem, served, costs)
        if not problem.coupled and len(index):
            alone = min(_alone_cost(problem, served, served.ways[at]) for at in index)
            index = index[costs[index] <= alone]
        most = max(MOST_WAYS // len(problem.served), 1)
        rest, index = index[most:], np.sort(index[:most])
        if len(rest):
            floor = min(floor, float(costs[rest].min()) + sum(cheapest) - own)
        kept.append(index)
    markets = problem.markets if problem.coupled else tuple(_cheapest(problem, market) for market in problem.markets)
    made = tuple(
        replace(served, ways=tuple(served.ways[at] for at in index.tolist()))
        for served, index in zip(problem.served, kept, strict=True)
    )
    return Narrowed(replace(problem, served=made, markets=markets), tuple(kept), floor)


def _cheapest(problem: JointProblem, market: Market) -> Market:
    """Return the market with nothing to be had of sources that another of the same kind undercuts."""

    def beats(at: int, other: int) -> bool:
        one, two = market.sources[at], market.sources[other]
        alike = one.committed == two.committed and (one.spot == two.spot or not problem.discounted)
        fine = two.replicas % one.replicas == 0 and all(
            at in places or other not in places for _, places in market.fits
        )
        price = one.cost_uusd_per_h * two.replicas, two.cost_uusd_per_h * one.replicas
        return alike and fine and (price[0], one.replicas, at) < (price[1], two.replicas, other)

    places = range(len(market.sources))
    return replace(
        market,
        sources=tuple(
            replace(source, most=0) if any(beats(one, at) for one in places if one != at) else source
            for at, source in enumerate(market.sources)
        ),
    )


def _slot_price(problem: JointProblem, way: Way) -> float:
    """Return the cheapest USD an hour [micro] of a slot, however it is bought."""
    market = problem.markets[way.market]
    sources = [market.sources[at] for at in market.holding(way.size)]
    return min(s.cost_uusd_per_h / (s.replicas * problem.held(s)) for s in sources)


def _shared_cost(problem: JointProblem, served: Served, way: Way) -> float:
    """Return what no mix costs less than: every slot at the cheapest price, in the hours that need it alone."""
    hours = problem.profile.hours
    return float((served.needs(way) * hours).sum()) * way.size * _slot_price(problem, way)


def _undominated(problem: JointProblem, served: Served, costs: Floats) -> Ints:
    """Return ways that no other of the same market beats with fewer slots in every hour, by their least cost.

    Smaller replicas do whatever larger ones do, spot included.
    """
    needs = [served.needs(way) for way in served.ways]
    order = np.lexsort((np.arange(len(costs)), np.array([way.size for way in served.ways]), costs))
    kept: list[int] = []
    for at in order.tolist():
        way = served.ways[at]
        if not any(
            served.ways[other].market == way.market
            and served.ways[other].size <= way.size
            and (served.ways[other].size * needs[other] <= way.size * needs[at]).all()
            for other in kept
        ):
            kept.append(at)
    return np.array(kept, dtype=np.int64)


def _alone_cost(problem: JointProblem, served: Served, way: Way) -> float:
    """Return what a workload costs by itself on whole units of one committed and one hired source at most."""
    market, hours = problem.markets[way.market], problem.profile.hours
    slots = served.needs(way) * way.size
    best = np.inf
    places = [market.sources[at] for at in market.holding(way.size) if not market.sources[at].spot]
    for base in (s for s in places if s.committed):
        steps = -(-slots // base.replicas)
        best = min(best, float(steps.max() * base.cost_uusd_per_h) * float(hours.sum()))
    for hired in (s for s in places if not s.committed):
        steps = -(-slots // hired.replicas)
        start = ceil(hired.cost_uusd_per_h * problem.profile.start_share) * problem.profile.starts(steps)
        best = min(best, hired.cost_uusd_per_h * float((steps * hours).sum()) + start)
    return best
