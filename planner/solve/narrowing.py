"""Solving a large instance on the patterns that can matter: those that the relaxed model does not price out.

A plan that uses a pattern costs at least the bound plus what that pattern raises it by. With a plan in hand, patterns
that raise the bound beyond that plan's cost are never needed, and the model over all others has the true optimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.solve.effort import Effort
from planner.solve.instance import Instance
from planner.solve.relaxation import Relaxation, relax
from planner.solve.search import Outcome, Search
from planner.solve.terms import Block, Found, blocks

SMALL = 1_000
"""Patterns that are not worth narrowing."""
FIRST = 30
"""Patterns of one workload, on average, with which a first plan is sought."""
STEPS_FOR_FIRST = 0.01
"""Deterministic time, a workload, that the search for a first plan may take."""


@dataclass(frozen=True, eq=False)
class Run:
    """The part of an instance that was solved for its first block of objectives; others may follow on ``search``."""

    instance: Instance
    search: Search
    blocks: tuple[Block, ...]
    outcome: Outcome


def first_run(instance: Instance, names: Sequence[str], effort: Effort) -> Run:
    """Minimise the first objectives of ``names``, on the whole of a small instance or what matters of a large one."""
    served = "demand" not in instance.problem.left_out and all(len(choice) for choice in instance.choices)
    if served and instance.size > SMALL:
        relaxation = relax(instance, names[0], effort.share(0.5))
        if relaxation is not None:
            return _narrowed(instance, names, relaxation, effort)
    return _run(instance, names, effort)


def _run(
    instance: Instance, names: Sequence[str], effort: Effort, hint: Found | None = None, steps: float | None = None
) -> Run:
    made = tuple(blocks(instance, names))
    search = Search(instance, effort)
    outcome = search.minimise(made[0], hint, steps)
    return Run(instance, search, made, replace(outcome, bound=effort.held(outcome.bound)))


def _narrowed(instance: Instance, names: Sequence[str], relaxation: Relaxation, effort: Effort) -> Run:
    margins = relaxation.margins(instance)
    margin = float(margins[min(len(margins) - 1, FIRST * len(instance.choices))])
    run = _run_within(instance, names, relaxation, (margin, effort, STEPS_FOR_FIRST * len(instance.choices)))
    while effort.left_s > 0:
        if (needed := _excess(run, relaxation)) is None:
            needed = float(margins[-1])
        if run.instance.size < instance.size and needed > margin:
            margin = needed
        elif run.outcome.status in {"OPTIMAL", "INFEASIBLE"}:
            return run
        run = _run_within(instance, names, relaxation, (margin, effort, None), run)
    return replace(run, outcome=replace(run.outcome, status="UNKNOWN" if run.outcome.found is None else "FEASIBLE"))


def _excess(run: Run, relaxation: Relaxation) -> float | None:
    """By how much the plan of ``run`` exceeds the bound; None without a plan."""
    found = run.outcome.found
    return None if found is None else run.blocks[0].parts[0].value(found) - relaxation.bound


def _run_within(
    instance: Instance,
    names: Sequence[str],
    relaxation: Relaxation,
    how: tuple[float, Effort, float | None],
    before: Run | None = None,
) -> Run:
    margin, effort, steps = how
    kept = tuple(relaxation.below(instance, w, margin) for w in range(len(instance.choices)))
    part = replace(instance, choices=kept)
    hint = None
    if before is not None and before.outcome.found is not None:
        part = replace(part, worst=(names[0], before.blocks[0].parts[0].value(before.outcome.found)))
        hint = translated(before, before.outcome.found, part)
    return _run(part, names, effort.within(relaxation.bound, relaxation.bound + margin), hint, steps)


def translated(run: Run, found: Found, part: Instance) -> Found:
    """Return the plan ``found`` by ``run`` in the positions of ``part``, which has the patterns that it uses."""
    chosen = [
        new.position(old.patterns.take(np.array([p])))
        for old, new, p in zip(run.instance.choices, part.choices, found.chosen.tolist(), strict=True)
    ]
    return Found(np.array(chosen, dtype=np.int64), found.units)
