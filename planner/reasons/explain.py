"""Specification -> plan -> the same request asked again and again -> why this plan, or why none."""

import time
from typing import TYPE_CHECKING

from planner.catalog.loader import load_catalog
from planner.pipeline.held import held
from planner.pipeline.inquiry import Inquiry
from planner.pipeline.solve import TIME_LIMIT_S, solve
from planner.plan.explanation import Explained, Flip, Held, Rival, Served
from planner.plan.pools import Chosen
from planner.reasons.flips import demand_flips, price_flips, promise_flips, promise_sweeps
from planner.reasons.infeasible import nearest_pieces, relaxations
from planner.reasons.rivals import rivals
from planner.reasons.shadows import shadows

if TYPE_CHECKING:
    from typing import Any

    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan
    from planner.spec.schema import Spec


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
    NoAnswerError
        When the time does not suffice for all questions.
    CatalogError
        When the request needs a figure that the catalogue lacks.
    """
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
        notes=plan.notes,
        input=plan.input,
        tool=plan.tool,
        **found,
        solved=inquiry.solved,
    )


def _why(inquiry: Inquiry, plan: "Plan") -> "dict[str, Any]":
    assert inquiry.base is not None
    base = inquiry.base
    steady = not inquiry.spec.workloads[0].hourly
    sweeps = promise_sweeps(inquiry) if steady else {}
    flips: list[Flip] = []
    if steady:
        flips = [*promise_flips(inquiry, sweeps), *demand_flips(inquiry), *price_flips(inquiry)]
    lost: tuple[Rival, ...] = rivals(inquiry, sweeps)
    return {
        "chosen": base.outcome(),
        "held": _held(inquiry, plan),
        "shadows": shadows(inquiry) if steady else (),
        "rivals": lost,
        "flips": tuple(flips),
    }


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
    return {
        "clash": clash,
        "relaxations": tuple(relaxations(inquiry, clash)),
        "nearest": tuple(nearest_pieces(inquiry)),
    }
