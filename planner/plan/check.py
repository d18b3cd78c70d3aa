"""An independent check: recomputes every promise of a plan from the specification and the catalogue alone.

It never sees the solver nor the table of candidates: each pool is rebuilt from the names and numbers that the plan
prints, one configuration at a time.
"""

from typing import TYPE_CHECKING

from planner.plan.check_costs import cost_problems
from planner.plan.check_facts import evidence_problems, request_problems
from planner.plan.check_limits import limit_problems
from planner.plan.check_objective import objective_problems
from planner.plan.check_pool import pool_problems
from planner.plan.check_power import power_problems
from planner.plan.check_profile import profile_problems
from planner.plan.check_rebuilt import Rebuilt, rebuilt
from planner.plan.check_runner_up import runner_up_problems
from planner.plan.check_totals import demand_problems, total_problems

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan, Pool
    from planner.spec.schema import Spec


def check_plan(plan: "Plan", spec: "Spec", catalog: "Catalog") -> tuple[str, ...]:
    """Return every promise of ``plan`` that does not hold, in words; empty when all do."""
    if not plan.found:
        return () if not any(served.pools for served in plan.workloads) else (f"{plan.status}, and pools are shown",)
    problems: list[str] = []
    built: list[tuple[Rebuilt, ...]] = []
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        place = f"workloads[{workload.name}]"
        made = [rebuilt(pool, workload, spec, catalog) for pool in served.pools]
        for index, each in enumerate(made):
            found = [_not_sold(served.pools[index])] if each is None else pool_problems(each)
            problems += [f"{place}.pools[{index}]: {text}" for text in found]
        problems += [f"{place}: {text}" for text in request_problems(served, workload)]
        problems += [f"{place}: {text}" for text in demand_problems(served, workload, profiled=bool(plan.profile))]
        built.append(tuple(each for each in made if each is not None))
    if problems:  # whatever follows rests on pools that stand
        return tuple(problems)
    problems += limit_problems(plan, spec, catalog)
    problems += power_problems(plan, spec, catalog)
    problems += total_problems(plan, spec)
    problems += objective_problems(plan, spec, built)
    problems += cost_problems(plan, spec, built)
    problems += evidence_problems(plan, spec, catalog, built)
    problems += runner_up_problems(plan, spec, catalog)
    if plan.profile is not None:
        problems += profile_problems(plan, plan.profile, spec, catalog)
    return tuple(problems)


def _not_sold(pool: "Pool") -> str:
    formats = f"{pool.weight_format}/{pool.kv_format} with {pool.engine}, {pool.max_num_batched_tokens} tokens a batch"
    return f"offer {pool.offer!r} ({pool.purchase}) in {formats} is not on sale here"
