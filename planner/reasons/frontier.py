"""The exact Pareto front of cost against a promise or a number of accelerators, one proven point after the other.

The cheapest plan comes first. Then its value is asked to be better, by one step of a grid for latencies and by one
accelerator, and the cheapest plan found again, until there is none: the least cost is a staircase over the bound, and
these are all its corners.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.bounds import tightened
from planner.catalog.loader import load_catalog
from planner.errors import NoAnswerError, SpecError
from planner.perf.capacity import at_rate
from planner.perf.percentiles import STATISTICS
from planner.pipeline.arguments import check_time_limit
from planner.pipeline.inquiry import Inquiry
from planner.plan.frontier import Front, Point
from planner.plan.pools import service_row
from planner.plan.tool import tool_of
from planner.reasons.changes import with_limits, with_workload
from planner.reasons.grids import Grid
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.pipeline.answers import Answered
    from planner.plan.frontier import Against
    from planner.spec.schema import Spec

TIME_LIMIT_S = 120.0
TIMES = 10.0
LOOSE_MS = 1e8
"""A bound that nothing reaches."""
GRID = Grid(digits=4)
ROUNDING = 1e-9
USUAL = "p95"
NAMES = ("ttft", "tpot", "accelerators")


def frontier(
    spec: "Spec",
    against: "Against",
    *,
    catalog: "Catalog | None" = None,
    time_limit_s: float = TIME_LIMIT_S,
    times: float = TIMES,
) -> Front:
    """Return the Pareto front of cost against ``ttft``, ``tpot`` (a bound promised to every workload) or accelerators.

    Parameters
    ----------
    spec
        The request; its own bound on the quantity, where it has one, is only marked.
    against
        What is traded for cost.
    catalog
        The catalogue; the bundled one by default.
    time_limit_s
        Clock time [s] for everything.
    times
        The front is followed up to this many times the least cost.

    Raises
    ------
    SpecError
        When ``against`` is none of the three, ``times`` is below one, a limit on time is not a positive number, or the
        demand changes by the hour or depends on the column, or nothing has a time between tokens.
    """
    check_time_limit(time_limit_s)
    if against not in NAMES:
        raise SpecError(f"against: {against!r} is not known (use one of {', '.join(NAMES)})")
    if not times >= 1.0:
        raise SpecError(f"times: {times} is below 1 (a front starts at the least cost)")
    catalog = catalog or load_catalog()
    steady = _steady(spec, against)
    inquiry = Inquiry(replace(steady, objective=("usd_per_mtok",)), catalog, time.monotonic() + time_limit_s)
    walk = _Accelerators(inquiry) if against == "accelerators" else _Promise(inquiry, against)
    points, notes, complete = _walked(walk, times)
    if steady is not spec:
        notes.append(
            f"The demand is held at {steady.workloads[0].requests_per_s:.4g} requests/s, whatever is promised."
        )
    return Front(
        against=against,
        key=walk.key,
        unit=walk.unit,
        asked=walk.asked,
        points=tuple(points),
        complete=complete,
        least_infeasible=walk.beyond if complete else None,
        notes=tuple(notes),
        solved=inquiry.solved,
        input=dict(spec.document) or None,
        tool=tool_of(catalog),
    )


def _walked(walk: "_Accelerators | _Promise", times: float) -> tuple[list[Point], list[str], bool]:
    """Return the points up to so many times the least cost, what to note, and whether the time sufficed."""
    points: list[Point] = []
    try:
        for point in walk.points():
            if points and point.usd_per_h > times * points[0].usd_per_h:
                walk.beyond = None
                return points, [f"Followed up to {times:g} times the least cost (--times)."], True
            points.append(point)
    except NoAnswerError:
        return points, ["The time limit was reached before the end of the front (raise --time-limit)."], False
    return points, [], True


def _steady(spec: "Spec", against: "Against") -> "Spec":
    """Return the request with demands that do not depend on the promise."""
    steady = spec
    for at, workload in enumerate(spec.workloads):
        if workload.hourly:
            raise SpecError(f"{spec.source}: workload.demand: a front takes a steady rate (state requests_per_s)")
        if against == "accelerators":
            continue
        if workload.requests_per_s is None:
            problem = "a concurrency without an SLO is another rate for every column"
            raise SpecError(f"{spec.source}: workload.concurrency: {problem} (state requests_per_s)")
        if workload.workload.concurrency is not None:
            held = {"requests_per_s": workload.requests_per_s, "concurrency": None}
            steady = with_workload(steady, at, workload=workload.workload.model_copy(update=held))
    if against == "tpot" and not any(w.lengths.output_tokens.max() > 1.0 for w in spec.workloads):
        raise SpecError(
            f"{spec.source}: workload.output_tokens: one token has no time between tokens (try --against ttft)"
        )
    return steady


def _point(answer: "Answered", value: float) -> Point:
    return Point(
        value=value,
        usd_per_h=answer.usd_per_h,
        usd_per_mtok=answer.usd_per_mtok,
        accelerators=answer.bought,
        pieces=answer.pieces,
    )


@dataclass(eq=False)
class _Accelerators:
    """Fewer and fewer accelerators, whole billing units counted."""

    inquiry: Inquiry
    beyond: float | None = None
    key: str = "limits.max_accelerators"
    unit: str = "accelerators"

    @property
    def asked(self) -> float | None:
        """The request's own limit."""
        return self.inquiry.spec.limits.max_accelerators

    def points(self) -> Iterator[Point]:
        """Yield the corners, the cheapest first."""
        most = self.asked
        while (answer := self._within(most)) is not None:
            yield _point(answer, answer.bought)
            if answer.bought == 1:
                return
            most = answer.bought - 1
        self.beyond = most

    def _within(self, most: float | None) -> "Answered | None":
        number = None if most is None else int(most)
        return self.inquiry.answer(with_limits(self.inquiry.spec, None, max_accelerators=number))


