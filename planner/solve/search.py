"""One run of CP-SAT after the other on one model: objectives in turn, each found and proven before the next."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import SolverBug
from planner.solve.constraints import GROUPS
from planner.solve.effort import Effort
from planner.solve.instance import Instance
from planner.solve.placement import Item, fewest_places, items_on
from planner.solve.terms import Block, Found
from planner.solve.variables import Variables, declare

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, CpSolverSolutionCallback, IntVar


@dataclass(frozen=True)
class Outcome:
    """What one run answers: CP-SAT's status, the plan if any, and the proven bound on the block's first objective."""

    status: str
    found: Found | None
    bound: int


class Search:
    """The model of one instance, solved for one block of objectives after the other."""

    def __init__(self, instance: Instance, effort: Effort) -> None:
        self._instance, self._effort = instance, effort
        self._model, self._variables = formulate(instance)

    def feasible(self) -> str:
        """Look for any plan and return CP-SAT's status."""
        while True:
            solver = self._effort.solver()
            status = self._effort.run(solver, self._model)
            if status not in {"OPTIMAL", "FEASIBLE"} or not self._crowded(self._read(solver)):
                return status

    def minimise(
        self, block: Block, hint: Found | None = None, steps: float | None = None, *, quiet: bool = False
    ) -> Outcome:
        """Find the least value of ``block`` and hold every later run to it.

        ``steps`` limits the deterministic time; ``quiet`` reports no progress.
        """
        total = self._variables.total(block.blended)
        self._model.minimize(total)
        if hint is not None:
            self._variables.hint(self._model, hint)
        while True:
            solver = self._effort.solver()
            if steps is not None:
                solver.parameters.max_deterministic_time = steps
            status = self._run(solver, None if quiet else block)
            if status == "MODEL_INVALID":
                raise SolverBug(f"CP-SAT refuses the model: {self._model.validate().splitlines()[0]}")
            bound = block.bound_of_first(round(solver.best_objective_bound))
            if status not in {"OPTIMAL", "FEASIBLE"}:
                return Outcome(status, None, bound)
            found = self._read(solver)
            if not self._crowded(found):
                break
            if self._effort.left_s <= 0:
                return Outcome("UNKNOWN", None, bound)
        self._model.add(total <= block.blended.value(found))
        return Outcome(status, found, bound)

    def _read(self, solver: "CpSolver") -> Found:
        values = np.array(solver.response_proto.solution, dtype=np.int64)
        return self._variables.read(values, len(self._instance.problem.offers))

    def _crowded(self, found: Found) -> bool:
        """Hold the model to the units in which the replicas of ``found`` can spread; whether it had too few.

        Whoever else serves these workloads by as many replicas of these sizes, spread as far, needs as many units.
        """
        crowded = False
        for offer in np.flatnonzero(self._instance.offers.spread).tolist() if "nodes" not in self._left_out else ():
            unit, units = int(self._instance.offers.accelerators[offer]), int(found.units[offer])
            items = items_on(self._instance, found, offer)
            needed = fewest_places(unit, units, items)
            if needed > units:
                crowded = True
                like = [self._like(item, offer) for item in items]
                missing = len(like) - sum(sum(literals) for literals in like)
                self._model.add(self._variables.units[offer] >= needed * (1 - missing))
        return crowded

    @property
    def _left_out(self) -> frozenset[str]:
        return self._instance.problem.left_out

    def _like(self, item: Item, offer: int) -> "list[IntVar]":
        choice = self._instance.choices[item.workload]
        usage, patterns = choice.usage, choice.patterns
        same = (usage.offer == offer) & (usage.slots > 0) & (usage.size == item.size)
        same &= (patterns.spread == item.spread) & (patterns.replicas >= item.count)
        use = self._variables.use[item.workload]
        return [use[p] for p in np.flatnonzero(same.any(axis=1)).tolist()]

    def _run(self, solver: "CpSolver", block: Block | None) -> str:
        if self._effort.progress is None or block is None:
            return self._effort.run(solver, self._model)
        return self._effort.run(solver, self._model, reporter(self._effort, block, solver))


def reporter(effort: Effort, block: Block, solver: "CpSolver") -> "CpSolverSolutionCallback":
    """Return a callback that tells ``effort`` of better plans and bounds, as values of the block's first objective."""
    from ortools.sat.python.cp_model import CpSolverSolutionCallback  # noqa: PLC0415  wanted only when solving

    best: list[int] = []

    def tell(bound: float) -> None:
        effort.tell(best[-1] if best else None, block.bound_of_first(round(bound)))

    class Reporter(CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            best.append(block.first(round(self.objective_value)))
            tell(self.best_objective_bound)

    solver.best_bound_callback = tell
    return Reporter()


def formulate(instance: Instance) -> tuple["CpModel", Variables]:
    """Write the model of ``instance``: its variables and every constraint group that is not left out."""
    from ortools.sat.python.cp_model import CpModel  # noqa: PLC0415  half a second, wanted only when solving

    model = CpModel()
    variables = declare(model, instance)
    for group, add in GROUPS.items():
        if group not in instance.problem.left_out:
            add(model, variables, instance)
    return model, variables
