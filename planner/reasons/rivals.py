"""The best plan with each accelerator, format and kind of parallelism, and what those that lose would need to win."""

from typing import TYPE_CHECKING

from planner.plan.explanation import Miss, Need, Rival
from planner.reasons.needs import bandwidth_need, price_need, promise_needs
from planner.reasons.options import Option, miss, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.pipeline.answers import Answered
    from planner.pipeline.inquiry import Inquiry
    from planner.reasons.changes import Promise
    from planner.reasons.sweeps import Sweep

FAR = 5.0
"""A loser at more than this many times the plan's value is not asked for the price at which it would win."""
NEAREST = 3
"""Accelerators of a workload, the cheapest losers, that are asked what bandwidth they would need."""


def rivals(inquiry: "Inquiry", sweeps: "dict[tuple[Promise, bool], Sweep]") -> "Iterator[Rival]":
    """Yield every option of every workload, the best first within its kind."""
    for at, table in enumerate(inquiry.tables):
        asked = [(option, _best(inquiry, at, option)) for option in options(table)]
        near = _near(inquiry, at, asked)
        made = [_rival(inquiry, at, option, best, sweeps, near=option.name in near) for option, best in asked]
        kinds = list(dict.fromkeys(rival.kind for rival in made))
        made.sort(key=lambda rival: (kinds.index(rival.kind), not rival.wins, _rank(rival), rival.name))
        yield from made


def _rank(rival: Rival) -> float:
    return float("inf") if rival.times_the_value is None else rival.times_the_value


def _best(inquiry: "Inquiry", at: int, option: Option) -> "Answered | None":
    base = inquiry.base
    if base is not None and option.used_by(base.pieces, inquiry.tables[at].workload.name):
        return base
    keep = option.columns & (inquiry.tables[at].rejected < 0)
    return inquiry.answer(inquiry.spec, inquiry.masked(at, keep)) if keep.any() else None


def _near(inquiry: "Inquiry", at: int, asked: "list[tuple[Option, Answered | None]]") -> frozenset[str]:
    """Return the accelerators that lose by the least."""
    losers = [
        (best.values, option.name)
        for option, best in asked
        if option.kind == "accelerator" and best is not None and best is not inquiry.base
    ]
    return frozenset(name for _, name in sorted(losers)[:NEAREST])


def _rival(
    inquiry: "Inquiry",
    at: int,
    option: Option,
    best: "Answered | None",
    sweeps: "dict[tuple[Promise, bool], Sweep]",
    *,
    near: bool,
) -> Rival:
    base, table = inquiry.base, inquiry.tables[at]
    assert base is not None
    wins = best is base
    plain = {"workload": table.workload.name, "kind": option.kind, "name": option.name, "title": option.title}
    if best is None:
        missing = miss(table, option.columns) or Miss(group="limits")
        return Rival(**plain, wins=False, misses=missing)
    needs: list[Need] = []
    ratio = best.values[0] / base.values[0] if base.values[0] else None
    if not wins:
        if ratio is not None and ratio <= FAR:
            price = price_need(inquiry, at, option, best)
            needs += [price] if price is not None else []
        if near and option.kind == "accelerator":
            bandwidth = bandwidth_need(inquiry, at, option.name)
            needs += [bandwidth] if bandwidth is not None else []
        needs += promise_needs(inquiry, at, option, sweeps)
    return Rival(**plain, wins=wins, best=best.outcome(), times_the_value=ratio, needs=tuple(needs))
