"""Which replicas lie in which shared unit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.solve.instance import Instance
from planner.solve.problem import Ints, Problem
from planner.solve.solution import Pool, Units
from planner.solve.terms import Found


@dataclass(frozen=True, slots=True)
class Item:
    """Replicas of one pool in shared units: ``count`` of ``size`` accelerators, at most ``spread`` a unit (0: any)."""

    workload: int
    pool: int
    size: int
    spread: int
    count: int


def items_on(instance: Instance, found: Found, offer: int) -> tuple[Item, ...]:
    """Return what the plan ``found`` puts into the shared units of ``offer``."""
    items = []
    for w, (choice, p) in enumerate(zip(instance.choices, found.chosen.tolist(), strict=True)):
        if p < 0:
            continue
        usage, patterns = choice.usage, choice.patterns
        for pool in np.flatnonzero((usage.offer[p] == offer) & (usage.slots[p] > 0)).tolist():
            parts = (usage.size[p, pool], patterns.spread[p, pool], patterns.replicas[p, pool])
            items.append(Item(w, pool, *(int(part) for part in parts)))
    return tuple(items)


def arrangement(problem: Problem, pools: Sequence[Sequence[Pool]], units: Sequence[int]) -> tuple[Units, ...]:
    """Return what lies in which unit, given the pools of each workload and the units of each offer."""
    whole: list[Units] = []
    small: dict[int, list[Item]] = {}
    left = list(units)
    for w, (workload, mine) in enumerate(zip(problem.workloads, pools, strict=True)):
        for at, pool in enumerate(mine):
            offer, size = int(workload.columns.offer[pool.column]), int(workload.columns.accelerators[pool.column])
            unit = problem.offers[offer].accelerators
            if size < unit:
                small.setdefault(offer, []).append(Item(w, at, size, pool.spread, pool.replicas))
                continue
            across = -(-size // unit)
            left[offer] -= across * pool.replicas
            whole.append(Units(offer, pool.replicas, across, ((w, at, 1),)))
    for offer, items in small.items():
        rows = placed(problem.offers[offer].accelerators, left[offer], items)
        held = Counter(_holds(items, row) for row in ([] if rows is None else rows.tolist()))
        whole += [Units(offer, count, 1, holds) for holds, count in held.items() if holds]
    return tuple(sorted(whole, key=lambda each: (each.offer, each.holds)))


def _holds(items: Sequence[Item], row: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    return tuple((item.workload, item.pool, n) for item, n in zip(items, row, strict=True) if n)


def placed(unit: int, units: int, items: Sequence[Item]) -> Ints | None:
    """Return how many replicas of each item lie in each of ``units`` units ``(units, items)``; None where none fit.

    The largest are put into the fullest unit that takes them; where that fails, every way is tried.
    """
    counts = np.zeros((units, len(items)), dtype=np.int64)
    room = np.full(units, unit, dtype=np.int64)
    for i in sorted(range(len(items)), key=lambda i: (-items[i].size, items[i].spread or unit, i)):
        item = items[i]
        for _ in range(item.count):
            takes = (room >= item.size) & (counts[:, i] < (item.spread or unit))
            if not takes.any():
                return _searched(unit, units, items)
            at = int(np.argmin(np.where(takes, room, unit + 1)))
            counts[at, i] += 1
            room[at] -= item.size
    return counts


def _searched(unit: int, units: int, items: Sequence[Item]) -> Ints | None:
    from ortools.sat.python import cp_model  # noqa: PLC0415  slow to import

    if sum(item.size * item.count for item in items) > unit * units:
        return None
    model = cp_model.CpModel()
    lies = [
        [model.new_int_var(0, min(item.count, item.spread or unit), f"lies[{u}, {i}]") for i, item in enumerate(items)]
        for u in range(units)
    ]
    for row in lies:
        model.add(sum(item.size * n for item, n in zip(items, row, strict=True)) <= unit)
    for i, item in enumerate(items):
        model.add(sum(row[i] for row in lies) == item.count)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    return np.array([[solver.value(n) for n in row] for row in lies], dtype=np.int64).reshape(units, len(items))


def fewest_places(unit: int, least: int, items: Sequence[Item]) -> int:
    """Return the fewest units, at least ``least``, in which all ``items`` find a place."""
    while placed(unit, least, items) is None:
        least += 1
    return least
