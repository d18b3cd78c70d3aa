"""A better plan from a good one: a group of workloads at a time chooses anew while all others stay."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from planner.solve.effort import Effort
from planner.solve.instance import Instance
from planner.solve.lexicographic import Known
from planner.solve.problem import Ints
from planner.solve.relaxation import Relaxation
from planner.solve.search import Search
from planner.solve.terms import Found, blocks

GROUP = 50
"""Workloads that choose anew together."""
OPTIONS = 40
"""Patterns of each from which they choose: the cheapest at the relaxed model's prices."""
ROUNDS = 3
"""How often, on average, each workload gets to choose anew."""
STEPS = 0.3
"""Deterministic time of one such choice."""


def improved(known: Known, relaxation: Relaxation, effort: Effort) -> Known:
    """Return a plan no worse than ``known`` on the relaxed objective, from its instance."""
    near = [_near(known.instance, w, relaxation) for w in range(len(known.instance.choices))]
    quiet, value = replace(effort, progress=None), known.value(relaxation.name)
    for group in _groups(known, effort.seed):
        if effort.left_s <= 0:
            break
        other = _anew(known, group, near, (relaxation.name, quiet))
        if other is not None and (new := other.value(relaxation.name)) < value:
            known, value = other, new
            effort.tell(value, relaxation.least_value)
    return known


def _anew(known: Known, group: Ints, near: Sequence[Ints], how: tuple[str, Effort]) -> Known | None:
    name, effort = how
    kept = [known.found.chosen[w : w + 1] for w in range(len(near))]
    for w in group.tolist():
        kept[w] = np.union1d(near[w], kept[w])
    part = known.instance.take(kept)
    now = [np.searchsorted(options, p) for options, p in zip(kept, known.found.chosen, strict=True)]
    start = Found(np.array(now), known.found.units)
    found = Search(part, effort).minimise(blocks(part, [name])[0], start, STEPS).found
    if found is None:
        return None
    chosen = [options[p] for options, p in zip(kept, found.chosen, strict=True)]
    return Known(known.instance, Found(np.array(chosen), found.units))


def _near(instance: Instance, workload: int, relaxation: Relaxation) -> Ints:
    costs = relaxation.costs(instance, workload)
    return np.sort(np.argsort(costs, kind="stable")[:OPTIONS])


def _groups(known: Known, seed: int) -> Iterator[Ints]:
    """Split the workloads again and again, at random or by the offers that they use now."""
    random = np.random.default_rng(seed)
    number = len(known.found.chosen)
    for round_number in range(ROUNDS):
        order = random.permutation(number)
        if round_number % 2 == 0:
            place = np.array([known.pattern(w).usage.offer[0, 0] for w in range(number)])
            order = order[np.argsort(random.permutation(place.max() + 1)[place[order]], kind="stable")]
        yield from np.array_split(order, -(-number // GROUP))
