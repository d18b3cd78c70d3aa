"""Where nothing serves a request: each member of the clash relaxed by the least that helps, and what comes nearest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.table import ADMITTED
from planner.pipeline.answers import piece
from planner.plan.explanation import Miss, Nearest, Relaxed
from planner.reasons.changes import promises, with_bound, with_limits, with_workload
from planner.reasons.grids import Grid, nearest
from planner.reasons.options import miss, options

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.pipeline.answers import Answered
    from planner.pipeline.inquiry import Inquiry
    from planner.spec.limits import Limits
    from planner.spec.schema import Spec

LATENCIES = ("ttft", "tpot", "e2e")
FARTHEST = 1000.0
MOST = 10_000_000
SHOWN = 5
"""Pieces that come nearest, a workload."""


@dataclass(frozen=True)
class _Member:
    """A number of a member of the clash: the request with another number in its place."""

    group: str
    workload: str | None
    start: float
    end: float
    unit: str
    changed: "Callable[[float], Spec]"
    promise: bool = False
    grid: Grid = field(default_factory=Grid)


def relaxations(inquiry: "Inquiry", clash: tuple[str, ...]) -> Iterator[Relaxed]:
    """Yield for each number of each member the nearest one that makes the request feasible, and the answer then."""
    for member in _members(inquiry.spec, clash):
        found: dict[float, Answered | None] = {}

        def feasible(value: float, member: _Member = member, found: "dict[float, Answered | None]" = found) -> bool:
            ask = inquiry.promised if member.promise else inquiry.answer
            found[value] = ask(member.changed(value))
            return found[value] is not None

        at = _outward(member, feasible)
        answer = found[at] if at is not None else None
        if at is not None and answer is not None:
            yield Relaxed(
                group=member.group,
                workload=member.workload,
                start=member.start,
                to=at,
                unit=member.unit,
                then_usd_per_mtok=answer.usd_per_mtok,
                then=answer.outcome(),
            )


def _outward(member: _Member, feasible: Callable[[float], bool]) -> float | None:
    """Double the distance until a plan appears, then bisect."""
    if member.end < member.start:
        found = nearest(member.grid, member.start, member.end, feasible)
        return found[0] if found else None
    before, factor = member.start, 2.0
    while before < member.end:
        point = min(max(member.start * factor, before + 1.0 if member.grid.whole else 0.0), member.end)
        found = nearest(member.grid, before, point, feasible)
        if found is not None:
            return found[0]
        before, factor = member.grid.at(member.grid.place(point)), factor * 4.0
        if point >= member.end:
            return None
    return None


def _members(spec: "Spec", clash: tuple[str, ...]) -> Iterator[_Member]:
    for metric in LATENCIES:
        if metric in clash:
            yield _latency(spec, metric)
    if "quality" in clash:
        floors = [w.quality.min_recovery for w in spec.workloads if w.quality.min_recovery is not None]
        yield _Member("quality", None, max(floors), 0.01, "recovery", lambda value: _floor(spec, value), promise=True)
    places: list[tuple[int | None, Limits]] = [(None, spec.limits)]
    places += [(at, w.limits) for at, w in enumerate(spec.workloads) if w.limits is not spec.limits]
    for at, limits in places:
        yield from _caps(spec, at, limits, clash)
        if "limits.inventory" in clash:
            yield from _stocks(spec, at, limits)


def _caps(spec: "Spec", at: int | None, limits: "Limits", clash: tuple[str, ...]) -> Iterator[_Member]:
    """Budget and number of accelerators."""
    named = None if at is None else spec.workloads[at].name
    if limits.max_usd_per_h is not None and "limits.max_usd_per_h" in clash:
        stated = limits.max_usd_per_h
        paid = partial(_with_number, spec, at, "max_usd_per_h")
        yield _Member("limits.max_usd_per_h", named, stated, FARTHEST * stated, "USD/h", paid)
    if limits.max_accelerators is not None and "limits.max_accelerators" in clash:
        most = float(limits.max_accelerators)
        had = partial(_with_number, spec, at, "max_accelerators")
        yield _Member("limits.max_accelerators", named, most, MOST, "accelerators", had, grid=Grid(whole=True))


def _with_number(spec: "Spec", at: int | None, name: str, value: float) -> "Spec":
    return with_limits(spec, at, **{name: int(value) if name == "max_accelerators" else value})


def _stocks(spec: "Spec", at: int | None, limits: "Limits") -> Iterator[_Member]:
    """Each entry of an inventory."""
    named = None if at is None else spec.workloads[at].name
    for position, entry in enumerate(limits.inventory):

        def stocked(value: float, position: int = position) -> "Spec":
            entries = list(limits.inventory)
            entries[position] = entries[position].model_copy(update={"max": int(value)})
            return with_limits(spec, at, inventory=tuple(entries))

        group, what = f"limits.inventory[{position}]", entry.model_dump(exclude_none=True, exclude={"max"})
        unit = f"accelerators of {', '.join(map(str, what.values()))}"
        yield _Member(group, named, float(entry.max), MOST, unit, stocked, grid=Grid(whole=True))


def _latency(spec: "Spec", metric: str) -> _Member:
    """All bounds on one metric scaled together; the number shown is that of the tightest."""
    mine = [promise for promise in promises(spec) if promise.metric == metric]
    start = min(promise.stated for promise in mine)

    def scaled(value: float) -> "Spec":
        asked = spec
        for promise in mine:
            asked = with_bound(asked, promise, promise.stated * value / start)
        return asked

    return _Member(metric, None, start, FARTHEST * start, "ms", scaled, promise=True)


def _floor(spec: "Spec", value: float) -> "Spec":
    asked = spec
    for at, workload in enumerate(spec.workloads):
        least = workload.quality.min_recovery
        if least is not None:
            lower = workload.quality.model_copy(update={"min_recovery": min(least, value)})
            asked = with_workload(asked, at, quality=lower)
    return asked


def nearest_pieces(inquiry: "Inquiry") -> Iterator[Nearest]:
    """Yield what comes nearest to serving each workload, one piece an accelerator, and what stops it."""
    free = _without_caps(inquiry.spec)
    for at, table in enumerate(inquiry.tables):
        found: list[tuple[float, Nearest]] = []
        for option in options(table):
            if option.kind != "accelerator":
                continue
            found += _near(inquiry, free, at, option.columns)
        found.sort(key=lambda each: (each[0], each[1].piece.accelerator))
        yield from (each for _, each in found[:SHOWN])


def _near(
    inquiry: "Inquiry", free: "Spec", at: int, columns: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> Iterator[tuple[float, Nearest]]:
    table = inquiry.tables[at]
    admitted = columns & (table.rejected == ADMITTED)
    if admitted.any():
        answer = inquiry.answer(free, inquiry.masked(at, admitted))
        over = _over(inquiry.spec, answer) if answer is not None else None
        if answer is not None and over is not None:
            name = table.workload.name
            yield over[0], Nearest(piece=next(p for p in answer.pieces if p.workload == name), misses=over[1])
        return
    missing, column = miss(table, columns), _nearest_column(table, columns)
    if missing is not None and column is not None and missing.value and missing.limit:
        ratio = missing.value / missing.limit
        yield max(ratio, 1.0 / ratio), Nearest(piece=piece(table, column, 1), misses=missing)


def _nearest_column(table: "Table", columns: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> int | None:
    """Return the column whose number :func:`miss` tells."""
    missing = miss(table, columns)
    if missing is None or missing.value is None:
        return None
    scale = 1e3 if missing.group in LATENCIES else 1.0
    mine = np.flatnonzero(columns)
    same = np.isclose(table.value[mine] * scale, missing.value, rtol=1e-5)
    same &= np.isclose(table.limit[mine] * scale, missing.limit or 0.0, rtol=1e-5)
    return int(mine[same][0]) if same.any() else None


def _over(spec: "Spec", answer: "Answered") -> tuple[float, Miss] | None:
    """Return the common cap that an answer exceeds the most, or that what it takes is not in stock."""
    used = sum(each.accelerators for each in answer.pieces)
    over = []
    for name, value, unit in (
        ("max_usd_per_h", answer.usd_per_h, "USD/h"),
        ("max_accelerators", float(used), "accelerators"),
    ):
        limit = getattr(spec.limits, name)
        if limit is not None and value > limit:
            over.append((value / limit, Miss(group=f"limits.{name}", value=value, limit=limit, unit=unit)))
    return max(over, key=lambda each: each[0], default=(float("inf"), Miss(group="limits")))


def _without_caps(spec: "Spec") -> "Spec":
    asked = with_limits(spec, None, max_usd_per_h=None, max_accelerators=None, inventory=())
    for at, workload in enumerate(spec.workloads):
        if workload.limits is not spec.limits:
            asked = with_limits(asked, at, max_usd_per_h=None, max_accelerators=None, inventory=())
    return asked
