"""Curves as characters on logarithmic axes, for terminals: no library, no colour, the same in a pipe."""

from collections.abc import Mapping, Sequence
from math import log10

from planner.render.numbers import short

LEAST_WIDTH, MOST_WIDTH = 20, 72
ROWS = 14

Curve = Sequence[tuple[float, float]]


def chart(curves: Mapping[str, Curve], width: int) -> list[str]:
    """Return the lines of a chart of positive points, each curve drawn with its own mark.

    Parameters
    ----------
    curves
        Mark of one character, and points (x, y); those of the first curve lie on top.
    width
        Characters of a line, the labels of the axis included.
    """
    points = [point for curve in curves.values() for point in curve if min(point) > 0.0]
    if not points:
        return []
    xs, ys = ([log10(point[axis]) for point in points] for axis in (0, 1))
    labels = [short(10.0 ** (min(ys) + (max(ys) - min(ys)) * (1.0 - row / (ROWS - 1)))) for row in range(ROWS)]
    margin = max(len(label) for label in labels)
    columns = max(min(width - margin - 3, MOST_WIDTH), LEAST_WIDTH)
    cells = [[" "] * columns for _ in range(ROWS)]
    for mark, curve in reversed(list(curves.items())):
        for x, y in curve:
            if min(x, y) > 0.0:
                column = round(_share(log10(x), xs) * (columns - 1))
                cells[ROWS - 1 - round(_share(log10(y), ys) * (ROWS - 1))][column] = mark
    lines = [f"{label if row % 4 == 1 else '':>{margin}} |{''.join(cells[row])}" for row, label in enumerate(labels)]
    low, high = short(10.0 ** min(xs)), short(10.0 ** max(xs))
    foot = f"{'':>{margin}} +{'-' * columns}"
    return [*lines, foot, f"{'':>{margin}}  {low}{high:>{columns - len(low)}}"]


def _share(value: float, values: Sequence[float]) -> float:
    """Return how far a value lies between the least and the greatest."""
    span = max(values) - min(values)
    return (value - min(values)) / span if span else 0.0
