"""A good joint mix in little time: one workload after the other takes the way that costs least beside the others'.

Within a market at most one source is committed to and one is hired, beside spot; the integer model then does better
where mixing more of them pays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.solve.effort import Effort
from planner.solve.joint_ways import JointProblem, Market, Way
from planner.solve.mix import Source
from planner.solve.problem import Ints
from planner.solve.spot import tradeoff

ROUNDS = 6


@dataclass(frozen=True, eq=False)
class _Load:
    """Slots that a way needs in each period: without spot, and with as much spot as pays, on spot and on the rest."""

    plain: Ints
    firm: Ints
    spot: Ints

    def __add__(self, other: "_Load") -> "_Load":
        return _Load(self.plain + other.plain, self.firm + other.firm, self.spot + other.spot)


@dataclass(eq=False)
class Search:
    """The loads of every way, and what sets of workloads cost in a market."""

    problem: JointProblem
    effort: Effort

    @cached_property
    def loads(self) -> list[list[_Load]]:
        """Loads of each way of each workload."""
        return [[self._load(served.needs(way), way) for way in served.ways] for served in self.problem.served]

    def _load(self, needs: Ints, way: Way) -> _Load:
        loss, most = self.problem.spot_loss, self.problem.spot_most
        pairs = {need: tradeoff(need, loss, most).corners[-1] for need in set(needs.tolist())}
        firm, spot = (np.array([pairs[need][at] for need in needs.tolist()]) * way.size for at in (0, 1))
        return _Load(needs * way.size, firm, spot)

    def best(self, first: list[int]) -> tuple[list[int], float]:
        """Return the cheapest ways found, and their cost [micro-USD].

        The search begins at ``first``, and again with every workload that can be in one market, market by market.
        """
        markets = sorted({way.market for served in self.problem.served for way in served.ways})
        moved = ([self._moved(w, k, market) for w, k in enumerate(first)] for market in markets)
        found = [self.descend(first), *(self.descend(each) for each in moved if self.effort.left_s > 0.0)]
        return min(found, key=lambda each: each[1])

    def _moved(self, w: int, k: int, market: int) -> int:
        """Return the way of least slots that a workload has in a market, or ``k`` where it has none."""
        ways, hours = self.problem.served[w].ways, self.problem.profile.hours
        inside = [at for at, way in enumerate(ways) if way.market == market]
        return min(inside, key=lambda at: float(self.loads[w][at].plain @ hours), default=k)

    def descend(self, first: list[int]) -> tuple[list[int], float]:
        """Return the ways that no workload alone would change, from ``first``, and their cost [micro-USD]."""
        chosen = list(first)
        costs = {m: self.cost(m, chosen) for m in range(len(self.problem.markets))}
        for _ in range(ROUNDS):
            moved = False
            for w, served in enumerate(self.problem.served):
                for k, way in enumerate(served.ways):
                    if k == chosen[w] or self.effort.left_s <= 0.0:
                        continue
                    touched = {way.market, served.ways[chosen[w]].market}
                    trial = [*chosen[:w], k, *chosen[w + 1 :]]
                    new = {m: self.cost(m, trial) for m in touched}
                    if sum(new.values()) < sum(costs[m] for m in touched) * (1.0 - 1e-9):
                        chosen, moved = trial, True
                        costs |= new
            if not moved:
                break
        return chosen, float(sum(costs.values()))

    def cost(self, market: int, chosen: list[int]) -> float:
        """Return the cost of the workloads that are in a market [micro-USD]; infinite where no pair of sources can."""
        return self.paired(market, chosen)[0]

    def paired(self, market: int, chosen: list[int]) -> tuple[float, tuple[Source | None, ...]]:
        """Return the cost of the workloads in a market, with the sources that they buy from."""
        served = self.problem.served
        inside = [(w, k) for w, k in enumerate(chosen) if served[w].ways[k].market == market]
        if not inside:
            return 0.0, ()
        load = self.loads[inside[0][0]][inside[0][1]]
        for w, k in inside[1:]:
            load = load + self.loads[w][k]
        largest = max(served[w].ways[k].size for w, k in inside)
        sold = self.problem.markets[market]
        sources = [source for at in sold.holding(largest) if (source := sold.sources[at]).most]
        priced = ((self._pair(load, *pair), pair) for pair in self._pairs(sources))
        return min(priced, key=lambda each: each[0], default=(np.inf, ()))

    def narrowed(self, chosen: list[int]) -> tuple[Market, ...]:
        """Return the markets with only the sources that the cheapest pairs of ``chosen`` buy from."""
        pairs = [self.paired(market, chosen)[1] for market in range(len(self.problem.markets))]
        return tuple(
            replace(market, sources=tuple(s if s in pair else replace(s, most=0) for s in market.sources))
            for market, pair in zip(self.problem.markets, pairs, strict=True)
        )

    def _pairs(self, sources: list[Source]) -> Iterator[tuple[Source | None, Source | None, Source | None]]:
        """Yield every committed source with every hired one and every spot one, any of them absent."""
        apart = self.problem.discounted
        bases = [None, *(s for s in sources if s.committed)]
        hired = [None, *(s for s in sources if not s.committed and not (apart and s.spot))]
        spots = [None, *(s for s in sources if apart and s.spot)]
        yield from ((base, hire, spot) for base in bases for hire in hired for spot in spots if base or hire)

    def _pair(self, load: _Load, base: Source | None, hired: Source | None, spot: Source | None) -> float:
        """Return the least cost of one source committed to, one hired and one on spot, any of which may be absent."""
        profile = self.problem.profile
        total = float(profile.hours.sum())
        steps = np.unique(np.append(-(-load.plain // base.replicas), 0)) if base else np.zeros(1, dtype=np.int64)
        held = steps[:, None] * (base.replicas if base else 0)
        fixed = steps * (base.cost_uusd_per_h if base else 0) * total
        plain, firm = (np.maximum(each[None, :] - held, 0) for each in (load.plain, load.firm))
        if hired is None:
            return float(fixed[(plain <= 0).all(axis=1)].min(initial=np.inf))
        over, rest = (-(-each // hired.replicas) for each in (plain, firm))
        cost = over * hired.cost_uusd_per_h
        if spot is not None:
            more = -(-load.spot // spot.replicas)[None, :] * spot.cost_uusd_per_h + rest * hired.cost_uusd_per_h
            cost = np.minimum(cost, more)
        if profile.start_share:
            used = over[:, profile.order]
            begun = np.maximum(used - np.roll(used, 1, axis=1), 0).sum(axis=1)
            fixed = fixed + begun * np.ceil(hired.cost_uusd_per_h * profile.start_share)
        return float((fixed + cost @ profile.hours).min())
