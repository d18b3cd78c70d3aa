"""Stacked bars: parts as shares of a whole, and perhaps a floor under it."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.render.numbers import short

SHOWN = 0.004
"""Parts smaller than this share are left to the figure of the whole."""
COLOURS = 9
FREE = 9
"""Colour of what is not used."""


@dataclass(frozen=True)
class Part:
    """A part with its colour, its value in words, and where it starts and how wide it is, in percent."""

    name: str
    value: str
    colour: int
    start: float
    share: float


@dataclass(frozen=True)
class Floor:
    """A mark on the bar: where it stands in percent, its words, and the side on which they stand."""

    name: str
    at: float
    anchor: str


@dataclass(frozen=True)
class Bar:
    """Parts from left to right."""

    parts: tuple[Part, ...]
    floor: Floor | None = None


def stacked(
    sizes: Mapping[str, float], *, whole: float | None = None, floor: tuple[str, float] | None = None, free: str = ""
) -> Bar:
    """Return a bar of ``sizes``; ``whole`` is its full length and ``free`` names what is left of it."""
    total = max(sum(sizes.values()), whole or 0.0, floor[1] if floor else 0.0, 1e-12)
    parts: list[Part] = []
    start = 0.0
    for index, (name, size) in enumerate(sizes.items()):
        share = 100.0 * size / total
        if size >= SHOWN * total:
            parts.append(Part(name, short(size), index % COLOURS, round(start, 3), round(share, 3)))
        start += share
    left = total - sum(sizes.values())
    if free and left >= SHOWN * total:
        parts.append(Part(free, short(left), FREE, round(start, 3), round(100.0 - start, 3)))
    if floor is None:
        return Bar(tuple(parts))
    at = 100.0 * floor[1] / total
    return Bar(tuple(parts), Floor(floor[0], round(at, 3), "end" if at > 50.0 else "start"))
