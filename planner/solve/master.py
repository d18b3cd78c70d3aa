"""The relaxed model over the patterns known so far, solved by GLOP: the source of dual prices."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.choice import Choice
from planner.solve.instance import Instance
from planner.solve.prices import Prices
from planner.solve.problem import Floats, Ints

if TYPE_CHECKING:
    from ortools.linear_solver.pywraplp import Constraint, Variable

NOTICED = 1e-6
PROHIBITIVE = 1e3


@dataclass(frozen=True, slots=True)
class Activity:
    """One pattern in the master: what it adds to the objective, takes of rows, and (offer, slots, units) inside."""

    workload: int
    pattern: tuple[tuple[int, ...], ...]
    value: float
    rows: tuple[tuple[int, int], ...]
    inside: tuple[tuple[int, int, int], ...]


def activities(instance: Instance, workload: int, choice: Choice, own: Ints) -> Iterator[Activity]:
    """Write the patterns of ``choice``, which add ``own`` to the objective, as activities of the master."""
    taken = choice.usage.of_rows(instance.row_coefficients, choice.usage.own_units)
    offer, slots, units = (part.tolist() for part in (choice.usage.offer, choice.usage.slots, choice.usage.units))
    for p, value in enumerate(own.tolist()):
        rows = tuple((r, int(taken[p, r])) for r in np.flatnonzero(taken[p]).tolist())
        inside = tuple(part for part in zip(offer[p], slots[p], units[p], strict=True) if part[1])
        pattern = tuple(tuple(part[p].tolist()) for part in choice.patterns.arrays)
        yield Activity(workload, pattern, float(value), rows, inside)


class Master:
    """A linear program that grows between solves: every workload served once, the limits kept, shared units sufficient.

    As cuts, a shared offer has at least the units that a workload would need alone. Until patterns that serve a
    workload are known, it goes unserved at a prohibitive price.
    """

    def __init__(self, instance: Instance, of_unit: Ints, scale: float) -> None:
        from ortools.linear_solver.pywraplp import Solver  # noqa: PLC0415  wanted only when solving

        self._instance, self._of_unit, self._scale = instance, of_unit, scale
        self._solver = Solver.CreateSolver("GLOP")
        self._served = [self._solver.Constraint(1.0, 1.0) for _ in instance.choices]
        self._limits = [self._most(float(row.limit)) for row in instance.rows]
        self._fits: dict[int, Constraint] = {}
        self._units: dict[int, Variable] = {}
        self._alone: dict[tuple[int, int], Constraint] = {}
        self._known: list[tuple[Activity, Variable]] = []
        self._unserved = [self._variable(PROHIBITIVE * scale) for _ in instance.choices]
        for served, without in zip(self._served, self._unserved, strict=True):
            served.SetCoefficient(without, 1.0)
        for o in np.flatnonzero(instance.offers.shared).tolist():
            self._add_units(o)

    def add(self, found: Iterable[Activity]) -> None:
        """Let the program use the patterns ``found``."""
        for activity in found:
            variable = self._variable(activity.value)
            self._served[activity.workload].SetCoefficient(variable, 1.0)
            for row, taken in activity.rows:
                self._limits[row].SetCoefficient(variable, float(taken))
            for offer, slots in _summed((o, slots) for o, slots, _ in activity.inside):
                self._fits[offer].SetCoefficient(variable, float(slots))
            for offer, units in _summed((o, units) for o, _, units in activity.inside):
                if (cut := self._alone.get((activity.workload, offer))) is not None:
                    cut.SetCoefficient(variable, float(units))
            self._known.append((activity, variable))

    def solve(self) -> tuple[Prices, Floats] | None:
        """Return dual prices and what serving each workload is worth ``(workloads,)``; None when GLOP gives up."""
        if self._solver.Solve() != self._solver.OPTIMAL:
            return None
        slot = np.zeros(len(self._of_unit))
        alone = np.zeros((len(self._served), len(slot)))
        for o, fits in self._fits.items():
            slot[o] = -fits.dual_value()
        for at, cut in self._alone.items():
            alone[at] = -cut.dual_value()
        row = np.array([-limit.dual_value() for limit in self._limits])
        paid = (row * self._scale, slot * self._scale, alone * self._scale)
        worth = np.array([served.dual_value() for served in self._served]) * self._scale
        return Prices.fair(self._instance, self._of_unit, paid), worth

    def unserved(self) -> float:
        """Return how many workloads, in parts, the last solution does not serve."""
        return sum(float(without.solution_value()) for without in self._unserved)

    def entered(self) -> tuple[Activity, ...]:
        """Return the patterns known so far."""
        return tuple(activity for activity, _ in self._known)

    def leading(self) -> dict[int, tuple[float, Activity]]:
        """Return, for each workload, the pattern that the last solution uses most, and its share."""
        found: dict[int, tuple[float, Activity]] = {}
        for activity, variable in self._known:
            share = variable.solution_value()
            if share > found.get(activity.workload, (NOTICED, None))[0]:
                found[activity.workload] = (share, activity)
        return found

    def cut(self) -> int:
        """Add the cuts that the last solution violates, and return how many."""
        taken: dict[tuple[int, int], float] = {}
        for activity, variable in self._known:
            if activity.inside and (share := variable.solution_value()) > NOTICED:
                for offer, _, units in activity.inside:
                    at = (activity.workload, offer)
                    taken[at] = taken.get(at, 0.0) + share * units
        bought = {o: units.solution_value() for o, units in self._units.items()}
        missing = [at for at, units in taken.items() if at not in self._alone and units > bought[at[1]] + NOTICED]
        for w, o in missing:
            self._alone[w, o] = self._most(0.0)
            self._alone[w, o].SetCoefficient(self._units[o], -1.0)
        for activity, variable in self._known:
            for offer, units in _summed((o, units) for o, _, units in activity.inside):
                if (activity.workload, offer) in missing:
                    self._alone[activity.workload, offer].SetCoefficient(variable, float(units))
        return len(missing)

    def _most(self, limit: float) -> "Constraint":
        return self._solver.Constraint(-self._solver.infinity(), limit)

    def _variable(self, value: float) -> "Variable":
        variable = self._solver.NumVar(0.0, self._solver.infinity(), "")
        self._solver.Objective().SetCoefficient(variable, value / self._scale)
        return variable

    def _add_units(self, offer: int) -> None:
        units = self._units[offer] = self._variable(float(self._of_unit[offer]))
        self._fits[offer] = self._most(0.0)
        self._fits[offer].SetCoefficient(units, -float(self._instance.offers.accelerators[offer]))
        for limit, row in zip(self._limits, self._instance.rows, strict=True):
            if row.coefficients[offer]:
                limit.SetCoefficient(units, float(row.coefficients[offer]))


def _summed(parts: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    total: dict[int, int] = {}
    for offer, amount in parts:
        total[offer] = total.get(offer, 0) + amount
    return total.items()
