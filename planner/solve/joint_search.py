"""A good joint mix in little time: one workload after the other takes the way that costs least beside the others'.

Within a market at most one source is committed to and one is hired, beside spot; the integer model then does better
where mixing more of them pays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.effort import Effort
from planner.solve.joint_ways import JointProblem, Way
from planner.solve.mix import Source
from planner.solve.problem import Ints
from planner.solve.spot import tradeoff

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS = 6
KICKS = 600
"""Tries to leave a choice that no workload alone would change."""


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
    known: dict[tuple[object, ...], tuple[float, tuple[Source | None, ...]]] = field(default_factory=dict)
    """What sets of ways cost in a market, as far as it has been asked for."""

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
        return self._kicked(min(found, key=lambda each: each[1]), markets)

    def _kicked(self, best: tuple[list[int], float], markets: list[int]) -> tuple[list[int], float]:
        """Return the best of what follows when a few workloads at a time are moved to one market together."""
        random = np.random.default_rng(self.effort.seed)
        count = len(self.problem.served)
        for _ in range(KICKS if count > 1 else 0):
            if self.effort.left_s <= 0.0:
                break
            some = random.choice(count, size=min(int(random.integers(2, 6)), count), replace=False).tolist()
            market = int(random.choice(markets))
            trial = [self._moved(w, k, market) if w in some else k for w, k in enumerate(best[0])]
            best = min(best, self.descend(trial), key=lambda each: each[1])
        return best

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
        key = (market, *inside)
        if key not in self.known:
            self.known[key] = self._cheapest(market, inside)
        return self.known[key]

    def _cheapest(self, market: int, inside: list[tuple[int, int]]) -> tuple[float, tuple[Source | None, ...]]:
        served = self.problem.served
        load = self._load_of(inside)
        largest = max(served[w].ways[k].size for w, k in inside)
        sold = self.problem.markets[market]
        sources = [source for at in sold.holding(largest) if (source := sold.sources[at]).most]
        priced = ((self._least(load, *pair)[0], pair) for pair in self._pairs(sources))
        return min(priced, key=lambda each: each[0], default=(np.inf, ()))

    def answer(self, chosen: list[int]) -> tuple[Ints, Ints, Ints]:
        """Return what ``chosen`` buys: steps ``(sources, periods)``, replicas and those on spot, both by workload."""
        problem, count = self.problem, len(self.problem.profile.hours)
        replicas = np.array([each.needs(each.ways[k]) for each, k in zip(problem.served, chosen, strict=True)])
        spots, steps = np.zeros_like(replicas), []
        for m, market in enumerate(problem.markets):
            pair = self.paired(m, chosen)[1]
            rows = {source.key: np.zeros(count, dtype=np.int64) for source in market.sources}
            inside = [w for w, k in enumerate(chosen) if problem.served[w].ways[k].market == m]
            if inside and pair:
                on = self._buy(self._load_of([(w, chosen[w]) for w in inside]), pair, rows)
                for w in inside:
                    way = problem.served[w].ways[chosen[w]]
                    load = self.loads[w][chosen[w]]
                    spots[w] = np.where(on, load.spot // way.size, 0)
                    replicas[w] = np.where(on, (load.spot + load.firm) // way.size, replicas[w])
            steps += [rows[source.key] for source in market.sources]
        return np.array(steps), replicas, spots

    def _buy(self, load: _Load, pair: tuple[Source | None, ...], rows: dict[str, Ints]) -> "NDArray[np.bool_]":
        """Write the steps of the cheapest use of a pair into ``rows``; return the periods in which spot is used."""
        base, hired, spot = pair
        fixed = self._least(load, base, hired, spot)[1]
        held = fixed * (base.replicas if base else 0)
        if base:
            rows[base.key][:] = fixed
        on = np.zeros(len(load.plain), dtype=bool)
        if hired is None:
            return on
        over, rest = (-(-np.maximum(each - held, 0) // hired.replicas) for each in (load.plain, load.firm))
        if spot is not None:
            more = -(-load.spot // spot.replicas)
            on = more * spot.cost_uusd_per_h + rest * hired.cost_uusd_per_h < over * hired.cost_uusd_per_h
            rows[spot.key][:] = np.where(on, more, 0)
        rows[hired.key][:] = np.where(on, rest, over)
        return on

    def _pairs(self, sources: list[Source]) -> Iterator[tuple[Source | None, Source | None, Source | None]]:
        """Yield every committed source with every hired one and every spot one, any of them absent."""
        apart = self.problem.discounted
        bases = [None, *(s for s in sources if s.committed)]
        hired = [None, *(s for s in sources if not s.committed and not (apart and s.spot))]
        spots = [None, *(s for s in sources if apart and s.spot)]
        yield from ((base, hire, spot) for base in bases for hire in hired for spot in spots if base or hire)

    def _load_of(self, inside: list[tuple[int, int]]) -> _Load:
        """Return the load of some ways together."""
        load = self.loads[inside[0][0]][inside[0][1]]
        for w, k in inside[1:]:
            load = load + self.loads[w][k]
        return load

    def _least(self, load: _Load, base: Source | None, hired: Source | None, spot: Source | None) -> tuple[float, int]:
        """Return the least cost of one source committed to, one hired and one on spot, any of which may be absent.

        With it come the steps of the first.
        """
        profile = self.problem.profile
        total = float(profile.hours.sum())
        steps = np.unique(np.append(-(-load.plain // base.replicas), 0)) if base else np.zeros(1, dtype=np.int64)
        held = steps[:, None] * (base.replicas if base else 0)
        fixed = steps * (base.cost_uusd_per_h if base else 0) * total
        plain, firm = (np.maximum(each[None, :] - held, 0) for each in (load.plain, load.firm))
        if hired is None:
            able = np.flatnonzero((plain <= 0).all(axis=1))
            return (float(fixed[able[0]]), int(steps[able[0]])) if len(able) else (np.inf, 0)
        over, rest = (-(-each // hired.replicas) for each in (plain, firm))
        cost = over * hired.cost_uusd_per_h
        if spot is not None:
            more = -(-load.spot // spot.replicas)[None, :] * spot.cost_uusd_per_h + rest * hired.cost_uusd_per_h
            cost = np.minimum(cost, more)
        if profile.start_share:
            used = over[:, profile.order]
            begun = np.maximum(used - np.roll(used, 1, axis=1), 0).sum(axis=1)
            fixed = fixed + begun * np.ceil(hired.cost_uusd_per_h * profile.start_share)
        whole = fixed + cost @ profile.hours
        return float(whole.min()), int(steps[whole.argmin()])
