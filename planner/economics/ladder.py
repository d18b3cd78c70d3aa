"""What a workload's columns cost as equal steps: one unit (or the units of one replica) after the other.

The capacity of a column does not depend on the demand, so one table of candidates answers every demand: with one pool
the optimum is the cheapest column over whole steps, which is what the solver proves.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.table import ADMITTED
from planner.solve.problem import consumed, supplied

if TYPE_CHECKING:
    from planner.candidates.table import Table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNLIMITED = 10**9
"""Steps of a column that nothing limits."""


@dataclass(frozen=True, eq=False)
class Ladder:
    """Steps of the columns that are cheapest at some demand; arrays ``(columns,)``.

    ``cost_uusd_per_h`` and ``capacity_urps`` are those of one step of ``accelerators`` accelerators with ``replicas``
    replicas; ``most`` is how many steps the limits admit. ``column`` is the column of the table.
    """

    column: Ints
    cost_uusd_per_h: Ints
    capacity_urps: Ints
    accelerators: Ints
    replicas: Ints
    most: Ints

    def __len__(self) -> int:
        return len(self.column)

    def take(self, index: Ints) -> "Ladder":
        """Return the columns at ``index``."""
        names = ("column", "cost_uusd_per_h", "capacity_urps", "accelerators", "replicas", "most")
        return Ladder(*(getattr(self, name)[index] for name in names))

    def scaled(self, *, capacity: float = 1.0, cost: float = 1.0) -> "Ladder":
        """Return the ladder with every capacity and cost multiplied."""
        return replace(
            self,
            capacity_urps=np.asarray(np.floor(self.capacity_urps * capacity), dtype=np.int64),
            cost_uusd_per_h=np.asarray(np.ceil(self.cost_uusd_per_h * cost), dtype=np.int64),
        )

    def cheapest(self, demand_urps: Ints) -> tuple[Ints, Ints]:
        """Return for each demand ``(points,)`` the cheapest column's place and its steps; -1 where none serves it."""
        steps = -(-demand_urps[:, None] // self.capacity_urps)
        cost = np.where(steps <= self.most, steps * self.cost_uusd_per_h, np.iinfo(np.int64).max)
        best = np.lexsort((np.broadcast_to(np.arange(len(self)), cost.shape), steps * self.accelerators, cost))[:, 0]
        rows = np.arange(len(demand_urps))
        return np.where(cost[rows, best] < np.iinfo(np.int64).max, best, -1), steps[rows, best]


def ladder(table: "Table") -> Ladder:
    """Return the steps of every column that can serve, without those that another beats at every demand."""
    index = np.flatnonzero((table.rejected == ADMITTED) & (supplied(table.requests_per_s) > 0))
    seller = table.seller[index]
    unit = np.array([s.offer.unit_accelerators for s in table.sellers], dtype=np.int64)[seller]
    price = np.array([int(consumed(s.price.usd_per_unit_h)) for s in table.sellers], dtype=np.int64)[seller]
    size = table.accelerators[index]
    replicas, units = np.maximum(unit // size, 1), -(-size // unit)
    found = Ladder(
        index,
        price * units,
        supplied(table.requests_per_s[index]) * replicas,
        unit * units,
        replicas,
        np.full(len(index), UNLIMITED, dtype=np.int64),
    )
    return _undominated(replace(found, most=_most(table, found)))


def _most(table: "Table", steps: Ladder) -> Ints:
    """Return the steps of each column that caps, inventory and stock admit."""
    most = steps.most.copy()
    for limits in (table.spec.limits, table.workload.limits):
        if limits.max_accelerators is not None:
            most = np.minimum(most, limits.max_accelerators // steps.accelerators)
        if limits.max_usd_per_h is not None:
            paid = np.maximum(steps.cost_uusd_per_h, 1)
            most = np.minimum(most, int(supplied(limits.max_usd_per_h)) // paid)
        for entry in limits.inventory:
            counted = np.array([entry.counts(s.node.accelerator, s.offer) for s in table.sellers])
            here = counted[table.seller[steps.column]]
            most = np.where(here, np.minimum(most, entry.max // steps.accelerators), most)
    stock = [UNLIMITED if s.stock is None else s.stock for s in table.sellers]
    owned = np.array(stock, dtype=np.int64)[table.seller[steps.column]]
    return np.where(owned < UNLIMITED, np.minimum(most, owned // steps.accelerators), most)


def _undominated(steps: Ladder) -> Ladder:
    """Keep a column only where no other costs no more a step and carries as much, as many times."""
    usable = np.flatnonzero(steps.most > 0)
    order = usable[
        np.lexsort(
            (
                steps.column[usable],
                steps.accelerators[usable],
                -steps.most[usable],
                -steps.capacity_urps[usable],
                steps.cost_uusd_per_h[usable],
            )
        )
    ]
    kept: list[int] = []
    for at in order.tolist():
        better = (steps.capacity_urps[kept] >= steps.capacity_urps[at]) & (steps.most[kept] >= steps.most[at])
        if not better.any():
            kept.append(at)
    return steps.take(np.array(kept, dtype=np.int64))
