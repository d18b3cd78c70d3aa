"""The last of a row of batches at which something still holds, for many columns at once, in few tries."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.perf.roots import Points

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

OCTAVES = 15
CELLS = 1024
"""Batches tried between one power of two (of the largest batch) and the next, and as many below the lowest."""
LAST = float((OCTAVES + 1) * CELLS)
SHRUNK = 0.95
"""Columns are dropped from the arrays once no more than this share of them is open."""
FIRST = 14.0 * CELLS
"""First try: a quarter of the largest batch, where half of the columns of a typical request end above."""
NEAR = 1e-9
"""Slack counts as at least this much, so that its sign is never lost."""


def batch_at(top: Floats, place: Floats) -> Floats:
    """Return the batch at a whole-numbered place: evenly spaced from 0, then within each octave up to ``top``."""
    octave = np.floor(place / CELLS)
    share = place / CELLS - octave
    exponent = np.maximum(octave - 1.0, 0.0) - OCTAVES
    return np.asarray(top * np.ldexp(np.where(octave > 0.0, 1.0 + share, share), exponent.astype(np.int64)))


def last_batch(top: Floats, lightest: Floats, slack_of: Callable[[Any], Callable[[Floats], Floats]]) -> Floats:
    """Find the last batch, of those of :func:`batch_at`, up to which the slack is not negative ``(columns,)``.

    Slack falls with the batch: what is returned has itself been tried, and the next batch too. ``lightest`` is the
    slack at almost no batch; 0 is returned where it is negative. ``slack_of(columns)`` gives the slack as a function of
    the batches of those columns.
    """
    heaviest = slack_of(slice(None))(top)
    found = np.where((heaviest >= 0.0) & (lightest >= 0.0), top, 0.0)
    columns = np.flatnonzero((heaviest < 0.0) & (lightest >= 0.0))
    tries = Tries.between(lightest[columns], heaviest[columns])
    while len(columns):
        slack, most = slack_of(columns), top[columns]
        is_open = tries.open
        while np.count_nonzero(is_open) > SHRUNK * len(columns):
            place = np.where(is_open, tries.guess(), tries.low)
            tries = tries.after(place, slack(batch_at(most, place)))
            is_open = tries.open
        found[columns] = batch_at(most, tries.low)
        columns, tries = columns[is_open], tries.take(is_open)
    return found


@dataclass(frozen=True, eq=False)
class Tries:
    """Where the slack changes sign, between ``low`` (it holds) and ``high`` (it does not), and the last tries.

    Arrays ``(columns,)``.
    """

    low: Floats
    high: Floats
    points: Points

    @classmethod
    def between(cls, lightest: Floats, heaviest: Floats) -> "Tries":
        """Begin with the whole row of batches."""
        first, last = np.zeros_like(lightest), np.full_like(lightest, LAST)
        light, heavy = np.maximum(lightest, NEAR), np.minimum(heaviest, -NEAR)
        return cls(first, last, Points(last, heavy, first, light, first, light))

    @property
    def open(self) -> Bools:
        """Whether places remain between the two ends."""
        return self.high - self.low > 1.0

    def take(self, columns: Bools) -> "Tries":
        """Return the tries of some columns."""
        return Tries(self.low[columns], self.high[columns], self.points.take(columns))

    def guess(self) -> Floats:
        """Return the next whole place between the ends."""
        here, there = self.points.here, self.points.there
        place = here + self.points.share() * (there - here)
        place = np.floor(np.where(self.points.before == there, FIRST, place))
        place = np.where(place > self.low, place, place + 1.0)
        return np.clip(place, self.low + 1.0, self.high - 1.0)

    def after(self, place: Floats, slack: Floats) -> "Tries":
        """Return what is known once the slack at ``place`` is."""
        holds = slack >= 0.0
        slack = np.where(holds, np.maximum(slack, NEAR), np.minimum(slack, -NEAR))
        low, high = np.where(holds, place, self.low), np.where(holds, self.high, place)
        return Tries(low, high, self.points.after(place, slack))
