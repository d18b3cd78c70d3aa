"""One number of the request moved step by step away from what is stated, and the answers along the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.reasons.grids import Grid, nearest

if TYPE_CHECKING:
    from planner.pipeline.answers import Answered

Holds = Callable[["Answered | None"], bool]


@dataclass(eq=False)
class Sweep:
    """The answers at ``points``, the nearest to ``stated`` first; ``ask`` gives them at any number in between."""

    stated: float
    points: tuple[float, ...]
    ask: Callable[[float], "Answered | None"]
    base: "Answered"
    grid: Grid = field(default_factory=Grid)
    answers: "dict[float, Answered | None]" = field(default_factory=dict)

    @property
    def up(self) -> bool:
        """Whether the numbers rise."""
        return self.points[-1] > self.stated

    def at(self, value: float) -> "Answered | None":
        """Return the answer at a number, asked once."""
        if value not in self.answers:
            self.answers[value] = self.ask(value)
        return self.answers[value]

    def first(self, holds: Holds) -> tuple[float, float] | None:
        """Return the nearest number whose answer ``holds``, and its neighbour whose answer does not."""
        before = self.stated
        for point in self.points:
            if holds(self.at(point)):
                return nearest(self.grid, before, point, lambda value: holds(self.at(value)))
            if self.at(point) is None:
                return None
            before = point
        return None


def gone(answer: "Answered | None") -> bool:
    """Whether there is no plan."""
    return answer is None
