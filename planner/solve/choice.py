"""The patterns of one workload with what they take: the alternatives of which exactly one is used."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.solve.patterns import Patterns
from planner.solve.problem import Ints, Offer, Workload
from planner.solve.rows import stock_rows
from planner.solve.usage import OfferArrays, Usage, usage_of


@dataclass(frozen=True, eq=False)
class Choice:
    """The patterns among which one is chosen for ``workload``, with what they take."""

    workload: Workload
    patterns: Patterns
    usage: Usage

    @classmethod
    def of(cls, workload: Workload, patterns: Patterns, offers: OfferArrays, sold: Sequence[Offer]) -> "Choice":
        """Account for ``patterns`` and leave out those beyond the workload's own limits, bought alone."""
        usage = usage_of(patterns, workload.columns, offers)
        within = np.ones(len(patterns), dtype=bool)
        if workload.max_accelerators is not None:
            within &= usage.bought(usage.units) <= workload.max_accelerators
        if workload.max_cost_uusd_per_h is not None:
            within &= usage.cost(usage.units) <= workload.max_cost_uusd_per_h
        own_rows = stock_rows(workload.stocks, sold)
        if len(own_rows):
            limits = [stock.max_accelerators for stock in workload.stocks]
            within &= (usage.of_rows(own_rows, usage.units) <= limits).all(axis=1)
        return cls(workload, patterns, usage).take(np.flatnonzero(within))

    def __len__(self) -> int:
        return len(self.patterns)

    def take(self, index: Ints) -> "Choice":
        """Return the choice among the patterns at ``index``, in that order."""
        return Choice(self.workload, self.patterns.take(index), self.usage.take(index))

    def own(self, coefficients: Ints) -> Ints:
        """Sum of ``coefficients`` ``(offers,)`` over each pattern's own units ``(patterns,)``."""
        return np.asarray((self.usage.own_units * coefficients[self.usage.offer]).sum(axis=1))

    def joined(self, other: "Choice") -> "Choice":
        """Return the choice among the patterns of both."""
        return Choice(self.workload, self.patterns.joined(other.patterns), self.usage.joined(other.usage))

    def beyond(self, other: "Choice") -> "Choice":
        """Return the choice among the patterns that ``other`` has not."""
        both = np.column_stack(
            [np.concatenate(pair) for pair in zip(other.patterns.arrays, self.patterns.arrays, strict=True)]
        )
        _, first = np.unique(both, axis=0, return_index=True)
        return self.take(np.sort(first[first >= len(other)]) - len(other))

    def position(self, pattern: Patterns) -> int:
        """Return where the one ``pattern`` stands among the patterns, -1 if it does not."""
        same = [mine == its for mine, its in zip(self.patterns.arrays, pattern.arrays, strict=True)]
        found = np.flatnonzero(np.logical_and.reduce(same).all(axis=1))
        return int(found[0]) if len(found) else -1

    def including(self, other: "Choice") -> "Choice":
        """Return the choice with the one pattern of ``other``, added where it is missing."""
        return self if self.position(other.patterns) >= 0 else self.joined(other)
