"""Fewer rows for questions that only cheap columns can answer: a bound on what each row can carry under any promise."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.table import ADMITTED

if TYPE_CHECKING:
    from planner.candidates.rows import Physical
    from planner.candidates.table import Bools, Table
    from planner.perf.hardware import Floats


def least_cost(table: "Table") -> "Floats":
    """Return what no plan pays less for the workload with each column [USD/h] ``(columns,)``, whatever is promised.

    Replicas may be filled to the brim, whatever ``max_utilisation`` says; each pays by its part of a billing unit, for
    units may be shared with other workloads. Where pools may be mixed, one replica and the cheapest rate for the rest.
    """
    assert table.physical is not None
    most = table.physical.most_requests_per_s[table.row]
    serves = most > 0.0
    rate = np.where(serves, most, 1.0)
    unit = np.array([seller.offer.unit_accelerators for seller in table.sellers])[table.seller]
    price = np.array([seller.price.usd_per_unit_h for seller in table.sellers])[table.seller]
    one = table.accelerators * price / unit
    if table.workload.limits.max_pools > 1:
        by_rate = np.where(serves, one / rate, np.inf).min(initial=np.inf)
        return np.where(serves, one + np.maximum(table.demand - rate, 0.0) * by_rate, np.inf)
    replicas = np.maximum(np.ceil(table.demand / rate * (1.0 - 1e-9)), 1.0)
    return np.where(serves, replicas * one, np.inf)


def cheap_rows(table: "Table", usd_per_h: float) -> "Bools":
    """Mark the rows with a column that may serve the workload for ``usd_per_h`` or less ``(rows,)``."""
    assert table.physical is not None
    cheap = np.zeros(len(table.physical.node), dtype=bool)
    allowed = table.refused[table.seller] == ADMITTED
    cheap[table.row[allowed & (least_cost(table) <= usd_per_h)]] = True
    return cheap


def narrowed(physical: "Physical", rows: "Bools") -> "Physical":
    """Return the physics of some of the rows."""
    index = np.flatnonzero(rows)
    served = physical.served[index]
    held = served >= 0
    renumbered = np.full(len(index), -1, dtype=np.int64)
    renumbered[held] = np.arange(int(held.sum()))
    return replace(
        physical,
        node=physical.node[index],
        setting=physical.setting[index],
        layout=physical.layout.take(index),
        memory=physical.memory.take(index),
        slots=physical.slots[index],
        served=renumbered,
        service=physical.service.take(served[held]),
    )
