"""What each limit costs: whether the plan would be better without it, and the least loosening that gains anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.plan.explanation import Change, Shadow
from planner.reasons.changes import prefix, promises, with_bound, with_limits, with_workload
from planner.reasons.grids import Grid, nearest
from planner.spec.limits import ALLOW_LISTS, Limits

if TYPE_CHECKING:
    from planner.pipeline.answers import Answered
    from planner.pipeline.inquiry import Inquiry
    from planner.spec.schema import Spec

FARTHEST = 4.0
"""A number is loosened to this many times what is stated."""
FEW = 16
"""Accelerators added at least before a limit on them is given up on."""
LEAST_CONFIDENCE = 0.5
LEAST_RECOVERY = 0.5
Ask = Callable[[float | None], "Answered | None"]


@dataclass(frozen=True)
class _Number:
    """A number of the request that limits: ``ask`` answers the request with another one, None: without it."""

    key: str
    workload: str | None
    stated: float
    end: float
    unit: str
    ask: Ask
    grid: Grid = field(default_factory=Grid)
    droppable: bool = True


def shadows(inquiry: "Inquiry") -> Iterator[Shadow]:
    """Ask each limit that the request states what it costs."""
    for number in (*_promises(inquiry), *_caps(inquiry), *_shares(inquiry)):
        yield _number(inquiry, number)
    yield from _lists(inquiry)
    yield from _losses(inquiry)


def _number(inquiry: "Inquiry", number: _Number) -> Shadow:
    base = inquiry.base
    assert base is not None
    free = number.ask(None) if number.droppable else None
    gains = free is not None and free.better_than(base)
    shown = {"key": number.key, "workload": number.workload, "stated": number.stated, "unit": number.unit}
    if number.droppable and not gains:
        return Shadow(**shown)
    found: dict[float, Answered | None] = {}

    def better(value: float) -> bool:
        found[value] = number.ask(value)
        answer = found[value]
        return answer is not None and answer.better_than(base)

    at = nearest(number.grid, number.stated, number.end, better)
    without = free.outcome() if gains and free is not None else None
    if at is None:
        return Shadow(**shown, without=without, tried_to=number.end)
    answer = found[at[0]]
    assert answer is not None
    loosened = Change(
        key=number.key,
        workload=number.workload,
        start=number.stated,
        last=at[1],
        to=at[0],
        unit=number.unit,
        then=answer.outcome(),
    )
    return Shadow(**shown, loosened=loosened, without=without)


def _promises(inquiry: "Inquiry") -> Iterator[_Number]:
    spec = inquiry.spec
    for promise in promises(spec):

        def ask(value: float | None, promise=promise) -> "Answered | None":  # type: ignore[no-untyped-def]  # noqa: ANN001
            return inquiry.promised(with_bound(spec, promise, value))

        alone = spec.workloads[promise.at].workload.concurrency is not None
        yield _Number(
            promise.key(spec), _named(spec, promise.at), promise.stated, FARTHEST * promise.stated, "ms", ask,
            droppable=not alone,
        )  # fmt: skip


def _caps(inquiry: "Inquiry") -> Iterator[_Number]:
    """Budgets, limits on accelerators and entries of the inventory: the common ones, then each workload's own."""
    spec = inquiry.spec
    places: list[tuple[int | None, Limits]] = [(None, spec.limits)]
    places += [(at, w.limits) for at, w in enumerate(spec.workloads) if w.limits is not spec.limits]
    for at, limits in places:
        named = None if at is None else spec.workloads[at].name
        stem = "" if at is None else prefix(spec, at)
        for name, unit in (("max_accelerators", "accelerators"), ("max_usd_per_h", "USD/h")):
            stated = getattr(limits, name)
            if stated is None:
                continue
            whole = name == "max_accelerators"
            end = max(FARTHEST * stated, stated + FEW) if whole else FARTHEST * stated
            yield _Number(
                f"{stem}limits.{name}",
                named,
                float(stated),
                end,
                unit,
                _cap(inquiry, at, name, whole=whole),
                Grid(whole),
            )
        for position, entry in enumerate(limits.inventory):
            yield _Number(
                f"{stem}limits.inventory[{position}]", named, float(entry.max), max(FARTHEST * entry.max, FEW),
                f"accelerators of {_stock_words(entry.model_dump())}", _stock(inquiry, at, position), Grid(whole=True),
            )  # fmt: skip


