"""An independent check: recomputes every promise of a plan from the specification and the catalogue alone.

It never sees the solver nor the table of candidates: each pool is rebuilt from the names and numbers that the plan
prints, one configuration at a time.
"""

from typing import TYPE_CHECKING

from planner.plan.check_costs import cost_problems
from planner.plan.check_joint import joint_problems
from planner.plan.check_limits import limit_problems
from planner.plan.check_pool import pool_problems
from planner.plan.check_power import power_problems
from planner.plan.check_profile import profile_problems
from planner.plan.check_totals import demand_problems, total_problems

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan
    from planner.spec.schema import Spec


def check_plan(plan: "Plan", spec: "Spec", catalog: "Catalog") -> tuple[str, ...]:
    """Return every promise of ``plan`` that does not hold, in words; empty when all do."""
    if not plan.found:
        return ()
    problems: list[str] = []
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        for index, pool in enumerate(served.pools):
            place = f"workloads[{workload.name}].pools[{index}]"
            problems += [f"{place}: {text}" for text in pool_problems(pool, workload, spec, catalog)]
        if plan.profile is None:
            problems += [f"workloads[{workload.name}]: {text}" for text in demand_problems(served, workload)]
    problems += limit_problems(plan, spec, catalog)
    if plan.profile is None or plan.profile.workloads is None:
        problems += power_problems(plan, spec, catalog)
    if plan.profile is not None:
        if plan.profile.workloads is not None:
            return (*problems, *joint_problems(plan, plan.profile, spec, catalog))
        return (*problems, *profile_problems(plan, plan.profile, spec, catalog))
    problems += total_problems(plan, spec)
    problems += cost_problems(plan, spec)
    return tuple(problems)
