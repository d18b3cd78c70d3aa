"""Columns that might carry a workload alone: what limits leave of a question, before any latency is looked at."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.table import ADMITTED
from planner.solve.instance import without_left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.candidates.table import Table
    from planner.perf.hardware import Floats
    from planner.pipeline.translate import Question
    from planner.solve.problem import Problem, Workload

    Bools = NDArray[np.bool_]

PLENTY = 1e9
"""Units that no limit restricts."""


def promising_rows(asked: "Question") -> "tuple[Bools, ...]":
    """Mark the rows of each table's physics with a column that could carry the workload within the limits ``(rows,)``.

    ``asked`` is over tables of :func:`at_most`, whose capacities no bound exceeds. Workloads that may mix pools keep
    all rows.
    """
    return tuple(_promising(asked, at) for at in range(len(asked.tables)))


def _promising(asked: "Question", at: int) -> "Bools":
    table, workload = asked.tables[at], asked.problem.workloads[at]
    if table.physical is None:
        return np.zeros(0, dtype=bool)
    if workload.max_pools > 1:
        return np.ones(len(table.physical.node), dtype=bool)
    carried = most_replicas(asked.problem, workload) * workload.columns.capacity_urps
    rows = np.zeros(len(table.physical.node), dtype=bool)
    rows[table.row[asked.columns[at][carried >= workload.demand_urps]]] = True
    return rows


def at_most(table: "Table") -> "Table":
    """Return a table that is only laid out with the rate that no replica exceeds, whatever its latency."""
    if table.physical is None:
        return table
    rate = table.physical.most_requests_per_s[table.row] * table.workload.limits.max_utilisation
    return replace(table, requests_per_s=np.where(table.rejected == ADMITTED, rate, 0.0), ttft_s=np.zeros(len(table)))


def nothing(table: "Table") -> "Table":
    """Return the table with columns that serve nothing."""
    return replace(table, requests_per_s=np.zeros(len(table)))


def foremost(table: "Table", rows: "Bools", most: int) -> "Bools":
    """Mark those of ``rows`` that are first in a latency at light load or in the rate ``(rows,)``, ``most`` of each."""
    physical = table.physical
    if physical is None or rows.sum() <= most:
        return rows
    among, steps = np.flatnonzero(rows), physical.service.steps
    served = physical.served[among]
    first = np.zeros(len(rows), dtype=bool)
    for value in (steps.decode_s[served, 0], steps.prompt_s[served, 0], -physical.most_requests_per_s[among]):
        first[among[np.argsort(value, kind="stable")[:most]]] = True
    return first


def most_replicas(problem: "Problem", workload: "Workload") -> "Floats":
    """Return the replicas of each column that the limits allow this workload alone ``(columns,)``."""
    bare = without_left_out(problem)
    workload = next(each for each in bare.workloads if each.name == workload.name)
    price = np.array([offer.cost_uusd_per_h for offer in bare.offers], dtype=np.float64)
    unit = np.array([offer.accelerators for offer in bare.offers], dtype=np.float64)
    units = np.full(len(unit), PLENTY)
    for coefficients, most in _limits(bare, workload, (price, unit)):
        units = np.minimum(units, np.floor(most / np.maximum(coefficients, most / PLENTY + 1e-300)))
    size, unit, units = workload.columns.accelerators, unit[workload.columns.offer], units[workload.columns.offer]
    return np.where(size <= unit, units * (unit // size), units // np.ceil(size / unit))


def _limits(problem: "Problem", workload: "Workload", each: "tuple[Floats, Floats]") -> "Iterator[tuple[Floats, int]]":
    """Yield what a unit of each offer takes of a limit in force ``(offers,)``, and the limit."""
    price, unit = each
    if "budget" not in problem.left_out:
        yield from (
            (price, most) for most in (problem.max_cost_uusd_per_h, workload.max_cost_uusd_per_h) if most is not None
        )
    if "max_accelerators" not in problem.left_out:
        yield from ((unit, most) for most in (problem.max_accelerators, workload.max_accelerators) if most is not None)
    if "inventory" not in problem.left_out:
        for stock in (*problem.stocks, *workload.stocks):
            counted = np.array([stock.matches(offer) for offer in problem.offers])
            yield np.where(counted, unit, 0.0), stock.max_accelerators
