"""A problem made ready for the model: patterns generated, filtered and priced, limits as rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.solve.apart import regions_used
from planner.solve.choice import Choice
from planner.solve.dominance import survivors
from planner.solve.merging import worthwhile
from planner.solve.objective import PRICE_OF_A_UNIT, VALUE_OF_A_PATTERN, unit_values
from planner.solve.parts import Parts, parts_of
from planner.solve.patterns import single_pool
from planner.solve.problem import Ints, Offer, Problem
from planner.solve.rows import Row, shared_rows
from planner.solve.usage import OfferArrays


@dataclass(frozen=True, eq=False)
class Instance:
    """All that the model is built from; ``choices`` stand in the order of the workloads' names."""

    problem: Problem
    offers: OfferArrays
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...]
    parts: tuple[Parts | None, ...] = ()
    """What mixes of pools are made of, where a workload may mix and not all its mixes are among the patterns."""
    worst: tuple[str, int] | None = None
    """An objective and a value of it that a known plan attains."""

    @cached_property
    def row_coefficients(self) -> Ints:
        """The coefficients of all rows ``(rows, offers)``."""
        none = np.empty((0, len(self.problem.offers)), dtype=np.int64)
        return np.concatenate([none, *(row.coefficients[None, :] for row in self.rows)])

    @property
    def mixing(self) -> bool:
        """Whether there are mixes that are not among the patterns."""
        return any(parts is not None for parts in self.parts)

    @property
    def size(self) -> int:
        """Number of patterns of all workloads."""
        return sum(len(choice) for choice in self.choices)

    def possible(self, choice: Choice) -> Choice:
        """Return ``choice`` without the patterns that exceed a limit by themselves."""
        return choice.take(self._within_rows(choice))

    def possible_parts(self, parts: Parts) -> Parts:
        """Return ``parts`` without those that exceed a limit by themselves."""
        return parts.take(self._within_rows(parts.choice))

    def _within_rows(self, choice: Choice) -> Ints:
        taken = choice.usage.of_rows(self.row_coefficients, choice.usage.units)
        return np.flatnonzero((taken <= [row.limit for row in self.rows]).all(axis=1))

    def take(self, kept: Sequence[Ints]) -> "Instance":
        """Return the instance with only the patterns at ``kept``, an index a choice."""
        choices = tuple(choice.take(index) for choice, index in zip(self.choices, kept, strict=True))
        return replace(self, choices=choices)

    def pruned(self, names: Sequence[str]) -> "Instance":
        """Return the instance without the patterns that another one makes superfluous for the objectives ``names``."""
        return replace(self, choices=tuple(self._pruned(choice, names) for choice in self.choices))

    def _pruned(self, choice: Choice, names: Sequence[str]) -> Choice:
        seen = [price for name, price in PRICE_OF_A_UNIT.items() if name in names]
        prices = np.array([price(self.offers) for price in seen], dtype=np.int64).reshape(
            len(seen), len(self.problem.offers)
        )
        values = [VALUE_OF_A_PATTERN[name](choice) for name in names if name in VALUE_OF_A_PATTERN]
        values += list(regions_used(self.problem, choice).values())
        seen_besides = np.column_stack([np.empty((len(choice), 0), dtype=np.int64), *values])
        charges = np.concatenate([prices, self.row_coefficients])
        return choice.take(survivors(choice.usage, self.offers, charges, seen_besides, choice.patterns.spread))

    def at_worst(self, name: str, most: int) -> int:
        """Return ``most``, or less where a known plan attains a better value of the objective ``name``."""
        return min(most, self.worst[1]) if self.worst is not None and self.worst[0] == name else most

    @cached_property
    def most_units(self) -> Ints:
        """The units of each offer ``(offers,)`` that suffice for any choice of patterns."""
        most = np.zeros(len(self.problem.offers), dtype=np.int64)
        for choice in self.choices:
            of_workload = np.zeros_like(most)
            for offer, units in zip(choice.usage.offer.T, choice.usage.units.T, strict=True):
                np.maximum.at(of_workload, offer, units)
            most += of_workload * choice.usage.offer.shape[1]
        if self.worst is not None:
            name, value = self.worst
            price = unit_values(name, self.offers)
            np.minimum(most, value // np.maximum(price, 1), out=most, where=price > 0)
        for row in self.rows:
            np.minimum(most, row.limit // np.maximum(row.coefficients, 1), out=most, where=row.coefficients > 0)
        return most


def prepare(problem: Problem) -> Instance:
    """Generate the patterns of every workload, one a column that is worth looking at."""
    problem = without_left_out(problem)
    workloads = sorted(problem.workloads, key=lambda workload: workload.name)
    rows = shared_rows(problem)
    kept = worthwhile(problem, rows)
    menus = [kept.of(workload.columns) for workload in workloads]
    used = [w.columns.take(menu) for w, menu in zip(workloads, menus, strict=True)]
    offers = OfferArrays.of(problem.offers, used, [w.survive_nodes > 0 for w in workloads])
    instance = Instance(problem, offers, rows, ())
    made = [
        Choice.of(w, single_pool(w, menu, problem.offers, offers).padded(w.max_pools), offers, problem.offers)
        for w, menu in zip(workloads, menus, strict=True)
    ]
    parts = tuple(
        instance.possible_parts(parts_of(w, menu, offers, problem.offers)) if w.max_pools > 1 else None
        for w, menu in zip(workloads, menus, strict=True)
    )
    return replace(instance, choices=tuple(instance.possible(choice) for choice in made), parts=parts)


def without_left_out(problem: Problem) -> Problem:
    """Rewrite ``problem`` so that groups which are no rows of the model do not hold either."""
    offers, workloads = problem.offers, problem.workloads
    if "nodes" in problem.left_out:
        offers = tuple(_by_the_accelerator(offer) for offer in offers)
    if "max_accelerators" in problem.left_out:
        workloads = tuple(replace(workload, max_accelerators=None) for workload in workloads)
    if "budget" in problem.left_out:
        workloads = tuple(replace(workload, max_cost_uusd_per_h=None) for workload in workloads)
    if "inventory" in problem.left_out:
        workloads = tuple(replace(workload, stocks=()) for workload in workloads)
    if "survive" in problem.left_out:
        workloads = tuple(replace(workload, survive_replicas=0, survive_nodes=0) for workload in workloads)
    apart = () if "apart" in problem.left_out else problem.apart
    return replace(problem, offers=offers, workloads=workloads, apart=apart)


def _by_the_accelerator(offer: Offer) -> Offer:
    price, idle = -(-offer.cost_uusd_per_h // offer.accelerators), -(-offer.idle_mw // offer.accelerators)
    return replace(offer, accelerators=1, cost_uusd_per_h=price, idle_mw=idle, node_accelerators=0)
