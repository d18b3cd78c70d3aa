"""Mixes of pools: all that cost little enough at given prices, found without listing the others."""

from dataclasses import dataclass, replace

import numpy as np

from planner.solve.choice import Choice
from planner.solve.effort import Effort
from planner.solve.instance import Instance
from planner.solve.losses import left_urps, lost_at_once
from planner.solve.objective import WORST_OF_POOLS, own_values
from planner.solve.parts import Parts
from planner.solve.patterns import Patterns
from planner.solve.prices import Prices
from planner.solve.problem import Floats, Ints
from planner.solve.usage import Bools

AT_ONCE = 2_000_000
"""Pairs of parts that are looked at together."""
FEW_AT_ONCE = 64
"""Mixes of which the exact cost is computed together where only a few of the cheapest are wanted."""
SLACK = 1e-9
"""Relative difference below which costs count as equal, so that nothing is missed for a rounding error."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """What the parts of one workload cost: ``value`` by themselves, ``extra`` beside it; arrays ``(parts,)``.

    ``worst``: of several pools the largest value counts, and not the sum.
    """

    parts: Parts
    value: Floats
    extra: Floats
    worst: bool
    demand: int

    @property
    def cost(self) -> Floats:
        """What each part costs alone."""
        return self.value + self.extra

    def with_loose(self, loose: "Ledger", on: Bools) -> "Ledger":
        """Return the ledger with the ``loose`` costs of the parts ``on`` certain offers."""
        value, extra = np.where(on, loose.value, self.value), np.where(on, loose.extra, self.extra)
        return replace(self, value=value, extra=extra)

    def joined(self, value: Floats, extra: Floats) -> Floats:
        """Cost of each partial mix ``(mixes,)`` with each part added ``(mixes, parts)``."""
        if self.worst:
            return np.maximum(value[:, None], self.value) + (extra[:, None] + self.extra)
        return value[:, None] + self.value + (extra[:, None] + self.extra)

    def least_for(self, rest: Ints, pools: int) -> Floats:
        """Return what covering ``rest`` of the demand by at most ``pools`` more parts costs at least."""
        cost = self.extra if self.worst else self.cost
        if pools > 1:
            rate = float((cost / np.maximum(self.parts.capacity, 1)).min(initial=np.inf))
            return np.asarray(np.where(rest > 0, rest.astype(np.float64) * rate, 0.0))
        order = np.argsort(self.parts.capacity, kind="stable")
        cheapest = np.append(np.minimum.accumulate(cost[order][::-1])[::-1], np.inf)
        at = np.searchsorted(self.parts.capacity[order], rest)
        return np.asarray(np.where(rest > 0, cheapest[at], 0.0))


@dataclass(frozen=True, eq=False)
class Partial:
    """Mixes that do not meet the demand yet: positions of their parts ``(mixes, pools)`` and what these add up to."""

    at: Ints
    capacity: Ints
    risk: Ints
    value: Floats
    extra: Floats

    def take(self, index: Ints) -> "Partial":
        """Return the mixes at ``index``."""
        return Partial(self.at[index], self.capacity[index], self.risk[index], self.value[index], self.extra[index])


class OutOfTime(Exception):  # noqa: N818  no error: the search for mixes ends without having seen them all
    """The deadline came while mixes were being looked for."""


@dataclass
class Search:
    """The mixes of one workload that cost at most ``ceiling``; with ``few`` only that many of the cheapest."""

    instance: Instance
    workload: int
    name: str
    prices: Prices
    ceiling: float
    few: int | None = None
    effort: Effort | None = None

    def run(self) -> Choice:
        """Return the mixes, each once."""
        parts = self.instance.parts[self.workload]
        assert parts is not None
        self.parts = parts
        self.found = self.instance.choices[self.workload].take(np.empty(0, dtype=np.int64))
        mine = parts.choice.workload
        self.losses = mine.survive_nodes or mine.survive_replicas
        tight = self._ledger(parts.choice)
        self._grow(tight, None)
        for offer in self._joinable().tolist() if not mine.survive_nodes else ():
            on = parts.inside & (parts.offer == offer)
            self._grow(tight.with_loose(self._ledger(parts.loose), on if mine.max_pools < 4 else parts.inside), on)
        return self.found

    def _ledger(self, choice: Choice) -> Ledger:
        value = np.asarray(own_values(self.name, choice, self.instance.offers), dtype=np.float64)
        priced = self.prices.of(choice, self.workload, value)
        demand = choice.workload.demand_urps
        return Ledger(self.parts, value, priced - value, self.name in WORST_OF_POOLS, demand)

    def _joinable(self) -> Ints:
        """Return the offers inside whose units two different columns can lie."""
        pairs = np.unique(np.column_stack([self.parts.offer, self.parts.column])[self.parts.inside], axis=0)
        offers, columns = np.unique(pairs[:, 0], return_counts=True)
        return np.asarray(offers[columns > 1])

    @property
    def _top(self) -> float:
        return self.ceiling + SLACK * (abs(self.ceiling) + 1.0) if np.isfinite(self.ceiling) else np.inf

    def _grow(self, ledger: Ledger, on: Bools | None) -> None:
        """Look at all mixes, or those of which two parts lie ``on`` the same units."""
        parts = self.parts
        start = np.flatnonzero(on) if on is not None else np.arange(len(parts))
        whole = Partial(
            start[:, None], parts.capacity[start], parts.risk[start], ledger.value[start], ledger.extra[start]
        )
        pools = parts.choice.workload.max_pools
        self._extend(whole, ledger, on, pools - 1)

    def _extend(self, partial: Partial, ledger: Ledger, on: Bools | None, more: int) -> None:
        rest = ledger.demand + partial.risk - partial.capacity
        promise = partial.value + partial.extra + ledger.least_for(rest, more)
        order = np.argsort(promise, kind="stable")
        chunk = max(1, AT_ONCE // max(1, len(self.parts)))
        if self.few is not None:
            chunk = min(chunk, 32)
        at = 0
        while at < len(order) and promise[order[at]] <= self._top:
            if self.effort is not None and self.effort.left_s <= 0:
                raise OutOfTime
            now = partial.take(order[at : at + chunk])
            at += chunk
            done, costs, further = self._step(now, ledger, on, more)
            self._take(done, costs)
            if further is not None and len(further.at):
                self._extend(further, ledger, on, more - 1)

    def _step(self, now: Partial, ledger: Ledger, on: Bools | None, more: int) -> tuple[Ints, Floats, Partial | None]:
        """Add one part to each partial mix: those that meet the demand then, with their costs, and those that may."""
        parts, first = self.parts, now.at.shape[1] == 1
        cost = ledger.joined(now.value, now.extra)
        risk = np.maximum(now.risk[:, None], parts.risk)
        capacity = now.capacity[:, None] + parts.capacity
        met = capacity >= ledger.demand + risk
        fits = (cost <= self._top) & self._allowed(now, on, first=first)
        spare = capacity - parts.each >= ledger.demand + risk
        done = fits & met & ~spare if self.losses <= 1 else fits & met
        rows, added = np.nonzero(done)
        mixes, costs = np.column_stack([now.at[rows], added]), cost[rows, added]
        if more <= 1:
            return mixes, costs, None
        rows, added = np.nonzero(fits & ~met if self.losses <= 1 else fits)
        value = (
            np.maximum(now.value[rows], ledger.value[added])
            if ledger.worst
            else (now.value[rows] + ledger.value[added])
        )
        further = Partial(
            np.column_stack([now.at[rows], added]),
            capacity[rows, added],
            risk[rows, added],
            value,
            now.extra[rows] + ledger.extra[added],
        )
        return mixes, costs, further

    def _allowed(self, now: Partial, on: Bools | None, *, first: bool) -> Bools:
        """Whether each part may join each partial mix ``(mixes, parts)``."""
        parts = self.parts
        allowed = np.ones((len(now.at), len(parts)), dtype=bool)
        for pool in now.at.T:
            last = parts.column[pool][:, None]
            allowed &= (parts.column > last) if on is None or first else (parts.column != last)
            if parts.choice.workload.survive_nodes:
                allowed &= (parts.host != parts.host[pool][:, None]) | (parts.host < 0)
        if on is not None and first:
            allowed &= on
        return allowed

    def _take(self, mixes: Ints, costs: Floats) -> None:
        """Keep the mixes, given as positions of parts, that are possible and cheap enough in fact.

        ``costs`` is what they cost at least: the cheapest are looked at first, so that others need not be.
        """
        order, at = np.argsort(costs, kind="stable"), 0
        step = max(1, len(order)) if self.few is None else FEW_AT_ONCE
        while at < len(order) and costs[order[at]] <= self._top:
            self._keep(mixes[order[at : at + step]])
            at, step = at + step, 2 * step  # where the cheapest are not to be had, many at once cost less than few

    def _keep(self, mixes: Ints) -> None:
        patterns = self._patterns(mixes)
        patterns = self._priced_out(self._choice(patterns, exact=False)).patterns
        choice = self._priced_out(self._choice(patterns, exact=True))
        self.found = _distinct(self.found.joined(choice))
        if self.few is not None and len(self.found) > self.few:
            costs = self._costs(self.found)
            kept = np.sort(np.argsort(costs, kind="stable")[: self.few])
            self.found = self.found.take(kept)
            self.ceiling = min(self.ceiling, float(costs[kept].max()))

    def _patterns(self, mixes: Ints) -> Patterns:
        workload, patterns = self.parts.choice.workload, self.parts.choice.patterns
        mixes = np.take_along_axis(mixes, np.argsort(patterns.column[mixes, 0], axis=1), axis=1)
        made = Patterns(*(part[mixes, 0] for part in patterns.arrays)).padded(workload.max_pools)
        if self.losses > 1:
            lost = lost_at_once(workload, made.column, made.spread, self.instance.problem.offers)
            left = left_urps(workload, made.replicas, made.column, lost)
            made = made.take(np.flatnonzero(left >= workload.demand_urps))
        return made

    def _choice(self, patterns: Patterns, *, exact: bool) -> Choice:
        workload, offers, sold = self.parts.choice.workload, self.instance.offers, self.instance.problem.offers
        return self.instance.possible(Choice.of(workload, patterns, offers, sold, exact=exact))

    def _costs(self, choice: Choice) -> Floats:
        return self.prices.of(choice, self.workload, own_values(self.name, choice, self.instance.offers))

    def _priced_out(self, choice: Choice) -> Choice:
        return choice.take(np.flatnonzero(self._costs(choice) <= self._top))


def _distinct(choice: Choice) -> Choice:
    """Return the choice with every pattern once."""
    _, first = np.unique(np.column_stack(choice.patterns.arrays), axis=0, return_index=True)
    return choice if len(first) == len(choice) else choice.take(np.sort(first))


def mixes(
    instance: Instance,
    workload: int,
    priced: tuple[str, Prices],
    ceiling: float,
    few: int | None = None,
    *,
    effort: Effort | None = None,
) -> Choice:
    """Return all mixes of one workload that cost at most ``ceiling`` at the prices, or the ``few`` cheapest.

    Raises
    ------
    OutOfTime
        When the deadline of ``effort`` comes first.
    """
    name, prices = priced
    return Search(instance, workload, name, prices, ceiling, few, effort).run()


MOST_PAIRS = 400_000
"""Pairs of parts of all workloads up to which every mix is listed."""


def completed(instance: Instance) -> Instance:
    """Return the instance with every mix among its patterns, where they are few; otherwise as it is."""
    pools = [parts.choice.workload.max_pools if parts is not None else 0 for parts in instance.parts]
    sizes = [len(parts) ** n if parts is not None else 0 for parts, n in zip(instance.parts, pools, strict=True)]
    if not any(pools) or sum(sizes) > MOST_PAIRS:
        return instance
    name, free = instance.problem.objectives[0], Prices.none(instance)
    choices = [
        choice if parts is None else choice.joined(mixes(instance, w, (name, free), np.inf))
        for w, (choice, parts) in enumerate(zip(instance.choices, instance.parts, strict=True))
    ]
    return replace(instance, choices=tuple(choices), parts=(None,) * len(choices))
