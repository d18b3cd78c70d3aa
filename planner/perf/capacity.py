"""The rate that one replica sustains within latency bounds, and the latencies at a given rate."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.perf.percentiles import STATISTICS
from planner.perf.steady import Operation, Service, flow, operate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BISECTIONS = 40
_SHARES = np.linspace(0.0, 1.0, 17)[1:]


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

    def met(self, operation: Operation) -> Bools:
        """Whether each column's latencies keep every bound ``(columns,)``."""
        pairs = ((operation.ttft_s, self.ttft_s), (operation.tpot_s, self.tpot_s), (operation.e2e_s, self.e2e_s))
        kept = [(latency <= bound).all(axis=1) for latency, bound in pairs]
        return np.asarray(np.logical_and.reduce([operation.stable, *kept]))


def largest_batch(service: Service) -> Floats:
    """Upper end of the first branch on which the rate rises with the batch and prompts keep up ``(columns,)``.

    A fuller engine decodes more sequences at once, until slots run out, prompts need the whole budget (u = 1) or more
    sequences only slow it down.
    """
    top = service.steps.batch[:, -1]
    low = np.where(flow(service, top).utilisation < 1.0, top, 0.0)
    high = top
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        kept = flow(service, middle).utilisation < 1.0
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    rates = np.stack([flow(service, low * share).rate_per_s for share in _SHARES], axis=1)
    rising = np.logical_and.accumulate(np.diff(rates, axis=1, prepend=0.0) > 0.0, axis=1)
    return np.asarray(low * _SHARES[np.maximum(rising.sum(axis=1), 1) - 1])


def capacity(service: Service, bounds: Bounds) -> Operation:
    """Find the operating point of the largest rate at which every bound holds; rate 0 and batch 0 where none does.

    Latencies rise with the batch along the first branch, so bisection finds the last batch that keeps them. The point
    returned always keeps them itself.
    """
    high = largest_batch(service)
    low = np.zeros_like(high)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        kept = bounds.met(operate(service, middle)) & (flow(service, middle).rate_per_s > 0.0)
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return operate(service, low)


def at_rate(service: Service, rate_per_s: Floats) -> Operation:
    """Find the operating point at an arrival rate ``(columns,)``: the smallest batch whose rate reaches it.

    Not stable, with infinite latencies, where the rate exceeds what the replica sustains.
    """
    high = largest_batch(service)
    low = np.zeros_like(high)
    for _ in range(BISECTIONS + 12):
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
