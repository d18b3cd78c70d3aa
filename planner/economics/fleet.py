"""Columns under a batch limit: what a replica that admits only so many sequences sustains within the SLO."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.bounds import slowdown, tightened
from planner.candidates.sellers import variation_of
from planner.candidates.table import ADMITTED
from planner.perf.capacity import capacity

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.perf.steady import Service

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Fleet:
    """Columns of a table under one batch limit: the rate that a replica sustains within the SLO ``(columns,)``."""

    table: "Table"
    index: Ints
    limit: int | None
    rate_per_s: Floats

    def service(self, at: int) -> "Service":
        """Return the service of one of the columns, as a table of one, under the limit."""
        physical = self.table.physical
        assert physical is not None
        row = physical.served[self.table.row[self.index[at : at + 1]]]
        return limited(physical.service.take(row), self.limit)


def limited(service: "Service", limit: int | None) -> "Service":
    """Return the service with at most ``limit`` sequences in a replica."""
    return service if limit is None else replace(service, slots=np.minimum(service.slots, float(limit)))


def fleet(table: "Table", chosen: Bools, limit: int | None) -> Fleet:
    """Return the columns of ``chosen`` that hold at least a sequence, evaluated under a batch limit."""
    physical = table.physical
    assert physical is not None
    served = physical.served[table.row]
    index = np.flatnonzero(chosen & (served >= 0))
    if limit is None:
        kept = np.where(table.rejected[index] == ADMITTED, table.requests_per_s[index], 0.0)
        return Fleet(table, index, limit, kept / table.workload.limits.max_utilisation)
    varied = np.array([variation_of(table.workload, seller) for seller in table.sellers])[table.seller[index]]
    rate = np.zeros(len(index))
    for variation in np.unique(varied).tolist():
        here = varied == variation
        rows, back = np.unique(served[index[here]], return_inverse=True)
        bounds = tightened(table.spec, table.workload, physical, frozenset(), variation).take(rows)
        found = capacity(limited(physical.service.take(rows), limit), bounds)
        rate[here] = found.rate_per_s[back] / slowdown(table.spec, table.workload, variation)
    return Fleet(table, index, limit, rate)
