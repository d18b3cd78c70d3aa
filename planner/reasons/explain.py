"""Specification -> plan -> the same request asked again and again -> why this plan, or why none."""

import time
from typing import TYPE_CHECKING

from planner.catalog.loader import load_catalog
from planner.errors import NoAnswerError
from planner.pipeline.arguments import check_time_limit
from planner.pipeline.held import held
from planner.pipeline.inquiry import Inquiry
from planner.pipeline.solve import solve
from planner.plan.explanation import Explained, Held, Served
from planner.plan.pools import Chosen
from planner.reasons.flips import demand_flips, price_flips, promise_flips, promise_sweeps
from planner.reasons.infeasible import nearest_pieces, relaxations
from planner.reasons.rivals import rivals
from planner.reasons.shadows import shadows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan
    from planner.reasons.changes import Promise
    from planner.reasons.sweeps import Sweep
    from planner.spec.schema import Spec

TIME_LIMIT_S = 120.0
FEW = 3
"""Workloads up to which the choice is followed along each number first: then it is known which bounds losers need."""
NAMES = {
    "rivals": "the best of each kind and their needs",
    "shadows": "what the limits cost",
    "flips": "the points where the choice changes",
    "nearest": "the pieces that come nearest",
    "relaxations": "the relaxations",
}
HOURLY = "Of a demand over time only the best of each kind is asked: limits and flip points take a steady rate."


def explain(spec: "Spec", *, catalog: "Catalog | None" = None, time_limit_s: float = TIME_LIMIT_S) -> Explained:
    """Return why the plan of least cost is what it is: what binds, who loses and why, where the choice changes.

    Parameters
    ----------
    spec
        The request, from :func:`planner.load_spec`.
    catalog
        The catalogue, from :func:`planner.load_catalog`; the bundled one by default.
    time_limit_s
        Clock time [s] for everything.

    Raises
    ------
    SpecError
        When ``time_limit_s`` is negative or not finite.
    CatalogError
        When the request needs a figure that the catalogue lacks.
    """
    check_time_limit(time_limit_s)
    deadline_s = time.monotonic() + time_limit_s
    catalog = catalog or load_catalog()
    plan = solve(spec, catalog=catalog, time_limit_s=time_limit_s)
    inquiry = Inquiry(spec, catalog, deadline_s)
    found: dict[str, Any] = {}
    if plan.found and inquiry.base is not None:
        found = _why(inquiry, plan)
    elif plan.status == "infeasible":
        found = _why_not(inquiry, plan)
    return Explained(
        status=plan.status,
        objective=plan.objective.name,
        workloads=tuple(Served(name=w.name, model=w.model, demand=w.demand) for w in plan.workloads),
        totals=plan.totals,
        input=plan.input,
        tool=plan.tool,
        **{"notes": plan.notes, **found},
        solved=inquiry.solved,
    )


def _why(inquiry: Inquiry, plan: "Plan") -> "dict[str, Any]":
    """Ask section by section, the most telling first; what the time no longer allows is named in the notes."""
    base = inquiry.base
    assert base is not None
    found: dict[str, Any] = {"chosen": base.outcome(), "held": _held(inquiry, plan)}
    hourly = inquiry.hourly
    sweeps: dict[tuple[Promise, bool], Sweep] = {} if hourly else promise_sweeps(inquiry)
    asked: dict[str, list[Callable[[], Iterable[Any]]]] = {"rivals": [lambda: rivals(inquiry, sweeps)]}
    if not hourly:
        along = [lambda: promise_flips(inquiry, sweeps), lambda: demand_flips(inquiry), lambda: price_flips(inquiry)]
        first: dict[str, list[Callable[[], Iterable[Any]]]] = {"shadows": [lambda: shadows(inquiry)]}
        flips: dict[str, list[Callable[[], Iterable[Any]]]] = {"flips": [*along]}
        asked = first | (flips | asked if len(inquiry.tables) <= FEW else asked | flips)
    return found | _in_time(asked, plan, [HOURLY] if hourly else [])


def _in_time(asked: "dict[str, list[Callable[[], Iterable[Any]]]]", plan: "Plan", notes: list[str]) -> "dict[str, Any]":
    found: dict[str, list[Any]] = {name: [] for name in asked}
    for name, questions in asked.items():
        try:
            for question in questions:
                for item in question():
                    found[name].append(item)
        except NoAnswerError:
            notes.append(f"The time limit was reached: {NAMES[name]} are not complete (raise --time-limit).")
    return {name: tuple(items) for name, items in found.items()} | {"notes": (*plan.notes, *notes)}


def _held(inquiry: Inquiry, plan: "Plan") -> tuple[Held, ...]:
    """Return what holds a replica of each workload's first pool; not where the pools are those of the busiest hour."""
    base = inquiry.base
    if base is None or not base.columns:
        return ()
    shown = []
    for table, columns, served in zip(inquiry.tables, base.columns, plan.workloads, strict=True):
        pool = served.pools[0]
        shown.append(held(inquiry.spec, table, Chosen(columns[0], pool.replicas, pool.requests_per_s)))
    return tuple(shown)


def _why_not(inquiry: Inquiry, plan: "Plan") -> "dict[str, Any]":
    clash = plan.clash or ()
    asked: dict[str, list[Callable[[], Iterable[Any]]]] = {
        "nearest": [lambda: nearest_pieces(inquiry)],
        "relaxations": [lambda: relaxations(inquiry, clash)],
    }
    return {"clash": clash, **_in_time(asked, plan, [])}
