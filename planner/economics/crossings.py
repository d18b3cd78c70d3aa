"""Where a stepwise cost curve meets a straight line: the first crossing, and the one after which it stays below.

With cost p and capacity q a step, fixed cost F and the line a D, n steps of one column are no dearer than the line
exactly for the demands in [(n p + F) / a, n q]; self-hosting is no dearer on the union of these intervals.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.economics.ladder import UNLIMITED
from planner.units import MICRO

if TYPE_CHECKING:
    from planner.economics.ladder import Ladder

Floats = NDArray[np.float64]

FARTHEST = 100_000
"""Steps within which a break-even is looked for."""


@dataclass(frozen=True)
class Crossings:
    """Demands [requests/s]; ``None`` where there is none. ``most`` is the largest that the limits admit."""

    first: float | None
    lasting: float | None
    most: float | None


def crossings(steps: "Ladder", usd_per_request: float, fixed_usd_per_h: float = 0.0) -> Crossings:
    """Return where self-hosting on ``steps`` meets an API at ``usd_per_request``.

    ``lasting`` is the least demand from which on self-hosting is never dearer, up to what the limits admit.
    """
    slope = usd_per_request * 3600.0
    cost, capacity = steps.cost_uusd_per_h / MICRO, steps.capacity_urps / MICRO
    most = np.where(steps.most >= UNLIMITED, np.inf, steps.most)
    top = float((most * capacity).max()) if len(steps) else 0.0
    gain = slope * capacity - cost
    wins = gain > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.where(wins, np.maximum(np.ceil(fixed_usd_per_h / gain - 1e-12), 1.0), np.inf)
        unbroken = np.where(wins, np.maximum(np.ceil((cost + fixed_usd_per_h) / gain - 1e-12), 1.0), np.inf)
    reaches = wins & (least <= np.minimum(most, FARTHEST))
    if not reaches.any():
        return Crossings(None, None, None if np.isinf(top) else top)
    first = float(((least * cost + fixed_usd_per_h) / slope)[reaches].min())
    endless = reaches & np.isinf(most) & (unbroken <= FARTHEST)
    end = float(((unbroken * cost + fixed_usd_per_h) / slope)[endless].min()) if endless.any() else top
    if np.isinf(end):
        return Crossings(first, None, None)
    lasting = _last_start(_intervals((cost, capacity, np.minimum(most, FARTHEST)), (slope, fixed_usd_per_h), end), end)
    return Crossings(first, lasting, None if np.isinf(top) else top)


def _intervals(
    steps: tuple[Floats, Floats, Floats], line: tuple[float, float], end: float
) -> list[tuple[Floats, Floats]]:
    """Return the starts and ends, up to ``end``, of the demands at which each column's steps are no dearer."""
    slope, fixed = line
    found = []
    for cost, capacity, most in zip(*(part.tolist() for part in steps), strict=True):
        reach = most if cost <= 0.0 else min(most, np.floor(max(slope * end - fixed, 0.0) / cost) + 1.0)
        count = np.arange(1.0, reach + 1.0) if cost > 0.0 else np.array([most])
        start, stop = (count * cost + fixed) / slope, count * capacity
        held = start <= stop
        found.append((start[held], stop[held]))
    return found


def _last_start(intervals: list[tuple[Floats, Floats]], end: float) -> float | None:
    """Return where the last unbroken stretch that reaches ``end`` begins; ``None`` where none reaches it."""
    start = np.concatenate([each[0] for each in intervals])
    stop = np.concatenate([each[1] for each in intervals])
    order = np.argsort(start, kind="stable")
    start, covered = start[order], np.maximum.accumulate(stop[order])
    if not len(start) or covered[-1] < end * (1.0 - 1e-12):
        return None
    gaps = np.flatnonzero(start[1:] > covered[:-1] * (1.0 + 1e-12)) + 1
    gaps = gaps[start[gaps] <= end * (1.0 + 1e-12)]
    return float(start[gaps[-1]] if len(gaps) else start[0])
