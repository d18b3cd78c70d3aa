"""Solving a large instance on the patterns that can matter: those that the relaxed model does not price out.

A plan that uses a pattern costs at least the bound plus what that pattern raises it by. With a plan in hand, patterns
that raise the bound beyond that plan's cost are never needed, and the model over all others has the true optimum.
"""

from dataclasses import dataclass, replace

import numpy as np

from planner.solve.effort import Effort
from planner.solve.greedy import greedy_plan
from planner.solve.improving import improved
from planner.solve.instance import Instance
from planner.solve.lexicographic import STEPS_FOR_TIES, Aim, Answer, Known, in_turn
from planner.solve.relaxation import Relaxation
from planner.solve.solution import Stage

FIRST = 30
"""Patterns of one workload, on average, with which a plan is sought where none is known."""
MIXED = 1e-3
"""Share of the bound by which mixes may raise it that are looked at first."""
WIDER, WIDEST = 8.0, 100.0
"""How fast the search widens where no plan is known, and from which multiple of the bound on it takes in all."""
MOST_FOR_TIES = 20_000
"""Patterns among which ties that nobody asked about are still broken."""


@dataclass(frozen=True, eq=False)
class Narrowing:
    """An instance, its relaxed model, and what is asked."""

    instance: Instance
    relaxation: Relaxation
    aim: Aim
    effort: Effort

    def run(self) -> Answer:
        """Solve the first objective on wider and wider parts until no plan outside can be better, then all others."""
        answer = self._first()
        best = answer.known
        if answer.status != "OPTIMAL" or best is None or len(self.aim.names) == 1:
            return answer
        value = best.value(self.aim.names[0])
        part = best.within(self._part(value - self.relaxation.bound, self.aim))
        only_ties = self.aim.asked == 1
        if only_ties and (part.instance.size > MOST_FOR_TIES or self.effort.left_s <= 0):
            return answer
        part = Known(replace(part.instance, worst=(self.aim.names[0], value)), part.found)
        full = in_turn(part.instance, self.aim, self.effort, part, STEPS_FOR_TIES if only_ties else None)
        if full.status == "OPTIMAL" or full.known is None:
            return full
        stages = (Stage(self.aim.names[0], value, value),)
        return Answer("OPTIMAL" if only_ties else "FEASIBLE", full.known, stages)

    def _first(self) -> Answer:
        margins = self.relaxation.margins(self.instance)
        known = self._start()
        if self.instance.mixing:
            most, margin = np.inf, MIXED * abs(self.relaxation.bound)
        else:
            most, margin = float(margins[-1]), float(margins[min(len(margins) - 1, FIRST * len(self.instance.choices))])
        while True:
            if known is not None:
                margin = max(margin, self._excess(known))
            answer = self._within(margin, known)
            covered = margin >= (most if answer.known is None else self._excess(answer.known))
            if covered or self.effort.left_s <= 0:
                return answer if covered or answer.status != "OPTIMAL" else replace(answer, status="FEASIBLE")
            known = answer.known
            if known is None:
                margin = margin * WIDER if margin < WIDEST * abs(self.relaxation.bound) + 1.0 else most
                margin = min(margin, most) if self.instance.mixing else most

    def _start(self) -> Known | None:
        """Return a plan to start from: a greedy one, improved by parts."""
        instance = self._rich()
        found = greedy_plan(instance, self.relaxation)
        if found is None:
            return None
        known = Known(instance, found)
        self.effort.tell(known.value(self.aim.names[0]), self.relaxation.least_value)
        return improved(known, self.relaxation, self.effort.share(0.4))

    def _rich(self) -> Instance:
        """Return the instance with the mixes that raise the bound by little among its patterns."""
        if not self.instance.mixing:
            return self.instance
        margin = MIXED * abs(self.relaxation.bound) / len(self.instance.choices)
        near = [self.relaxation.below(self.instance, w, margin) for w in range(len(self.instance.choices))]
        mixed = [choice.joined(more.beyond(choice)) for choice, more in zip(self.instance.choices, near, strict=True)]
        return replace(self.instance, choices=tuple(mixed), parts=())

    def _excess(self, known: Known) -> float:
        return known.value(self.aim.names[0]) - self.relaxation.bound

    def _within(self, margin: float, known: Known | None) -> Answer:
        """Minimise the first objective on the patterns that raise the bound by at most ``margin``."""
        part = self._part(margin, self.aim.first)
        effort = self.effort.within(self.relaxation.bound, self.relaxation.bound + margin)
        if known is None:
            return in_turn(part, self.aim.first, effort)
        known = known.within(replace(part, worst=(self.aim.names[0], known.value(self.aim.names[0]))))
        return in_turn(known.instance, self.aim.first, effort, known)

    def _part(self, margin: float, aim: Aim) -> Instance:
        kept = [self.relaxation.below(self.instance, w, margin) for w in range(len(self.instance.choices))]
        return replace(self.instance, choices=tuple(kept)).pruned(aim.names)
