"""Numbers as they are shown: the nearest one with a property is found among those of three digits, or whole ones."""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, log10

ROUNDING = 1e-12


@dataclass(frozen=True)
class Grid:
    """An ordered grid of numbers: those of so many significant ``digits``, or where ``whole`` the integers."""

    whole: bool = False
    digits: int = 3

    def at(self, index: int) -> float:
        """Return the number at a place."""
        if self.whole:
            return float(index)
        decade, digits = divmod(index, 9 * self._least)
        return float(f"{digits + self._least}e{decade}")

    def place(self, value: float) -> int:
        """Return the place of the last number that is at most ``value``."""
        if self.whole:
            return floor(value)
        least = self._least
        decade = floor(log10(value)) - self.digits + 1
        shown = floor(value / 10.0**decade * (1.0 + ROUNDING))
        if shown >= 10 * least:
            decade, shown = decade + 1, least
        return decade * 9 * least + max(shown, least) - least

    @property
    def _least(self) -> int:
        """The least number of the grid without its decade: 100 for three digits."""
        return int(10 ** (self.digits - 1))


def nearest(grid: Grid, start: float, end: float, holds: Callable[[float], bool]) -> tuple[float, float] | None:
    """Return the number of the grid nearest to ``start`` at which ``holds``, and its neighbour at which it does not.

    ``holds`` is false at ``start`` and, once true, stays true up to ``end``; None where it is false at ``end`` too. The
    neighbour may be ``start`` itself. Where it changes more than once, one of the changes is found.
    """
    up = end > start
    last = grid.place(end)
    if not up and grid.at(last) < end:
        last += 1
    first = grid.place(start)
    if not up and grid.at(first) < start:
        first += 1
    step = 1 if up else -1
    low, high = 0, (last - first) * step
    if high <= 0 or not holds(grid.at(last)):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(grid.at(first + middle * step)) else (middle, high)
    before = start if low == 0 else grid.at(first + low * step)
    return grid.at(first + high * step), before
