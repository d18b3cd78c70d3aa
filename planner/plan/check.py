"""An independent check: recomputes every promise of a plan from the specification and the catalogue alone.

It never sees the solver nor the table of candidates: each pool is rebuilt from the names and numbers that the plan
prints, one configuration at a time. Which promise is held where stands at the head of each ``check_*`` file.
"""

from typing import TYPE_CHECKING

from planner.plan.check_costs import cost_problems
from planner.plan.check_facts import assumption_problems, evidence_problems, request_problems
from planner.plan.check_joint import joint_problems
from planner.plan.check_limits import limit_problems
from planner.plan.check_objective import objective_problems
from planner.plan.check_others import binding_problems
from planner.plan.check_placement import capacity_left, per_replica, placement_problems, unit_problems
from planner.plan.check_pool import loaded_problems, pool_problems
from planner.plan.check_power import carbon_problems, power_problems
from planner.plan.check_profile import profile_problems
from planner.plan.check_rebuilt import Rebuilt, rebuilt
from planner.plan.check_runner_up import runner_up_problems
from planner.plan.check_shape import shape_problems, unfound_problems
from planner.plan.check_totals import demand_problems, per_token, total_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan, Pool, WorkloadPlan
    from planner.spec.schema import Spec


def check_plan(plan: "Plan", spec: "Spec", catalog: "Catalog") -> tuple[str, ...]:
    """Return every promise of ``plan`` that does not hold, in words; empty when all do."""
    if not plan.found:
        return tuple(unfound_problems(plan))
    problems: list[str] = [*shape_problems(plan, spec)]
    if problems:
        return tuple(problems)
    built: list[tuple[Rebuilt, ...]] = []
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        place = f"workloads[{workload.name}]"
        made = [rebuilt(pool, workload, spec, catalog) for pool in served.pools]
        for index, each in enumerate(made):
            found = [_not_sold(served.pools[index])] if each is None else [*pool_problems(each)]
            problems += [f"{place}.pools[{index}]: {text}" for text in found]
        problems += [f"{place}: {text}" for text in request_problems(served, workload)]
        problems += [f"{place}: {text}" for text in demand_problems(served, workload, profiled=bool(plan.profile))]
        built.append(tuple(each for each in made if each is not None))
    # whatever follows rests on pools that stand
    return tuple(problems or _on_the_whole(plan, spec, catalog, built))


def _on_the_whole(plan: "Plan", spec: "Spec", catalog: "Catalog", built: "list[tuple[Rebuilt, ...]]") -> list[str]:
    """Promises that several pools keep together, in words where they do not."""
    problems = [*limit_problems(plan, spec, catalog), *carbon_problems(plan, spec)]
    problems += evidence_problems(plan, spec, catalog, built)
    problems += assumption_problems(plan, spec)
    problems += runner_up_problems(plan, spec, catalog)
    problems += binding_problems(plan, spec)
    problems += objective_problems(plan, spec, built)
    problems += unit_problems(plan, spec)
    if plan.profile is not None and plan.profile.workloads is not None:
        joint = [*joint_problems(plan, plan.profile, spec, catalog)]
        return [*problems, *(joint or _together(plan, spec, catalog, built))]
    problems += power_problems(plan, spec, catalog)
    problems += placement_problems(plan, spec, catalog)
    for each in (one for pools in built for one in pools):
        problems += after_loss(plan, each, catalog)
    problems += total_problems(plan, spec, built)
    problems += cost_problems(plan, spec, built)
    if plan.profile is not None:
        problems += profile_problems(plan, plan.profile, spec, catalog)
    return problems


def _together(plan: "Plan", spec: "Spec", catalog: "Catalog", built: "list[tuple[Rebuilt, ...]]") -> list[str]:
    """Power and money of workloads that share a mix."""
    problems = [*power_problems(plan, spec, catalog), *cost_problems(plan, spec, built)]
    return problems if plan.totals is None else [*problems, *per_token(plan, plan.totals, spec)]


def _not_sold(pool: "Pool") -> str:
    formats = f"{pool.weight_format}/{pool.kv_format} with {pool.engine}, {pool.max_num_batched_tokens} tokens a batch"
    return f"offer {pool.offer!r} ({pool.purchase}) in {formats} is not on sale here"


def after_loss(plan: "Plan", built: Rebuilt, catalog: "Catalog") -> "Iterator[str]":
    """Hold the SLO at the load that a replica carries when the worst that is to be survived is lost."""
    workload, survive = built.workload, built.workload.limits.survive
    if survive is None or (survive.nodes and plan.placement is None):
        return
    served: WorkloadPlan = next(each for each in plan.workloads if each.name == workload.name)
    left = capacity_left(plan, workload, served, catalog)
    if left > 0.0:
        rate = per_replica(built.pool, workload) * min(served.demand.requests_per_s / left, 1.0)
        for problem in loaded_problems(built, rate):
            yield f"after a loss, at {rate:g} requests/s a replica of {workload.name}: {problem}"
