"""An independent check: recomputes every promise of a plan from the specification and the catalogue alone.

It never sees the solver nor the table of candidates: each pool is rebuilt from the names and numbers that the plan
prints, one configuration at a time.
"""

from typing import TYPE_CHECKING

from planner.plan.check_costs import cost_problems
from planner.plan.check_joint import joint_problems
from planner.plan.check_limits import limit_problems
from planner.plan.check_placement import capacity_left, per_replica, placement_problems
from planner.plan.check_pool import loaded_problems, pool_problems
from planner.plan.check_power import power_problems
from planner.plan.check_profile import profile_problems
from planner.plan.check_totals import demand_problems, total_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan, Pool, WorkloadPlan
    from planner.spec.schema import Spec, WorkloadSpec


def check_plan(plan: "Plan", spec: "Spec", catalog: "Catalog") -> tuple[str, ...]:
    """Return every promise of ``plan`` that does not hold, in words; empty when all do."""
    if not plan.found:
        return ()
    problems: list[str] = []
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        for index, pool in enumerate(served.pools):
            place = f"workloads[{workload.name}].pools[{index}]"
            problems += [f"{place}: {text}" for text in pool_problems(pool, workload, spec, catalog)]
            problems += [f"{place}: {text}" for text in after_loss(plan, pool, (workload, served), spec, catalog)]
        if plan.profile is None:
            problems += [f"workloads[{workload.name}]: {text}" for text in demand_problems(served, workload)]
    problems += limit_problems(plan, spec, catalog)
    if plan.profile is None or plan.profile.workloads is None:
        problems += power_problems(plan, spec, catalog)
    if plan.profile is not None:
        if plan.profile.workloads is not None:
            return (*problems, *joint_problems(plan, plan.profile, spec, catalog))
        return (*problems, *profile_problems(plan, plan.profile, spec, catalog))
    problems += placement_problems(plan, spec, catalog)
    problems += total_problems(plan, spec)
    problems += cost_problems(plan, spec)
    return tuple(problems)


def after_loss(
    plan: "Plan", pool: "Pool", of: "tuple[WorkloadSpec, WorkloadPlan]", spec: "Spec", catalog: "Catalog"
) -> "Iterator[str]":
    """Hold the SLO at the load that a replica carries when the worst that is to be survived is lost."""
    workload, served = of
    if workload.limits.survive is None or (workload.limits.survive.nodes and plan.placement is None):
        return
    left = capacity_left(plan, workload, served, catalog)
    if left > 0.0:
        rate = per_replica(pool, workload) * min(served.demand.requests_per_s / left, 1.0)
        for problem in loaded_problems(pool, rate, workload, spec, catalog):
            yield f"after a loss, at {rate:g} requests/s a replica: {problem}"
