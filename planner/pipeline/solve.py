"""Specification -> candidates -> integer problem -> proof -> plan, checked."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.candidates.concurrency import at_concurrency
from planner.candidates.table import candidates as candidates_of
from planner.catalog.loader import load_catalog
from planner.errors import NoAnswerError, SolverBug
from planner.pipeline.arguments import check_time_limit
from planner.pipeline.joint_profile import solve_joint_profile
from planner.pipeline.profile import solve_profile
from planner.pipeline.refute import refutation
from planner.pipeline.risk import at_equal_risk, varies
from planner.pipeline.translate import question
from planner.pipeline.why import Reasons, explanation
from planner.plan.assemble import Answer, Proof, assemble
from planner.plan.carbon import with_carbon
from planner.plan.check import check_plan
from planner.plan.pools import Chosen, Held
from planner.solve.solver import solve_problem
from planner.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from planner.candidates.rows import Physical
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.pipeline.translate import Question
    from planner.plan.record import Plan
    from planner.solve.effort import Progress
    from planner.solve.solution import Solution
    from planner.spec.schema import Spec

TIME_LIMIT_S = 60.0


@dataclass(frozen=True)
class Watch:
    """Who looks on: ``tell`` hears of every better plan and bound, ``stop`` ends the search once it is set."""

    tell: "Callable[[Progress], None] | None" = None
    stop: "Event | None" = None


UNWATCHED = Watch()


def solve(
    spec: "Spec",
    *,
    catalog: "Catalog | None" = None,
    time_limit_s: float = TIME_LIMIT_S,
    timing: bool = False,
    costs: bool = False,
    watch: Watch = UNWATCHED,
) -> "Plan":
    """Return the cheapest plan that keeps every promise, with its proof; or why there is none.

    Parameters
    ----------
    spec
        The request, from :func:`planner.load_spec`.
    catalog
        The catalogue, from :func:`planner.load_catalog`; the bundled one by default.
    time_limit_s
        Clock time [s] that the solver may take.
    timing
        Whether the plan carries the seconds that each part took.
    costs
        Whether the plan says where the money goes; it does so anyway where there are overheads.
    watch
        Who hears of better plans and bounds while the search runs, and may end it with the best plan so far.

    Raises
    ------
    CatalogError
        When the request needs a figure that the catalogue lacks.
    SpecError
        When ``time_limit_s`` is negative or not finite.
    SolverBug
        When the independent check disagrees with the answer.
    """
    check_time_limit(time_limit_s)
    started = time.monotonic()
    catalog = catalog or load_catalog()
    known: dict[tuple[str, bytes], Physical] = {}
    tables = candidates(spec, catalog=catalog, known=known)
    mixed = _over_time(spec, tables, time_limit_s, costs=costs)
    if mixed is not None and mixed.status != "infeasible":
        return _checked(_compared(mixed, spec, catalog, time_limit_s), spec, catalog)
    evaluated = time.monotonic()
    asked = question(spec, tables)
    effort = {"seed": spec.seed, "workers": spec.workers}
    solution = solve_problem(asked.problem, time_limit_s=time_limit_s, **effort, progress=watch.tell, stop=watch.stop)
    if mixed is not None and solution.status != "infeasible":
        return mixed
    solved = time.monotonic()
    stopped = watch.stop is not None and watch.stop.is_set()
    left = 1.0 if stopped else max(1.0, time_limit_s - (solved - evaluated))
    answer = _answer(asked, solution)
    if solution.status == "infeasible":
        answer = refutation(spec, catalog, answer, left, known)
    elif answer.chosen:
        answer = _explained(Reasons(spec, catalog, asked, answer, time.monotonic() + left, known))
    if timing:
        parts = {"candidates": evaluated - started, "solve": solved - evaluated, "explain": time.monotonic() - solved}
        answer = answer.with_timing(parts)
    plan = assemble(spec, catalog, tables, replace(answer, priced=costs))
    return _checked(_compared(plan, spec, catalog, time_limit_s), spec, catalog)


def _compared(plan: "Plan", spec: "Spec", catalog: "Catalog", time_limit_s: float) -> "Plan":
    """Return the plan with its tenancies compared at equal risk, where it has costs and throughput varies."""
    if plan.costs is None or not plan.found or not varies(spec):
        return plan

    def price(asked: "Spec") -> float | None:
        tables = candidates(asked, catalog=catalog)
        mixed = _over_time(asked, tables, time_limit_s, costs=False)
        if mixed is not None:
            return mixed.totals.usd_per_h if mixed.totals and mixed.found else None
        problem = question(asked, tables).problem
        found = solve_problem(problem, time_limit_s=time_limit_s, seed=asked.seed, workers=asked.workers)
        return found.stages[0].value / US_PER_S if found.stages and found.stages[0].name == "cost" else None

    own = {pool.tenancy for served in plan.workloads for pool in served.pools}
    lone = len(own) == 1 and plan.profile is None and plan.totals is not None and spec.objective[0].startswith("usd")
    known = {own.pop(): plan.totals.usd_per_h} if lone and plan.totals is not None else {}
    costs = plan.costs.model_copy(update={"equal_risk": at_equal_risk(spec, price, known)})
    return plan.model_copy(update={"costs": costs})


def _explained(reasons: Reasons) -> Answer:
    """Return the answer with its reasons, or as it is where no time is left for them."""
    try:
        return explanation(reasons)
    except NoAnswerError:
        return replace(reasons.answer, notes=(*reasons.answer.notes, "No time was left to say why this plan."))


def _over_time(spec: "Spec", tables: "tuple[Table, ...]", time_limit_s: float, *, costs: bool) -> "Plan | None":
    """Return the plan over a demand that changes; ``None`` where every demand is steady."""
    if not any(table.workload.hourly for table in tables):
        return None
    if len(tables) > 1:
        return solve_joint_profile(spec, tables, time_limit_s, costs=costs)
    return solve_profile(spec, tables[0], time_limit_s, costs=costs)


def _checked(plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Plan":
    """Return the plan, with what it emits, when the independent check agrees with it."""
    plan = with_carbon(plan, spec)
    problems = check_plan(plan, spec, catalog) if plan.found else ()
    if problems:
        raise SolverBug("the independent check disagrees with the plan:\n" + "\n".join(problems))
    return plan


def candidates(
    spec: "Spec", *, catalog: "Catalog | None" = None, known: "dict[tuple[str, bytes], Physical] | None" = None
) -> "tuple[Table, ...]":
    """Return every column considered, one table a workload, each rejection with the number that decided.

    ``known`` keeps the physics for further questions about the same request.
    """
    chosen = catalog or load_catalog()
    tables = (candidates_of(spec, workload, chosen, frozenset(), known) for workload in spec.workloads)
    return tuple(at_concurrency(t) if t.workload.requests_per_s is None else t for t in tables)


def _answer(asked: "Question", solution: "Solution") -> Answer:
    """Read the solver's integers back into columns and loads."""
    chosen = []
    for table, index, pools in zip(asked.tables, asked.columns, solution.pools, strict=False):
        picked = [(int(index[pool.column]), pool.replicas, pool.spread) for pool in pools]
        offered = sum(float(table.requests_per_s[column]) * replicas for column, replicas, _ in picked)
        chosen.append(
            tuple(
                Chosen(column, n, table.demand * float(table.requests_per_s[column]) * n / offered, spread)
                for column, n, spread in picked
            )
        )
    units = tuple((asked.sellers[index], count) for index, count in enumerate(solution.units) if count)
    proof = Proof(
        solution.status,
        tuple((stage.name, stage.value, stage.bound, stage.gap) for stage in solution.stages),
        (solution.solver_name, solution.solver_version, solution.solver_status, solution.seed),
    )
    held = tuple(Held(asked.sellers[u.offer], u.count, u.across, u.holds) for u in solution.arrangement)
    return Answer(proof, tuple(chosen), units, held)
