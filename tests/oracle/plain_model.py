"""The plain integer model of a fleet for HiGHS: replicas of every column, units of every offer. No patterns.

Only for sizes that divide one another, and without losses of nodes or regions to keep apart.
"""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from planner.solve.problem import Problem
from planner.solve.rows import shared_rows

EXACT = 1e-9


@dataclass(frozen=True)
class Plain:
    """What HiGHS answers: its status, the least cost [micro-USD/h] found, and the bound."""

    status: str
    cost: float
    bound: float


def solve_plain(problem: Problem, time_limit_s: float = 60.0) -> Plain:
    """Minimise cost over replicas ``n[w, c]``, use ``y[w, c]`` and units ``u[o]``."""
    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    model.silent()
    model.setOptionValue("time_limit", time_limit_s)
    model.setOptionValue("mip_rel_gap", EXACT)
    model.setOptionValue("threads", 1)
    unit = np.array([offer.accelerators for offer in problem.offers])
    units = [model.addIntegral(lb=0, obj=offer.cost_uusd_per_h) for offer in problem.offers]
    inside: list[list[tuple[int, Any]]] = [[] for _ in units]
    whole: list[list[tuple[int, Any]]] = [[] for _ in units]
    for workload in problem.workloads:
        columns = workload.columns
        losses = workload.survive_replicas
        made, used = [], []
        for offer, size, each in zip(
            columns.offer.tolist(), columns.accelerators.tolist(), columns.capacity_urps.tolist(), strict=True
        ):
            most = -(-workload.demand_urps // each) + losses if each else 0
            n, y = model.addIntegral(lb=0, ub=most), model.addBinary()
            model.addConstr(n <= most * y)
            made.append(each * n - losses * each * y)
            used.append(y)
            place = inside if size < unit[offer] else whole
            place[offer].append((size if size < unit[offer] else -(-size // int(unit[offer])), n))
        model.addConstr(sum(used) <= 1 if losses else sum(used) <= workload.max_pools)
        model.addConstr(sum(made) >= workload.demand_urps)
    for offer, bought in enumerate(units):
        filled = sum(across * n for across, n in whole[offer])
        lying = sum(size * n for size, n in inside[offer])
        model.addConstr(int(unit[offer]) * bought >= int(unit[offer]) * filled + lying)
    for row in shared_rows(problem):
        counted = np.flatnonzero(row.coefficients).tolist()
        if counted:
            model.addConstr(sum(int(row.coefficients[o]) * units[o] for o in counted) <= row.limit)
    model.minimize()
    info = model.getInfo()
    return Plain(model.modelStatusToString(model.getModelStatus()), info.objective_function_value, info.mip_dual_bound)
