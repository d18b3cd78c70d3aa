"""Objectives one after the other on one model: what was asked for is proven, ties get a bounded effort."""

from dataclasses import dataclass, replace

import numpy as np

from planner.solve.choice import Choice
from planner.solve.effort import Effort
from planner.solve.instance import Instance
from planner.solve.search import Outcome, Search
from planner.solve.solution import Stage
from planner.solve.terms import Block, Found, blocks, objective

STEPS_FOR_TIES = 1.0
"""Deterministic time that CP-SAT may spend on choosing between plans that are equal in all that was asked for."""


@dataclass(frozen=True, eq=False)
class Known:
    """A plan, among the patterns of the instance in which it was found."""

    instance: Instance
    found: Found

    def value(self, name: str) -> int:
        """Value of the objective ``name``."""
        return objective(self.instance, name).value(self.found)

    def pattern(self, workload: int) -> Choice:
        """Return the pattern that serves one workload, none if none does."""
        chosen = self.found.chosen[workload : workload + 1]
        return self.instance.choices[workload].take(chosen[chosen >= 0])

    def within(self, part: Instance) -> "Known":
        """Return the plan in ``part``, to which its patterns are added where they are missing."""
        own = [self.pattern(w) for w in range(len(part.choices))]
        choices = tuple(choice.including(mine) for choice, mine in zip(part.choices, own, strict=True))
        chosen = [choice.position(mine.patterns) for choice, mine in zip(choices, own, strict=True)]
        return Known(replace(part, choices=choices), Found(np.array(chosen, dtype=np.int64), self.found.units))


@dataclass(frozen=True, eq=False)
class Answer:
    """CP-SAT's status for what was asked, the best plan if there is one, and what is known of each objective."""

    status: str
    known: Known | None
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Aim:
    """The objectives in turn: the first ``asked`` of ``names`` must be proven, the others break ties."""

    names: tuple[str, ...]
    asked: int

    @property
    def first(self) -> "Aim":
        """The first objective alone."""
        return Aim(self.names[:1], 1)

    def asks(self, block: Block) -> bool:
        """Whether something in ``block`` was asked for."""
        return not set(block.names).isdisjoint(self.names[: self.asked])


def in_turn(
    instance: Instance, aim: Aim, effort: Effort, hint: Known | None = None, steps: float | None = None
) -> Answer:
    """Minimise the objectives of ``aim`` one after the other, from a plan ``hint`` of the same instance.

    ``steps`` limits the deterministic time for the first.
    """
    search = Search(instance, effort)
    found, status = None if hint is None else hint.found, "UNKNOWN"
    stages: list[Stage] = []
    for number, block in enumerate(blocks(instance, aim.names)):
        limit = (None if aim.asks(block) else STEPS_FOR_TIES) if number else steps
        outcome = search.minimise(block, found, limit, quiet=number > 0)
        if number == 0:
            outcome = replace(outcome, bound=effort.held(outcome.bound))
        found = outcome.found or found
        if number == 0 or aim.asks(block):
            status = outcome.status
        if found is not None:
            stages += _stages(block, found, outcome)
        if outcome.status != "OPTIMAL" or effort.left_s <= 0:
            break
    if found is None:
        return Answer(status, None, ())
    return Answer("FEASIBLE" if status == "UNKNOWN" else status, Known(instance, found), tuple(stages))


def _stages(block: Block, found: Found, outcome: Outcome) -> list[Stage]:
    """Return what is known of the objectives in ``block``: all of them when proven, otherwise the first."""
    if outcome.status == "OPTIMAL":
        values = [part.value(found) for part in block.parts]
        return [Stage(name, value, value) for name, value in zip(block.names, values, strict=True)]
    return [Stage(block.names[0], block.parts[0].value(found), outcome.bound)]
