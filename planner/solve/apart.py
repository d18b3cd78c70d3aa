"""Workloads that must have no region in common."""

import numpy as np

from planner.solve.choice import Choice
from planner.solve.problem import Ints, Problem

UNKNOWN = ""
"""Stands for the region of offers that do not say where they are."""


def regions_used(problem: Problem, choice: Choice) -> dict[str, Ints]:
    """Return for each region whether each pattern uses it, 1 or 0 ``(patterns,)``.

    Empty for a workload that is kept apart from no other. A pattern uses `UNKNOWN` where an offer states no region.
    """
    if not any(choice.workload.name in pair for pair in problem.apart):
        return {}
    stated = [offer.regions or (UNKNOWN,) for offer in problem.offers]
    used = choice.patterns.replicas > 0
    found: dict[str, Ints] = {}
    for region in sorted({region for regions in stated for region in regions}):
        there = np.array([region in regions for regions in stated])
        found[region] = np.asarray((there[choice.usage.offer] & used).any(axis=1), dtype=np.int64)
    return {region: marks for region, marks in found.items() if marks.any()}
