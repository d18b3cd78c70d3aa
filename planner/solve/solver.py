"""Solving a problem: patterns, model, objectives in turn, with proof or gap."""

import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np

from planner.solve.effort import Effort, Progress
from planner.solve.instance import Instance, prepare
from planner.solve.lexicographic import Aim, Answer, Known, in_turn
from planner.solve.narrowing import Narrowing
from planner.solve.objective import staged
from planner.solve.problem import Problem
from planner.solve.relaxation import relax
from planner.solve.search import Search
from planner.solve.solution import Pool, Solution, Status

SMALL = 1_000
"""Patterns that are not worth narrowing."""


def solve_problem(
    problem: Problem,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> Solution:
    """Find the best plan for ``problem`` and prove it, or say how far the proof got.

    Parameters
    ----------
    problem
        What is to be decided.
    time_limit_s
        Clock time [s] for everything, building included.
    seed, workers
        With one worker the same problem and seed give the same answer whenever the status is ``optimal``.
    progress
        Called with every better plan and bound; a Ctrl-C ends the search with the best plan so far.
    """
    effort = Effort(time.monotonic() + time_limit_s, seed, workers, progress)
    answer = _solve(prepare(problem), effort)
    return _without_plan(answer.status, seed) if answer.known is None else _with_plan(answer.known, answer, seed)


def is_feasible(problem: Problem, *, time_limit_s: float = 60.0, seed: int = 0) -> bool | None:
    """Say whether ``problem`` has any plan at all; None when the time does not suffice."""
    effort = Effort(time.monotonic() + time_limit_s, seed)
    instance = prepare(problem)
    if "demand" not in problem.left_out and not all(len(choice.patterns) for choice in instance.choices):
        return False
    if not instance.rows and not instance.problem.apart:
        return True
    return {"OPTIMAL": True, "FEASIBLE": True, "INFEASIBLE": False}.get(Search(instance, effort).feasible())


def _solve(instance: Instance, effort: Effort) -> Answer:
    """Solve small instances as they are, large ones on the patterns that can matter."""
    asked = instance.problem.objectives
    aim = Aim(staged(asked), len(dict.fromkeys(asked)))
    served = "demand" not in instance.problem.left_out and all(len(choice) for choice in instance.choices)
    if served and instance.size > SMALL and (relaxation := relax(instance, asked[0], effort.share(0.5))) is not None:
        return Narrowing(instance, relaxation, aim, effort).run()
    return in_turn(instance.pruned(aim.names), aim, effort)


def _without_plan(status: str, seed: int) -> Solution:
    answer: Status = "infeasible" if status == "INFEASIBLE" else "unknown"
    return Solution(answer, (), (), (), status, seed, solver_version=version("ortools"))


def _with_plan(known: Known, answer: Answer, seed: int) -> Solution:
    units = known.found.units.copy()
    pools: dict[str, tuple[Pool, ...]] = {}
    for w, choice in enumerate(known.instance.choices):
        pattern = known.pattern(w)
        counts = zip(pattern.patterns.column.flat, pattern.patterns.replicas.flat, strict=True)
        pools[choice.workload.name] = tuple(Pool(int(column), int(n)) for column, n in counts if n)
        np.add.at(units, pattern.usage.offer, pattern.usage.own_units)
    return Solution(
        "optimal" if answer.status == "OPTIMAL" else "feasible",
        tuple(pools[workload.name] for workload in known.instance.problem.workloads),
        tuple(units.tolist()),
        answer.stages,
        answer.status,
        seed,
        solver_version=version("ortools"),
    )