@dataclass(eq=False)
class _Promise:
    """Tighter and tighter bounds on one latency of every workload."""

    inquiry: Inquiry
    metric: str
    beyond: float | None = None
    unit: str = "ms"

    @property
    def names(self) -> tuple[str | None, ...]:
        """The bound of each workload that is moved; None where it has no such latency."""
        found: list[str | None] = []
        for workload in self.inquiry.spec.workloads:
            stated = [bound.key for bound in workload.slo.bounds() if bound.metric == self.metric]
            usual = f"{self.metric}_{USUAL}_ms"
            single = self.metric == "tpot" and workload.lengths.output_tokens.max() <= 1.0
            found.append(None if single else usual if usual in stated or not stated else stated[0])
        return tuple(found)

    @property
    def key(self) -> str:
        """What is bounded."""
        return " and ".join(dict.fromkeys(f"slo.{name}" for name in self.names if name))

    @property
    def asked(self) -> float | None:
        """The request's own bound, the loosest of several."""
        bounds = [
            getattr(workload.slo, name)
            for workload, name in zip(self.inquiry.spec.workloads, self.names, strict=True)
            if name is not None
        ]
        return max((bound for bound in bounds if bound is not None), default=None)

    def points(self) -> Iterator[Point]:
        """Yield the corners, the cheapest first."""
        answer = self._at(LOOSE_MS)
        while answer is not None:
            found, best, tighter = self._corner(answer)
            yield _point(best, GRID.at(found))
            self.beyond = GRID.at(found - 1) if tighter is None else None
            answer = tighter

    def _corner(self, answer: "Answered") -> "tuple[int, Answered, Answered | None]":
        """Return the least bound at which the cost is still that of ``answer``, and the answers there and beyond."""
        known: dict[int, Answered | None] = {}

        def ask(place: int) -> "Answered | None":
            if place not in known:
                known[place] = self._at(GRID.at(place), answer.usd_per_h)
            return known[place]

        def kept(place: int) -> bool:
            found = ask(place)
            return found is not None and found.usd_per_h <= answer.usd_per_h * (1.0 + ROUNDING)

        high = GRID.place(self._attained(answer)) + 1
        high = _until(kept, high, 1)
        low = _until(lambda place: not kept(place), high - 1, -1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if kept(middle) else (middle, high)
        best = ask(high)
        assert best is not None
        return high, best, ask(low)

    def _at(self, bound_ms: float, at_least_usd_per_h: float = 0.0) -> "Answered | None":
        spec = self.inquiry.spec
        for at, name in enumerate(self.names):
            if name is not None:
                slo = spec.workloads[at].slo.model_copy(update={name: bound_ms})
                spec = with_workload(spec, at, slo=slo)
        return self.inquiry.promised(spec, at_least_usd_per_h)

    def _attained(self, answer: "Answered") -> float:
        """Return about the least bound that the pieces of an answer keep [ms], the error of the estimate included."""
        worst = 0.0
        for table, columns, name in zip(answer.tables, answer.columns, self.names, strict=True):
            mine = [piece for piece in answer.pieces if piece.workload == table.workload.name]
            if name is None or table.physical is None:
                continue
            whole = sum(piece.replicas for piece in mine) * table.workload.limits.max_utilisation
            which = STATISTICS.index(name.split("_")[1])
            slo = table.workload.slo.model_copy(update={name: 1e3})
            bounds = tightened(table.spec, replace(table.workload, slo=slo), table.physical, frozenset())
            for column in columns:
                row = int(table.row[column])
                load = at_rate(service_row(table.physical, row), np.array([table.demand / whole]))
                latency = float(getattr(load, f"{self.metric}_s")[0, which])
                limit = float(getattr(bounds, f"{self.metric}_s")[table.physical.served[row], which])
                worst = max(worst, latency / limit * MS_PER_S)
        return worst if 0.0 < worst < LOOSE_MS else self.asked or MS_PER_S


def _until(holds: Callable[[int], bool], place: int, step: int) -> int:
    """Return a place at which ``holds``, by ever larger steps."""
    while not holds(place):
        place += step
        step *= 2
    return place
