"""Solving a problem: patterns, model, objectives in turn, with proof or gap."""

import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np

from planner.solve.effort import Effort, Progress
from planner.solve.instance import Instance, prepare
from planner.solve.narrowing import first_run
from planner.solve.objective import staged
from planner.solve.problem import Ints, Problem
from planner.solve.search import Outcome, Search
from planner.solve.solution import Pool, Solution, Stage, Status
from planner.solve.terms import Block, Found

STEPS_FOR_TIES = 1.0
"""Deterministic time that CP-SAT may spend on choosing between plans that are equal in all that was asked for."""


def solve_problem(problem: Problem, *, time_limit_s: float = 60.0, seed: int = 0, workers: int = 1, progress: Callable[[Progress], None] | None = None) -> Solution:
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
    return _minimise_in_turn(prepare(problem), effort)


def is_feasible(problem: Problem, *, time_limit_s: float = 60.0, seed: int = 0) -> bool | None:
    """Say whether ``problem`` has any plan at all; None when the time does not suffice."""
    effort = Effort(time.monotonic() + time_limit_s, seed)
    instance = prepare(problem)
    if "demand" not in problem.left_out and not all(len(choice.patterns) for choice in instance.choices):
        return False
    if not instance.rows:
        return True
    return {"OPTIMAL": True, "FEASIBLE": True, "INFEASIBLE": False}.get(Search(instance, effort).feasible())


def _minimise_in_turn(instance: Instance, effort: Effort) -> Solution:
    run = first_run(instance, staged(instance.problem.objectives), effort)
    found, status = run.outcome.found, run.outcome.status
    if found is None:
        return _without_plan(status, effort.seed)
    stages = block_stages(run.blocks[0], found, run.outcome)
    for block in run.blocks[1:]:
        asked = not set(block.names).isdisjoint(instance.problem.objectives)
        if status != "OPTIMAL" or (not asked and effort.left_s < 0):
            break
        outcome = run.search.minimise(block, found, None if asked else STEPS_FOR_TIES)
        found = outcome.found or found
        stages += block_stages(block, found, outcome)
        if outcome.status != "OPTIMAL":
            status = outcome.status if asked else status
            break
    return _with_plan(run.instance, found, (tuple(stages), status, effort.seed))


def block_stages(block: Block, found: Found, outcome: Outcome) -> list[Stage]:
    """Return what is known of the objectives in ``block``: all of them when proven, otherwise the first."""
    if outcome.status == "OPTIMAL":
        values = [part.value(found) for part in block.parts]
        return [Stage(name, value, value) for name, value in zip(block.names, values, strict=True)]
    return [Stage(block.names[0], block.parts[0].value(found), outcome.bound)]


def _without_plan(status: str, seed: int) -> Solution:
    answer: Status = "infeasible" if status == "INFEASIBLE" else "unknown"
    return Solution(answer, (), (), (), status, seed, solver_version=version("ortools"))


def _with_plan(instance: Instance, found: Found, outcome: tuple[tuple[Stage, ...], str, int]) -> Solution:
    stages, status, seed = outcome
    units = found.units.copy()
    pools: dict[str, tuple[Pool, ...]] = {}
    for choice, p in zip(instance.choices, found.chosen.tolist(), strict=True):
        pools[choice.workload.name] = _pools(choice.patterns.column[p], choice.patterns.replicas[p]) if p >= 0 else ()
        if p >= 0:
            np.add.at(units, choice.usage.offer[p], choice.usage.own_units[p])
    return Solution(
        "optimal" if status == "OPTIMAL" else "feasible",
        tuple(pools[workload.name] for workload in instance.problem.workloads),
        tuple(units.tolist()),
        stages,
        status,
        seed,
        solver_version=version("ortools"),
    )


def _pools(column: Ints, replicas: Ints) -> tuple[Pool, ...]:
    return tuple(Pool(int(c), int(n)) for c, n in zip(column, replicas, strict=True) if n)
