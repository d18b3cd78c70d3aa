"""Solving a problem: one model, its objectives in turn, with proof or gap."""

import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.constraints import GROUPS
from planner.solve.instance import Instance, prepare
from planner.solve.objective import PRICE_OF_A_UNIT, staged
from planner.solve.problem import Ints, Problem
from planner.solve.solution import Pool, Solution, Stage
from planner.solve.variables import Variables, declare

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, LinearExpr


@dataclass(frozen=True)
class Effort:
    """How long [s, on the monotonic clock] and how a solve may search."""

    deadline_s: float
    seed: int = 0
    workers: int = 1

    def solver(self) -> "CpSolver":
        """Return a solver that stops at the deadline."""
        from ortools.sat.python.cp_model import CpSolver  # noqa: PLC0415  half a second, wanted only when solving

        solver = CpSolver()
        solver.parameters.max_time_in_seconds = max(0.01, self.deadline_s - time.monotonic())
        solver.parameters.random_seed = self.seed
        solver.parameters.num_workers = self.workers
        return solver


def solve_problem(problem: Problem, *, time_limit_s: float = 60.0, seed: int = 0, workers: int = 1) -> Solution:
    """Find the best plan for ``problem`` and prove it, or say how far the proof got.

    Parameters
    ----------
    problem
        What is to be decided.
    time_limit_s
        Clock time [s] for everything, building included.
    seed, workers
        With one worker the same problem and seed give the same answer whenever the status is ``optimal``.
    """
    effort = Effort(time.monotonic() + time_limit_s, seed, workers)
    instance = prepare(problem)
    model, variables = formulate(instance)
    return _minimise_in_turn(model, variables, instance, effort)


def is_feasible(problem: Problem, *, time_limit_s: float = 60.0, seed: int = 0) -> bool | None:
    """Say whether ``problem`` has any plan at all; None when the time does not suffice."""
    effort = Effort(time.monotonic() + time_limit_s, seed)
    instance = prepare(problem)
    if "demand" not in problem.left_out and not all(len(choice.patterns) for choice in instance.choices):
        return False
    if not instance.rows:
        return True
    model, _ = formulate(instance)
    solver = effort.solver()
    return {"OPTIMAL": True, "FEASIBLE": True, "INFEASIBLE": False}.get(str(solver.status_name(solver.solve(model))))


def formulate(instance: Instance) -> tuple["CpModel", Variables]:
    """Write the model of ``instance``: its variables and every constraint group that is not left out."""
    from ortools.sat.python.cp_model import CpModel  # noqa: PLC0415  half a second, wanted only when solving

    model = CpModel()
    variables = declare(model, instance)
    for group, add in GROUPS.items():
        if group not in instance.problem.left_out:
            add(model, variables, instance)
    return model, variables


def _minimise_in_turn(model: "CpModel", variables: Variables, instance: Instance, effort: Effort) -> Solution:
    stages: list[Stage] = []
    found: Ints | None = None
    status = "UNKNOWN"
    for name in staged(instance.problem.objectives):
        expression = _expression(name, variables, instance)
        model.minimize(expression)
        solver = effort.solver()
        status = str(solver.status_name(solver.solve(model)))
        if status not in {"OPTIMAL", "FEASIBLE"}:
            break
        found = np.array(solver.response_proto.solution, dtype=np.int64)
        stages.append(Stage(name, round(solver.objective_value), round(solver.best_objective_bound)))
        if status != "OPTIMAL":
            break
        model.add(expression <= stages[-1].value)
        variables.hint(model, found)
    if found is None:
        return _without_plan(status, effort.seed)
    return _with_plan(found, variables, instance, (tuple(stages), status, effort.seed))


def _expression(name: str, variables: Variables, instance: Instance) -> "LinearExpr":
    if name in PRICE_OF_A_UNIT:
        return variables.bought(instance, PRICE_OF_A_UNIT[name](instance.offers))
    return variables.chosen(instance.pattern_values(name))


def _without_plan(status: str, seed: int) -> Solution:
    return Solution(
        "infeasible" if status == "INFEASIBLE" else "unknown",
        (),
        (),
        (),
        status,
        seed,
        solver_version=version("ortools"),
    )


def _with_plan(
    found: Ints, variables: Variables, instance: Instance, outcome: tuple[tuple[Stage, ...], str, int]
) -> Solution:
    stages, status, seed = outcome
    units = np.zeros(len(instance.problem.offers), dtype=np.int64)
    pools: dict[str, tuple[Pool, ...]] = {}
    for choice, use in zip(instance.choices, variables.use, strict=True):
        chosen = [p for p, literal in enumerate(use) if found[literal.index]]
        pools[choice.workload.name] = tuple(
            pool for p in chosen for pool in _pools(choice.patterns.column[p], choice.patterns.replicas[p])
        )
        for p in chosen:
            np.add.at(units, choice.usage.offer[p], choice.usage.own_units[p])
    for offer, variable in variables.units.items():
        units[offer] = found[variable.index]
    return Solution(
        "optimal" if status == "OPTIMAL" else "feasible",
        tuple(pools[workload.name] for workload in instance.problem.workloads),
        tuple(units.tolist()),
        stages,
        status,
        seed,
        solver_version=version("ortools"),
    )


def _pools(column: Ints, replicas: Ints) -> list[Pool]:
    return [Pool(int(c), int(n)) for c, n in zip(column, replicas, strict=True) if n]
