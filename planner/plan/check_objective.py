"""What was minimised, recomputed: its name, value and order from the request, its bound from the gap.

Promises kept here: each objective asked for stands in its order, its value that of the plan; bound and gap fit it, and
an optimum has no gap.
"""

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.concurrency import rate_in_flight
from planner.candidates.quality import kept
from planner.perf.capacity import capacity
from planner.plan.check_totals import close
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.plan.check_rebuilt import Rebuilt
    from planner.plan.record import Objective, Plan
    from planner.spec.schema import Spec

TOLERANCE = 1e-3
PROVEN = {"optimal": "OPTIMAL", "feasible": "FEASIBLE"}
PPM = 1e6


def objective_problems(plan: "Plan", spec: "Spec", built: "Sequence[tuple[Rebuilt, ...]]") -> "Iterator[str]":
    """Every objective whose value, bound or gap does not fit the plan, in words."""
    shown = (plan.objective, *(plan.objective.then or ()))
    if tuple(each.name for each in shown) != tuple(spec.objective):
        yield f"objectives {', '.join(each.name for each in shown)}, asked {', '.join(spec.objective)}"
        return
    if any(each.then is not None for each in shown[1:]):
        yield "objective.then: objectives stand one after another, not in one another"
    for each in shown:
        true = _value(each.name, plan, built)
        if each.value is None or (true is not None and not close(each.value, true, TOLERANCE)):
            yield f"objective.value of {each.name}: {each.value} shown, {true} found"
        yield from _proof(each, plan.status)
    if PROVEN[plan.status] != plan.solver.status:
        yield f"status {plan.status}, the solver says {plan.solver.status}"


def _proof(shown: "Objective", status: str) -> "Iterator[str]":
    """Hold the bound against value and gap: it lies below the value by the gap, at an optimum they are one."""
    if shown.value is None or shown.bound is None or shown.gap is None:
        yield f"objective {shown.name}: value, bound or gap is not shown"
        return
    if status == "optimal" and shown.gap != 0.0:
        yield f"status optimal with a gap of {shown.gap:g}"
    if not 0.0 <= shown.gap <= 1.0 or abs(shown.value * (1.0 - shown.gap) - shown.bound) > 1e-4 * abs(shown.value):
        yield f"objective.bound {shown.bound:g} is not {shown.value:g} less a gap of {shown.gap:g}"


def _value(name: str, plan: "Plan", built: "Sequence[tuple[Rebuilt, ...]]") -> float | None:
    in_totals = {"energy": "energy_wh_per_mtok"}.get(name, name)
    if plan.totals is not None and in_totals in type(plan.totals).model_fields:
        value = getattr(plan.totals, in_totals)
        return None if value is None else float(value)
    of_pool = {"ttft": _ttft_ms, "quality": _lost}.get(name)
    return None if of_pool is None else sum(max(map(of_pool, pools), default=0.0) for pools in built)


def _ttft_ms(built: "Rebuilt") -> float:
    """Mean TTFT of a replica that carries all it may [ms], to the microsecond."""
    if built.in_flight:
        _, ttft_s, _ = rate_in_flight(built.service, np.array([built.in_flight / built.pool.replicas]))
        return ceil(float(ttft_s[0]) * 1e6) / 1e3
    full = capacity(built.service, built.bounds())
    return ceil(float(full.ttft_s[0, 0]) * MS_PER_S * 1e3) / 1e3


def _lost(built: "Rebuilt") -> float:
    loss = 1.0 - float(np.nan_to_num(kept((built.setting,), built.workload))[0])
    return ceil(round(loss * PPM, 3)) / PPM
