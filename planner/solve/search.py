"""One run of CP-SAT after the other on one model: objectives in turn, each found and proven before the next."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.constraints import GROUPS
from planner.solve.effort import Effort
from planner.solve.instance import Instance
from planner.solve.interrupt import run
from planner.solve.terms import Block, Found
from planner.solve.variables import Variables, declare

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, CpSolverSolutionCallback


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
        solver = self._effort.solver()
        return str(solver.status_name(run(solver, self._model)))

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
        solver = self._effort.solver()
        if steps is not None:
            solver.parameters.max_deterministic_time = steps
        status = str(solver.status_name(self._run(solver, None if quiet else block)))
        bound = block.bound_of_first(round(solver.best_objective_bound))
        if status not in {"OPTIMAL", "FEASIBLE"}:
            return Outcome(status, None, bound)
        values = np.array(solver.response_proto.solution, dtype=np.int64)
        found = self._variables.read(values, len(self._instance.problem.offers))
        self._model.add(total <= block.blended.value(found))
        return Outcome(status, found, bound)

    def _run(self, solver: "CpSolver", block: Block | None) -> object:
        if self._effort.progress is None or block is None:
            return run(solver, self._model)
        return run(solver, self._model, reporter(self._effort, block, solver))


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
