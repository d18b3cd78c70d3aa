"""The money of a plan for the report: figures, and a bar of what an hour's cost buys."""

from typing import Any

from planner.plan.record import Plan
from planner.render.costs import SPENT, cost_rows, energy_rows
from planner.render.html.bars import stacked
from planner.render.numbers import counted, short
from planner.render.plain import plain


def money_section(plan: Plan) -> dict[str, Any] | None:
    """Return rows and the bar; ``None`` where nothing is paid because there is no plan."""
    totals = plan.totals
    if totals is None:
        return None
    rows = [
        ("USD/h", short(totals.usd_per_h), f"{counted(totals.accelerators, 'accelerator')}"),
        ("USD per million tokens", short(totals.usd_per_mtok), "over input and output"),
        ("USD per million output tokens", short(totals.usd_per_mtok_output), "all cost charged to output"),
        *energy_rows(totals),
    ]
    if plan.costs is not None:
        spent = {SPENT[name]: value for name in SPENT if (value := getattr(plan.costs.usd_of_month, name))}
        month = short(plan.costs.usd_per_month)
        rows += cost_rows(plan.costs)
        return {"rows": rows, "title": "Where a month's money goes", "total": f"{month} USD", "bar": stacked(spent)}
    return {"rows": rows, "title": "Where an hour's money goes", **_by_pool(plan, totals.usd_per_h)}


def _by_pool(plan: Plan, usd_per_h: float) -> dict[str, Any]:
    split: dict[str, float] = {}
    for workload in plan.workloads:
        for number, pool in enumerate(workload.pools, start=1):
            name = plain(workload.name if len(plan.workloads) > 1 else pool.accelerator_name or pool.accelerator)
            name += f", pool {number}" if len(workload.pools) > 1 else ""
            used = pool.usd_per_h * min(pool.utilisation, 1.0)
            split[f"{name}: in use"] = split.get(f"{name}: in use", 0.0) + used
    note = (
        "In use: the share of each pool's capacity that the load takes. The rest is headroom for the SLO and for peaks."
    )
    bar = stacked(split, whole=usd_per_h, free="not in use")
    return {"total": f"{short(usd_per_h)} USD/h", "bar": bar, "note": note}
