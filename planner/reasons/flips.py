"""Where the choice changes: the nearest price, demand and bound at which another column wins, and which."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from planner.plan.explanation import Change, Flip
from planner.reasons.changes import Promise, demand_of, price_unit, promises, with_bound, with_demand
from planner.reasons.grids import Grid
from planner.reasons.sweeps import Sweep, gone

if TYPE_CHECKING:
    from planner.pipeline.answers import Answered
    from planner.pipeline.inquiry import Inquiry

FARTHER = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0)
TENFOLD = (*FARTHER, 10.0)
PRICES = (1.05, 1.1, 1.25, 1.5, 2.0, 3.0)
DEEPER = ("accelerator", "layout", "weight_format")
"""Of two changes of the choice the second tells more: other hardware, another split, another format."""


def promise_sweeps(inquiry: "Inquiry") -> dict[tuple[Promise, bool], Sweep]:
    """Return the sweeps of every bound, looser (True) and tighter."""
    spec, base, made = inquiry.spec, inquiry.base, {}
    assert base is not None
    for promise in promises(spec):

        def ask(value: float, promise: Promise = promise) -> "Answered | None":
            known = base.usd_per_h if value <= promise.stated else 0.0
            return inquiry.promised(with_bound(spec, promise, value), known)

        for up in (True, False):
            factors = FARTHER[:-1] if up else tuple(1.0 / factor for factor in FARTHER)
            points = _on(Grid(), promise.stated, factors)
            made[promise, up] = Sweep(promise.stated, points, ask, base)
    return made


def promise_flips(inquiry: "Inquiry", sweeps: dict[tuple[Promise, bool], Sweep]) -> Iterator[Flip]:
    """Yield where the choice changes along each bound."""
    spec = inquiry.spec
    for (promise, up), sweep in sweeps.items():
        named = None if len(spec.workloads) == 1 else promise.workload
        common: dict[str, object] = {
            "of": promise.metric,
            "key": promise.key(spec),
            "workload": named,
            "up": up,
            "unit": "ms",
        }
        yield from _along(sweep, common)


def demand_flips(inquiry: "Inquiry") -> Iterator[Flip]:
    """Yield where the choice changes as the demand of a workload grows or falls."""
    spec, base = inquiry.spec, inquiry.base
    assert base is not None
    for at, workload in enumerate(spec.workloads):
        key, stated, unit = demand_of(spec, at)

        def ask(value: float, at: int = at, stated: float = stated) -> "Answered | None":
            return inquiry.answer(with_demand(spec, at, value / stated))

        named = None if len(spec.workloads) == 1 else workload.name
        for up in (True, False):
            factors = TENFOLD if up else tuple(1.0 / factor for factor in TENFOLD)
            sweep = Sweep(stated, _on(Grid(), stated, factors), ask, base)
            yield from _along(sweep, {"of": "demand", "key": key, "workload": named, "up": up, "unit": unit})


def price_flips(inquiry: "Inquiry") -> Iterator[Flip]:
    """Yield where the choice changes as what it rents becomes dearer: its offer alone, its accelerator anywhere."""
    spec, base, tables = inquiry.spec, inquiry.base, inquiry.tables
    assert base is not None
    sold = tables[0].sellers
    keys = [(seller.offer.id, str(seller.price.purchase)) for seller in sold]
    names = [seller.node.accelerator for seller in sold]
    done: set[str] = set()
    for piece in base.pieces:
        at = keys.index((piece.offer, piece.purchase))
        price = sold[at].price.usd_per_unit_h
        alone = np.arange(len(sold)) == at
        everywhere = np.array([name == piece.accelerator for name in names])
        for key, chosen in (
            (f"price of {piece.offer}", alone),
            (f"price of {piece.accelerator} everywhere", everywhere),
        ):
            if price <= 0.0 or key in done:
                continue
            done.add(key)

            def ask(value: float, chosen=chosen, price: float = price) -> "Answered | None":  # type: ignore[no-untyped-def]  # noqa: ANN001
                return inquiry.answer(spec, inquiry.priced(tables, chosen, value / price))

            sweep = Sweep(price, _on(Grid(), price, PRICES), ask, base)
            unit = price_unit(sold[at])
            yield from _along(sweep, {"of": "price", "key": key, "up": True, "unit": unit})


def _along(sweep: Sweep, common: dict[str, object]) -> Iterator[Flip]:
    """Yield the nearest change of the choice, and the nearest that goes deeper where the first does not."""
    base = sweep.base

    def other(answer: "Answered | None") -> bool:
        return answer is None or answer.marks() != base.marks()

    def deeper(answer: "Answered | None") -> bool:
        return answer is None or answer.marks(DEEPER) != base.marks(DEEPER)

    first = sweep.first(other)
    end = _infeasible_from(sweep)
    plain = {**common, "start": sweep.stated, "tried_to": sweep.points[-1], "infeasible_from": end}
    answer = sweep.at(first[0]) if first else None
    if first is None or answer is None:
        yield Flip(**plain)
        return
    yield _flip(sweep, first, answer, plain)
    if answer.marks(DEEPER) != base.marks(DEEPER):
        return
    second = sweep.first(deeper)
    answer = sweep.at(second[0]) if second else None
    if second is not None and answer is not None:
        yield _flip(sweep, second, answer, plain)


def _flip(sweep: Sweep, found: tuple[float, float], answer: "Answered", plain: dict[str, object]) -> Flip:
    change = Change(
        key=str(plain["key"]),
        workload=plain.get("workload"),
        start=sweep.stated,
        last=found[1],
        to=found[0],
        unit=str(plain["unit"]),
        then=answer.outcome(),
    )
    return Flip(**plain, change=change, changes=sweep.base.changes_to(answer))


def _infeasible_from(sweep: Sweep) -> float | None:
    """Return the nearest number without a plan, where one was met on the way."""
    if not any(gone(sweep.at(point)) for point in sweep.points if point in sweep.answers):
        return None
    before = sweep.stated
    for point in sweep.points:
        if gone(sweep.at(point)):
            found = Sweep(before, (point,), sweep.at, sweep.base, sweep.grid, sweep.answers).first(gone)
            return found[0] if found else None
        before = point
    return None


def _on(grid: Grid, stated: float, factors: tuple[float, ...]) -> tuple[float, ...]:
    """Return the multiples of a number as they would be written."""
    return tuple(grid.at(grid.place(stated * factor)) for factor in factors)
