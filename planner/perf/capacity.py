"""The rate that one replica sustains within latency bounds, and the latencies at a given rate."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.perf.percentiles import STATISTICS
from planner.perf.steady import Operation, Service, flow, operate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LIGHT = 1e-3
"""A batch so small that nothing waits: where even this breaks a bound, every load does."""
OCTAVES = 15
OCTAVE_BISECTIONS = 4
BISECTIONS = 10
RATE_BISECTIONS = 52


@dataclass(frozen=True, eq=False)
class Bounds:
    """Upper bounds [s], infinite where nothing is promised: ``(statistics,)`` or ``(columns, statistics)``."""

    ttft_s: Floats
    tpot_s: Floats
    e2e_s: Floats

    @classmethod
    def none(cls) -> "Bounds":
        """No promise at all."""
        free = np.full(len(STATISTICS), np.inf)
        return cls(free, free, free)

    def take(self, index: Any) -> "Bounds":  # noqa: ANN401  whatever NumPy takes as an index of the first axis
        """Return the bounds of the columns at ``index``; those that all columns share stay."""
        return Bounds(*(b[index] if b.ndim == 2 else b for b in (self.ttft_s, self.tpot_s, self.e2e_s)))

    def met(self, operation: Operation) -> Bools:
        """Whether each column's latencies keep every bound ``(columns,)``."""
        pairs = ((operation.ttft_s, self.ttft_s), (operation.tpot_s, self.tpot_s), (operation.e2e_s, self.e2e_s))
        kept = [(latency <= bound).all(axis=1) for latency, bound in pairs]
        return np.asarray(np.logical_and.reduce([operation.stable, *kept]))


def largest_batch(service: Service) -> Floats:
    """Upper end of the first branch on which the rate rises with the batch and prompts keep up ``(columns,)``.

    A fuller engine decodes more sequences at once, until slots run out, prompts need the whole budget (u = 1) or more
    sequences only slow it down. The points of the grid say between which two of them that is, bisection where.
    """
    grid = service.steps.batch
    flows = [flow(service, grid[:, point]) for point in range(grid.shape[1])]
    keeps_up = np.stack([each.utilisation < 1.0 for each in flows], axis=1)
    rates = np.stack([each.rate_per_s for each in flows], axis=1)
    rises = np.diff(rates, axis=1, prepend=0.0) > 0.0
    ends = np.logical_and.accumulate(keeps_up & rises, axis=1).sum(axis=1)
    rows, last = np.arange(len(grid)), grid.shape[1] - 1
    low = np.where(ends > 0, grid[rows, np.maximum(ends - 1, 0)], 0.0)
    after = np.minimum(ends, last)
    crossing = np.flatnonzero((ends <= last) & ~keeps_up[rows, after])
    if len(crossing):
        part, left, right = service.take(crossing), low[crossing], grid[crossing, after[crossing]]
        for _ in range(BISECTIONS):
            middle = (left + right) / 2.0
            kept = flow(part, middle).utilisation < 1.0
            left, right = np.where(kept, middle, left), np.where(kept, right, middle)
        low[crossing] = left
    return low


def last_batch(top: Floats, holds: Callable[[Floats], Bools]) -> Floats:
    """Largest batch up to ``top`` at which ``holds`` is true ``(columns,)``; 0 where it never is.

    ``holds`` is true up to some batch and false beyond. Powers of two bracket it, bisection ends within 2^-10 of it,
    and what is returned has itself been tried.
    """
    exponent_low, exponent_high = np.full(len(top), float(OCTAVES)), np.zeros(len(top))
    whole = holds(top)
    for _ in range(OCTAVE_BISECTIONS):
        middle = np.ceil((exponent_low + exponent_high) / 2.0)
        kept = holds(top * 2.0**-middle)
        exponent_low, exponent_high = np.where(kept, middle, exponent_low), np.where(kept, exponent_high, middle)
    low, high = top * 2.0**-exponent_low, top * 2.0**-exponent_high
    low = np.where(holds(low), low, 0.0)
    high = np.where(low > 0.0, high, top * 2.0**-OCTAVES)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        kept = holds(middle)
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return np.where(whole, top, low)


def capacity(service: Service, bounds: Bounds) -> Operation:
    """Find the operating point of the largest rate at which every bound holds; rate 0 and batch 0 where none does.

    Latencies rise with the batch along the first branch, so bisection finds the last batch that keeps them. The point
    returned always keeps them itself.
    """
    lightest = operate(service, np.full(len(service.slots), LIGHT))
    live = np.flatnonzero(bounds.met(lightest))
    served, promised = service.take(live), bounds.take(live)
    found = np.zeros(len(service.slots))

    def kept(batch: Floats) -> Bools:
        return np.asarray(promised.met(operate(served, batch)) & (batch > 0.0))

    if len(live):
        found[live] = last_batch(largest_batch(served), kept)
    return operate(service, found)


def at_rate(service: Service, rate_per_s: Floats) -> Operation:
    """Find the operating point at an arrival rate ``(columns,)``: the smallest batch whose rate reaches it.

    Not stable, with infinite latencies, where the rate exceeds what the replica sustains.
    """
    high = largest_batch(service)
    low = np.zeros_like(high)
    for _ in range(RATE_BISECTIONS):
        middle = (low + high) / 2.0
        below = flow(service, middle).rate_per_s < rate_per_s
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    point = operate(service, high)
    grows = rate_per_s > point.rate_per_s * (1.0 + 1e-9)
    lost = np.where(grows, np.inf, 0.0)[:, None]
    return replace(
        point,
        rate_per_s=rate_per_s,
        stable=point.stable & ~grows,
        ttft_s=point.ttft_s + lost,
        tpot_s=point.tpot_s + lost,
        e2e_s=point.e2e_s + lost,
    )
