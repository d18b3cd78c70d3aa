"""What a loser would need to win: its price, its memory bandwidth, or another promise; each found by solving."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.table import candidates
from planner.pipeline.answers import STAGES
from planner.plan.explanation import Need
from planner.reasons.changes import price_unit, with_limits
from planner.reasons.grids import Grid, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.candidates.table import Bools, Table
    from planner.catalog.catalog import Catalog
    from planner.pipeline.answers import Answered
    from planner.pipeline.inquiry import Inquiry
    from planner.reasons.changes import Promise
    from planner.reasons.options import Option
    from planner.reasons.sweeps import Sweep

LEAST_PRICE = 0.02
"""Share of today's price below which a discount is no longer asked for."""
MOST_BANDWIDTH = 8.0
ROUNDS = 8
STEP = 1e-3


def price_need(inquiry: "Inquiry", at: int, option: "Option", best: "Answered") -> Need | None:
    """Return the price at which a loser's accelerator, whoever sells it, wins for the workload.

    None where money is not what counts, or the plan runs on the same accelerator.
    """
    spec, base, tables = inquiry.spec, inquiry.base, inquiry.tables
    assert base is not None
    name = tables[at].workload.name
    mine = [piece for piece in best.pieces if piece.workload == name]
    used = {piece.accelerator for piece in base.pieces if piece.workload == name}
    by_cost = STAGES.get(spec.objective[0]) == "cost"
    if not by_cost or option.kind != "accelerator" or option.name in used or not mine:
        return None
    sold = tables[0].sellers
    chosen = np.array([seller.node.accelerator == option.name for seller in sold])
    masked = inquiry.masked(at, option.columns & (tables[at].rejected < 0))
    seller = next(s for s in sold if (s.offer.id, str(s.price.purchase)) == (mine[0].offer, mine[0].purchase))
    price = seller.price.usd_per_unit_h
    if price <= 0.0:
        return None

    def wins(value: float) -> bool:
        answer = inquiry.answer(spec, inquiry.priced(tables, chosen, value / price))
        return answer is not None and option.used_by(answer.pieces, name)

    unit = price_unit(seller)
    common = {"of": "price", "key": f"price of {seller.offer.id}", "start": price, "unit": unit}
    guess = _guess(inquiry, masked, (chosen, best))
    found = None if guess is None else _highest(Grid(), guess * price, wins)
    if found is None:
        far = nearest(Grid(), price, LEAST_PRICE * price, wins)
        found = None if far is None else far[0]
    return Need(**common, to=found, tried_to=LEAST_PRICE * price if found is None else None)


def _guess(inquiry: "Inquiry", masked: "tuple[Table, ...]", scaled: "tuple[Bools, Answered]") -> float | None:
    """Return the share of today's price at which the loser costs what the plan does, or None where none does.

    All its money scales with the price where it is alone. Beside other workloads the cost is concave in the price, so
    that each round along its slope comes nearer from below.
    """
    base, (chosen, best) = inquiry.base, scaled
    assert base is not None
    if len(masked) == 1:
        return base.usd_per_h / best.usd_per_h if best.usd_per_h else None
    share = LEAST_PRICE
    for _ in range(ROUNDS):
        here, beyond = (
            inquiry.answer(inquiry.spec, inquiry.priced(masked, chosen, share * step)) for step in (1.0, 1.0 + STEP)
        )
        if here is None or beyond is None or beyond.usd_per_h <= here.usd_per_h:
            return None
        further = share + (base.usd_per_h - here.usd_per_h) * share * STEP / (beyond.usd_per_h - here.usd_per_h)
        if further <= LEAST_PRICE or further - share <= STEP * share:
            return further if further > LEAST_PRICE else None
        share = further
    return share


def _highest(grid: Grid, guess: float, wins: "Callable[[float], bool]") -> float | None:
    """Return the highest number near a guess that wins while the next one does not; None where there is none near."""
    place = grid.place(guess) + 1
    if wins(grid.at(place)):
        return None
    for index in range(place - 1, place - 4, -1):
        if wins(grid.at(index)):
            return grid.at(index)
    return None


def bandwidth_need(inquiry: "Inquiry", at: int, name: str) -> Need | None:
    """Return the memory bandwidth at which an accelerator's best plan beats the plan, everything else as it is."""
    spec, base, catalog = inquiry.spec, inquiry.base, inquiry.catalog
    workload = spec.workloads[at]
    if base is None or workload.hourly or workload.requests_per_s is None:
        return None
    stated = catalog.accelerators[name].memory_bandwidth_gb_per_s
    alone = with_limits(spec, at if workload.limits is not spec.limits else None, accelerators=(name,))

    def beats(value: float) -> bool:
        faster = _faster(catalog, name, value)
        table = candidates(alone, alone.workloads[at], faster)
        tables = tuple(table if index == at else each for index, each in enumerate(inquiry.tables))
        answer = inquiry.answer(spec, tuple(replace(each, sellers=inquiry.tables[0].sellers) for each in tables))
        return answer is not None and answer.better_than(base)

    common = {"of": "bandwidth", "key": f"memory bandwidth of {name}", "start": stated, "unit": "GB/s"}
    found = nearest(Grid(digits=2), stated, MOST_BANDWIDTH * stated, beats)
    if found is None:
        return Need(**common, tried_to=MOST_BANDWIDTH * stated)
    return Need(**common, to=found[0])


def _faster(catalog: "Catalog", name: str, bandwidth: float) -> "Catalog":
    changed = catalog.accelerators[name].model_copy(update={"memory_bandwidth_gb_per_s": bandwidth})
    return replace(catalog, accelerators={**catalog.accelerators, name: changed})


def promise_needs(
    inquiry: "Inquiry", at: int, option: "Option", sweeps: "dict[tuple[Promise, bool], Sweep]"
) -> "Iterator[Need]":
    """Yield the bounds at which the whole request is best served with the option, the nearest each way."""
    name = inquiry.tables[at].workload.name
    for (promise, _), sweep in sweeps.items():
        if promise.at != at:
            continue

        def used(answer: "Answered | None") -> bool:
            return answer is not None and option.used_by(answer.pieces, name)

        if not any(used(answer) for answer in sweep.answers.values()):
            continue
        found = sweep.first(used)
        if found is not None:
            yield Need(of=promise.metric, key=promise.key(inquiry.spec), start=promise.stated, to=found[0], unit="ms")
