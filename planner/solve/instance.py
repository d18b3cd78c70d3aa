"""A problem made ready for the model: patterns generated, filtered and priced, limits as rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.solve.dominance import survivors
from planner.solve.objective import VALUE_OF_A_PATTERN, staged
from planner.solve.patterns import Patterns, single_pool
from planner.solve.problem import Ints, Offer, Problem, Workload
from planner.solve.rows import Row, shared_rows
from planner.solve.usage import Bools, OfferArrays, Usage, usage_of


@dataclass(frozen=True, eq=False)
class Choice:
    """The patterns among which one is chosen for ``workload``, with what they take."""

    workload: Workload
    patterns: Patterns
    usage: Usage


@dataclass(frozen=True, eq=False)
class Instance:
    """All that the model is built from; ``choices`` stand in the order of the workloads' names."""

    problem: Problem
    offers: OfferArrays
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...]

    def pattern_values(self, name: str) -> list[Ints]:
        """Return, for each choice, what its patterns add to the objective ``name``."""
        return [VALUE_OF_A_PATTERN[name](choice.patterns, choice.workload.columns) for choice in self.choices]


def prepare(problem: Problem) -> Instance:
    """Generate the patterns of every workload and keep those that can stand in a best plan."""
    problem = without_left_out(problem)
    workloads = sorted(problem.workloads, key=lambda workload: workload.name)
    offers = OfferArrays.of(problem.offers, workloads)
    rows = shared_rows(problem)
    return Instance(problem, offers, rows, tuple(_choice(workload, problem, offers, rows) for workload in workloads))


def without_left_out(problem: Problem) -> Problem:
    """Rewrite ``problem`` so that groups which are no rows of the model do not hold either."""
    offers, workloads = problem.offers, problem.workloads
    if "nodes" in problem.left_out:
        offers = tuple(_by_the_accelerator(offer) for offer in offers)
    if "max_accelerators" in problem.left_out:
        workloads = tuple(replace(workload, max_accelerators=None) for workload in workloads)
    if "budget" in problem.left_out:
        workloads = tuple(replace(workload, max_cost_uusd_per_h=None) for workload in workloads)
    if "survive" in problem.left_out:
        workloads = tuple(replace(workload, survive_replicas=0, survive_nodes=0) for workload in workloads)
    return replace(problem, offers=offers, workloads=workloads)


def _by_the_accelerator(offer: Offer) -> Offer:
    return replace(offer, accelerators=1, cost_uusd_per_h=-(-offer.cost_uusd_per_h // offer.accelerators))


def _choice(workload: Workload, problem: Problem, offers: OfferArrays, rows: Sequence[Row]) -> Choice:
    patterns = single_pool(workload)
    usage = usage_of(patterns, workload.columns, offers)
    allowed = np.flatnonzero(_within_own_limits(workload, usage))
    patterns, usage = patterns.take(allowed), usage.take(allowed)
    seen = [
        VALUE_OF_A_PATTERN[name](patterns, workload.columns)
        for name in staged(problem.objectives)
        if name in VALUE_OF_A_PATTERN
    ]
    none = np.empty((len(patterns), 0), dtype=np.int64)
    kept = survivors(usage, rows, np.column_stack([none, *seen]))
    return Choice(workload, patterns.take(kept), usage.take(kept))


def _within_own_limits(workload: Workload, usage: Usage) -> Bools:
    within = np.ones(len(usage.offer), dtype=bool)
    if workload.max_accelerators is not None:
        within &= (usage.units * usage.unit).sum(axis=1) <= workload.max_accelerators
    if workload.max_cost_uusd_per_h is not None:
        within &= (usage.units * usage.cost_uusd_per_h).sum(axis=1) <= workload.max_cost_uusd_per_h
    return within