def _cap(inquiry: "Inquiry", at: int | None, name: str, *, whole: bool) -> Ask:
    def ask(value: float | None) -> "Answered | None":
        number = None if value is None else int(value) if whole else value
        return inquiry.answer(with_limits(inquiry.spec, at, **{name: number}))

    return ask


def _stock(inquiry: "Inquiry", at: int | None, position: int) -> Ask:
    limits = inquiry.spec.limits if at is None else inquiry.spec.workloads[at].limits

    def ask(value: float | None) -> "Answered | None":
        entry = limits.inventory[position]
        changed = () if value is None else (entry.model_copy(update={"max": int(value)}),)
        entries = (*limits.inventory[:position], *changed, *limits.inventory[position + 1 :])
        return inquiry.answer(with_limits(inquiry.spec, at, inventory=entries))

    return ask


def _stock_words(entry: dict[str, object]) -> str:
    return ", ".join(str(entry[key]) for key in ("accelerator", "offer", "provider", "region") if entry.get(key))


def _shares(inquiry: "Inquiry") -> Iterator[_Number]:
    """Headroom, confidence and floors on quality."""
    spec = inquiry.spec
    for at, workload in enumerate(spec.workloads):

        def busier(value: float | None, at: int = at) -> "Answered | None":
            limits = spec.workloads[at].limits.model_copy(update={"max_utilisation": value or 1.0})
            return inquiry.promised(with_workload(spec, at, limits=limits))

        most = workload.limits.max_utilisation
        if most < 1.0 and workload.requests_per_s is not None:
            key = f"{prefix(spec, at)}limits.max_utilisation"
            yield _Number(key, _named(spec, at), most, 1.0, "of the capacity", busier)

        def coarser(value: float | None, at: int = at) -> "Answered | None":
            quality = spec.workloads[at].quality.model_copy(update={"min_recovery": value})
            return inquiry.promised(with_workload(spec, at, quality=quality))

        floor = workload.quality.min_recovery
        if floor is not None and floor > LEAST_RECOVERY:
            key = f"{prefix(spec, at)}quality.min_recovery"
            yield _Number(key, _named(spec, at), floor, LEAST_RECOVERY, "recovery", coarser, droppable=False)
    if spec.confidence > LEAST_CONFIDENCE and any(w.slo.bounds() for w in spec.workloads):

        def surer(value: float | None) -> "Answered | None":
            return inquiry.promised(replace(spec, confidence=value or LEAST_CONFIDENCE))

        yield _Number("confidence", None, spec.confidence, LEAST_CONFIDENCE, "", surer)


def _lists(inquiry: "Inquiry") -> Iterator[Shadow]:
    """Allow lists and formats that the request states: only leaving them out can be asked."""
    spec, base, free = inquiry.spec, inquiry.base, Limits()
    assert base is not None
    stated = [
        (f"limits.{name}", {"fabrics": "fabric"}.get(name, name))
        for name in ALLOW_LISTS
        if any(getattr(w.limits, name) != getattr(free, name) for w in spec.workloads)
    ]
    for key, group in stated:
        answer = inquiry.admitted(frozenset({group}))
        gains = answer is not None and answer.better_than(base)
        yield Shadow(key=key, without=answer.outcome() if gains and answer is not None else None)


def _losses(inquiry: "Inquiry") -> Iterator[Shadow]:
    """Yield what surviving a loss costs: it can only be left out."""
    spec, base = inquiry.spec, inquiry.base
    assert base is not None
    if all(limits.survive is None for limits in (spec.limits, *(w.limits for w in spec.workloads))):
        return
    asked = with_limits(spec, None, survive=None)
    for at, workload in enumerate(asked.workloads):
        if workload.limits.survive is not None:
            asked = with_limits(asked, at, survive=None)
    answer = inquiry.answer(asked)
    gains = answer is not None and answer.better_than(base)
    yield Shadow(key="limits.survive", without=answer.outcome() if gains and answer is not None else None)


def _named(spec: "Spec", at: int) -> str | None:
    """Return the name of a workload where there are several."""
    return None if len(spec.workloads) == 1 else spec.workloads[at].name
