"""The rate that one replica sustains within latency bounds, and the latencies at a given rate."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.perf.interleaving import PLAIN_FIELDS, flow
from planner.perf.last_batch import last_batch
from planner.perf.percentiles import STATISTICS
from planner.perf.roots import Points, rising_root
from planner.perf.steady import Operation, Service, operate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

LIGHT = 1e-3
"""A batch so small that nothing waits: where even this breaks a bound, every load does."""
MOST_SLACK = 20.0
"""Slack beyond this counts as this much: far from its bound, a latency says nothing of where it meets it."""
CLOSE = 1e-12


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

    def slack(self, operation: Operation) -> Floats:
        """Bound over latency, less one, of each column's tightest bound ``(columns,)``: none is broken from zero up.

        -1 where the queues grow.
        """
        least = np.where(operation.stable, MOST_SLACK, -1.0)
        for name in ("ttft_s", "tpot_s", "e2e_s"):
            latency, bound = getattr(operation, name), getattr(self, name)
            for statistic in np.flatnonzero(np.isfinite(bound.reshape(-1, len(STATISTICS))).any(axis=0)):
                least = np.minimum(least, bound[..., statistic] / latency[:, statistic] - 1.0)
        return least

    def met(self, operation: Operation) -> Bools:
        """Whether each column's latencies keep every bound ``(columns,)``."""
        return self.slack(operation) >= 0.0


def largest_batch(service: Service) -> Floats:
    """Upper end of the first branch on which the rate rises with the batch and prompts keep up ``(columns,)``.

    A fuller engine decodes more sequences at once, until slots run out, more sequences only slow it down, or prompts
    need all of the budget B that decoding leaves: where steps mix, each step then carries b tokens out and
    ``b Lin / Lout`` in, so that b = B Lout / (Lin + Lout).
    """
    lengths, steps = service.lengths, service.steps
    output, prompt = max(lengths.mean_output_tokens, 1.0), lengths.mean_prefill_tokens
    beside_s = np.where(service.mixed[:, None], steps.decode_s, 0.0)
    added_s = prompt / steps.chunk_tokens * np.maximum(steps.full_s - beside_s, 0.0)
    rates = steps.batch / (output * steps.decode_s + steps.batch * added_s)
    falls = np.diff(rates, axis=1, prepend=-1.0) <= 0.0
    last = np.where(falls.any(axis=1), falls.argmax(axis=1) - 1, rates.shape[1] - 1)
    top = steps.batch[np.arange(len(last)), np.maximum(last, 0)]
    budget = steps.chunk_tokens[:, 0] + steps.batch[:, 0]
    return np.asarray(np.where(service.mixed, np.minimum(top, budget * output / (prompt + output)), top))


def first_batch(service: Service, rate_per_s: Floats) -> Floats:
    """Smallest batch that takes a rate ``(columns,)``, or the largest batch where none does."""

    def over_by(batch: Floats) -> Floats:
        at = flow(service, batch)
        return np.asarray(np.where(at.sustained, at.rate_per_s - rate_per_s, rate_per_s))

    most = largest_batch(service)
    ends, values = (np.zeros_like(most), most), (-rate_per_s, over_by(most))
    return rising_root(Points.between(ends, values), over_by, close=CLOSE, floor=LIGHT)


def capacity(service: Service, bounds: Bounds, lightest: Operation | None = None) -> Operation:
    """Find the operating point of the largest rate at which every bound holds; rate 0 and batch 0 where none does.

    Latencies rise with the batch along the first branch, so a search finds the last batch that keeps them. Where they
    fall again (prompts so short that many share the steps which stop decoding), it is the last before one that does
    not. The point returned always keeps them itself. ``lightest`` is the operating point at :data:`LIGHT` where it is
    known.
    """
    lightest = lightest or operate(service, np.full(len(service.slots), LIGHT))
    slack = bounds.slack(lightest)
    live = np.flatnonzero(slack >= 0.0)
    served, promised, whole = service.take(live), bounds.take(live), bool(np.isfinite(bounds.e2e_s).any())
    found = np.zeros(len(service.slots))

    def slack_of(columns: Ints) -> Callable[[Floats], Floats]:
        some, theirs = served.take(columns), promised.take(columns)
        return lambda batch: theirs.slack(operate(some, batch, whole=whole))

    found[live] = last_batch(largest_batch(service)[live], slack[live], slack_of)
    dips = np.flatnonzero(_dips(served, found[live]))
    if len(dips):
        most = _first_broken(served.take(dips), found[live[dips]], slack_of(dips))
        found[live[dips]] = last_batch(most, slack[live[dips]], lambda some: slack_of(dips[some]))
    return operate(service, found)


def _dips(service: Service, batch: Floats) -> Bools:
    """Whether TPOT falls anywhere below ``batch``, by its mean without scatter on the grid: T_d + b E / Lout."""
    steps, output = service.steps, max(service.lengths.mean_output_tokens, 1.0)
    stretch_s = service.curves.table[:, PLAIN_FIELDS - 1].reshape(service.curves.batch.shape)[service.curves.row]
    mean_s = steps.decode_s + steps.batch * stretch_s / output
    falls = np.diff(mean_s, axis=1) < 0.0
    return np.asarray((falls & (steps.batch[:, :-1] < batch[:, None])).any(axis=1))


def _first_broken(service: Service, batch: Floats, slack: Callable[[Floats], Floats]) -> Floats:
    """Return the first batch of the grid below ``batch`` at which a bound is broken, otherwise ``batch`` itself."""
    first = batch.copy()
    for tried in service.steps.batch.T[::-1]:
        below = np.minimum(tried, batch)
        first = np.where((below < batch) & (slack(below) < 0.0), below, first)
    return first


def at_rate(service: Service, rate_per_s: Floats) -> Operation:
    """Find the operating point at an arrival rate ``(columns,)``: the smallest batch whose rate reaches it.

    Not stable, with infinite latencies, where the rate exceeds what the replica sustains.
    """
    point = operate(service, first_batch(service, rate_per_s))
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
