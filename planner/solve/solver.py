"""Solving a problem: patterns, model, objectives in turn, with proof or gap."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.effort import Effort, Progress
from planner.solve.instance import Instance, prepare
from planner.solve.lexicographic import Aim, Answer, Known, in_turn
from planner.solve.mixing import OutOfTime, completed
from planner.solve.narrowing import Narrowing
from planner.solve.objective import LAST, NOTHING, staged
from planner.solve.placement import arrangement
from planner.solve.problem import Problem
from planner.solve.relaxation import relax
from planner.solve.search import Search
from planner.solve.solution import Pool, Solution, Stage, Status

if TYPE_CHECKING:
    from threading import Event

SMALL = 1_000
"""Patterns that are not worth narrowing."""
FEASIBLE = {"OPTIMAL": True, "FEASIBLE": True, "INFEASIBLE": False}
"""What CP-SAT's status says of there being a plan; else it is not known."""
NEARLY_NONE = 1e-6
"""Parts of workloads unserved in the relaxed solution that are rounding errors."""
MOST_FOR_MIXES = 0.7
"""Share of the time after which plans without mixes are looked for instead."""
SURELY = 0.01
"""A bound on what must go unserved, far above the errors of floating point, that proves that there is no plan."""


def solve_problem(
    problem: Problem,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
    stop: "Event | None" = None,
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
        Called with every better plan and bound.
    stop
        Ends the search with the best plan so far once it is set.
    """
    effort = Effort(time.monotonic() + time_limit_s, seed, workers, progress, stop)
    aim = Aim(staged(problem.objectives), len(dict.fromkeys(problem.objectives)))
    answer = _solve(completed(prepare(problem)), effort, aim)
    return _without_plan(answer.status, seed) if answer.known is None else _with_plan(answer.known, answer, seed)


def is_feasible(problem: Problem, *, time_limit_s: float = 60.0, seed: int = 0) -> bool | None:
    """Say whether ``problem`` has any plan at all; None when the time does not suffice."""
    effort = Effort(time.monotonic() + time_limit_s, seed)
    instance = completed(prepare(problem))
    if "demand" not in problem.left_out:
        if not instance.mixing and not all(len(choice.patterns) for choice in instance.choices):
            return False
        if (instance.mixing or instance.size > SMALL) and (known := _relaxed(instance, effort)) is not None:
            return known
        if instance.mixing:
            return FEASIBLE.get(_mixed(instance, effort, Aim(problem.objectives[:1], 1)).status)
    if not instance.rows and not instance.problem.apart:
        return True
    return FEASIBLE.get(Search(instance, effort).feasible())


def _relaxed(instance: Instance, effort: Effort) -> bool | None:
    """Say whether there is a plan where the relaxed model tells, or one among the patterns that it generates."""
    relaxation = relax(instance, NOTHING, effort.share(0.5))
    if relaxation is None:
        return None
    if relaxation.bound > SURELY:
        return False
    part = relaxation.among_entered(instance)
    if not all(len(choice) for choice in part.choices):
        return None
    return True if FEASIBLE.get(Search(part, effort.share(0.3)).feasible()) else None


def _solve(instance: Instance, effort: Effort, aim: Aim) -> Answer:
    """Solve small instances as they are, large ones on the patterns that can matter."""
    if "demand" not in instance.problem.left_out:
        if instance.mixing:
            return _mixed(instance, effort, aim)
        large = all(len(choice) for choice in instance.choices) and instance.size > SMALL
        if large and (relaxation := relax(instance, aim.names[0], effort.share(0.5))) is not None:
            return Narrowing(instance, relaxation, aim, effort).run()
    return in_turn(instance.pruned(aim.names), aim, effort)


def _mixed(instance: Instance, effort: Effort, aim: Aim) -> Answer:
    """Solve an instance with more mixes than can be listed; of a plan without mixes only the relaxed bound is known."""
    most = effort.share(MOST_FOR_MIXES)
    relaxation = relax(instance, aim.names[0], most.share(0.6))
    if relaxation is not None:
        if relaxation.unserved > NEARLY_NONE:
            whether = relax(instance, NOTHING, effort.share(0.5))
            if whether is not None and whether.bound > SURELY:
                return Answer("INFEASIBLE", None, ())
        with suppress(OutOfTime):
            return Narrowing(instance, relaxation, aim, most).run()
    answer = in_turn(instance.pruned(aim.names), aim, effort)
    if answer.known is None:
        return replace(answer, status="UNKNOWN")
    floor = 0 if relaxation is None else max(0, relaxation.least_value)
    proven = tuple(replace(stage, bound=min(stage.bound, floor)) for stage in answer.stages[:1])
    return Answer("FEASIBLE", answer.known, proven)


def _without_plan(status: str, seed: int) -> Solution:
    answer: Status = "infeasible" if status == "INFEASIBLE" else "unknown"
    return Solution(answer, (), (), (), status, seed, solver_version=version("ortools"))


def _unproven(known: Known, answer: Answer) -> tuple[Stage, ...]:
    """Return the objectives of which nothing is proven, with the plan's values and zero for a bound."""
    told = {stage.name for stage in answer.stages}
    names = (name for name in staged(known.instance.problem.objectives) if name != LAST and name not in told)
    return tuple(Stage(name, known.value(name), 0) for name in names)


def _with_plan(known: Known, answer: Answer, seed: int) -> Solution:
    units = known.found.units.copy()
    pools: dict[str, tuple[Pool, ...]] = {}
    for w, choice in enumerate(known.instance.choices):
        pattern = known.pattern(w)
        counts = zip(*(part.flat for part in pattern.patterns.arrays), strict=True)
        pools[choice.workload.name] = tuple(Pool(int(column), int(n), int(r)) for column, n, r in counts if n)
        np.add.at(units, pattern.usage.offer, pattern.usage.own_units)
    problem = known.instance.problem
    chosen = tuple(pools[workload.name] for workload in problem.workloads)
    return Solution(
        "optimal" if answer.status == "OPTIMAL" else "feasible",
        chosen,
        tuple(units.tolist()),
        (*answer.stages, *_unproven(known, answer)),
        answer.status,
        seed,
        arrangement(problem, chosen, units.tolist()),
        solver_version=version("ortools"),
    )
