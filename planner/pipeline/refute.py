"""Why there is no plan: groups that cannot hold together, and for each number the nearest that would do."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.narrowing import narrowed
from planner.candidates.quality import kept
from planner.candidates.table import candidates, laid_out
from planner.pipeline.in_flight import clash_in_flight
from planner.pipeline.nearest import nearest_factor
from planner.pipeline.promising import at_most, foremost, nothing, promising_rows
from planner.pipeline.translate import question
from planner.plan.record import Relaxation
from planner.solve.clash import clash
from planner.solve.solver import is_feasible, solve_problem
from planner.spec.limits import ALLOW_LISTS, Limits
from planner.units import MICRO, MS_PER_S, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.rows import Physical
    from planner.candidates.table import Bools, Table
    from planner.catalog.catalog import Catalog
    from planner.pipeline.translate import Question
    from planner.plan.assemble import Answer
    from planner.solve.problem import Problem
    from planner.solve.solution import Solution
    from planner.spec.schema import Spec

METRICS = ("ttft", "tpot", "e2e")
FILTERS = ("accelerators", "providers", "regions", "tenancy", "fabric", "formats", "quality", *METRICS)
MODEL_GROUPS = {
    "max_accelerators": "limits.max_accelerators",
    "budget": "limits.max_usd_per_h",
    "inventory": "limits.inventory",
    "survive": "limits.survive",
    "apart": "apart",
}
NAMES = {"fabric": "limits.fabrics"} | {
    name: f"limits.{name}" for name in ("accelerators", "providers", "regions", "tenancy")
}
NAMES |= MODEL_GROUPS
SLACK = 1e-3
"""What a worked-out relaxation of a latency gets on top, for the grid on which capacities are found."""
GRID = 1.01
"""A latency relaxed by this much less leaves the request impossible."""
FEW = 400
"""Rows of each kind, the first in some latency or in rate, that are asked before all others."""
FURTHEST = 1000.0
"""Factor on a latency beyond which nothing is looked for."""
TENTHS_OF_MILLE = 1e4
"""A floor on quality is relaxed to four decimals, rounded down so that it is met."""


@dataclass(frozen=True)
class _Request:
    """One request, and the problem that remains when some of its groups do not hold."""

    spec: "Spec"
    catalog: "Catalog"
    deadline: float
    known: "dict[tuple[str, bytes], Physical]"
    """Physics evaluated so far: bounds and limits change, machines do not."""
    laid: "dict[frozenset[str], tuple[Table, ...]]" = field(default_factory=dict)
    """Candidates before any latency is looked at, by the filters that are left out."""

    def decisive(self, left_out: frozenset[str]) -> "Problem":
        """Return a problem with a plan exactly if the request without some groups has one: over few columns if so."""
        rows = self._promising(left_out)
        few = tuple(foremost(table, mine, FEW) for table, mine in zip(self._laid_out(left_out), rows, strict=True))
        problem = self._asked(left_out, few).problem
        if all(np.array_equal(*pair) for pair in zip(few, rows, strict=True)):
            return problem
        return problem if is_feasible(problem, time_limit_s=self.seconds) else self._asked(left_out, rows).problem

    def asked(self, left_out: frozenset[str]) -> "Question":
        """Return the question without some groups, over the columns that might answer it if no latency mattered."""
        return self._asked(left_out, self._promising(left_out))

    def of(self, spec: "Spec") -> "_Request":
        """Return the same for a request that differs in bounds on latencies alone."""
        return replace(self, spec=spec)

    def _laid_out(self, left_out: frozenset[str]) -> "tuple[Table, ...]":
        filters = (left_out & set(FILTERS)) - set(METRICS)
        if filters not in self.laid:
            tables = (laid_out(self.spec, each, self.catalog, filters, self.known) for each in self.spec.workloads)
            self.laid[filters] = tuple(at_most(table) for table in tables)
        return self.laid[filters]

    def _promising(self, left_out: frozenset[str]) -> "tuple[Bools, ...]":
        return promising_rows(question(self.spec, self._laid_out(left_out), left_out - set(FILTERS)))

    def _asked(self, left_out: frozenset[str], rows: "tuple[Bools, ...]") -> "Question":
        """Return the question over some rows of each workload's physics."""
        filters, tables = left_out & set(FILTERS), self._laid_out(left_out)
        if not all(mine.any() for mine in rows):
            return question(self.spec, tuple(nothing(table) for table in tables), left_out - filters)
        fewer = {
            key: narrowed(physical, mine)
            for key, physical in self.known.items()
            for table, mine in zip(tables, rows, strict=True)
            if physical is table.physical
        }
        judged = tuple(candidates(self.spec, each, self.catalog, filters, fewer) for each in self.spec.workloads)
        return question(self.spec, judged, left_out - filters)

    @property
    def seconds(self) -> float:
        return max(0.5, self.deadline - time.monotonic())


def refutation(
    spec: "Spec",
    catalog: "Catalog",
    answer: "Answer",
    time_limit_s: float,
    known: "dict[tuple[str, bytes], Physical] | None" = None,
) -> "Answer":
    """Add the clash and its relaxations to the answer of an infeasible request; ``known`` is physics at hand."""
    request = _Request(spec, catalog, time.monotonic() + time_limit_s, {} if known is None else known)
    groups = _groups(spec)
    by_rate = all(workload.requests_per_s is not None for workload in spec.workloads)
    if by_rate:
        found = clash(request.decisive, groups, time_limit_s=request.seconds, seed=spec.seed)
    else:
        found = clash_in_flight(spec, catalog, request.known, groups)
    if not found:
        group, note = _physical(request)
        return replace(answer, clash=(group,), relaxations=(), notes=(note,))
    asked = found if by_rate else ()  # without a rate, what is near is not a question to the solver
    relaxed = [relax for group in asked for relax in [_relaxation(request, group)] if relax is not None]
    return replace(answer, clash=tuple(NAMES.get(group, group) for group in found), relaxations=tuple(relaxed))


def _groups(spec: "Spec") -> tuple[str, ...]:
    """Return the groups that the request states, allow lists first, so that a clash names numbers where it can."""
    free = Limits()
    stated = [
        {"fabrics": "fabric"}.get(name, name)
        for name in ALLOW_LISTS
        if any(getattr(w.limits, name) != getattr(free, name) for w in spec.workloads)
    ]
    stated.append("formats")
    if any(w.quality.min_recovery is not None for w in spec.workloads):
        stated.append("quality")
    bounds = {bound.metric for w in spec.workloads for bound in w.slo.bounds()}
    stated += [metric for metric in METRICS if metric in bounds]
    limits = (spec.limits, *(w.limits for w in spec.workloads))
    if spec.apart:
        stated.append("apart")
    if any(each.survive is not None for each in limits):
        stated.append("survive")
    if any(each.inventory for each in limits) or spec.owned:
        stated.append("inventory")
    if any(each.max_usd_per_h is not None for each in limits):
        stated.append("budget")
    if any(each.max_accelerators is not None for each in limits):
        stated.append("max_accelerators")
    return tuple(stated)


def _physical(request: _Request) -> tuple[str, str]:
    """Return what rejects every column when nothing else is asked (memory, formats or prices), and say it."""
    spec = request.spec
    tables = [candidates(spec, w, request.catalog, frozenset(FILTERS)) for w in spec.workloads]
    if not any(table.sellers for table in tables):
        dated = f" up to {spec.prices.as_of}" if spec.prices.as_of else ""
        sold = " or ".join(spec.prices.purchase)
        return "prices", f"nothing is sold {sold}{dated}: see `planner catalog list offers`"
    note = "no column serves a workload even without any limit: see `planner candidates` for what rejects each"
    return "memory" if any(table.physical is not None for table in tables) else "formats", note


def _relaxation(request: _Request, group: str) -> Relaxation | None:
    """Return the nearest number of ``group`` at which the request can be met, and the cost then."""
    if group in METRICS:
        return _latency(request, group)
    if group == "quality":
        return _quality(request)
    if group not in {"budget", "max_accelerators"}:
        return None
    problem = request.asked(frozenset({group})).problem
    stage = {"budget": "cost", "max_accelerators": "accelerators"}[group]
    solution = solve_problem(
        replace(problem, objectives=(stage, "cost")), time_limit_s=request.seconds, seed=request.spec.seed
    )
    if not solution.stages:
        return None
    limits = request.spec.limits
    stated = limits.max_usd_per_h if group == "budget" else limits.max_accelerators
    if stated is None:
        return None
    value = float(solution.stages[0].value) / (MICRO if group == "budget" else 1.0)
    unit = "USD/h" if group == "budget" else "accelerators"
    return Relaxation(
        group=NAMES[group], start=stated, to=value, unit=unit, then_usd_per_mtok=_usd_per_mtok(request, solution)
    )


def _latency(request: _Request, metric: str) -> Relaxation | None:
    """Find the least factor on all bounds of ``metric`` at which a plan appears."""
    bounds = [b for w in request.spec.workloads for b in w.slo.bounds() if b.metric == metric]
    tried: dict[float, tuple[_Request, Problem]] = {}

    def works(factor: float) -> bool:
        relaxed = request.of(_looser(request.spec, metric, factor))
        tried[factor] = relaxed, relaxed.asked(frozenset()).problem
        return is_feasible(tried[factor][1], time_limit_s=request.seconds) is True

    factor = _smallest(works, nearest_factor(request.asked(frozenset({metric})), metric))
    if factor is None or not bounds:
        return None
    relaxed, problem = tried[factor]
    solution = solve_problem(problem, time_limit_s=request.seconds, seed=request.spec.seed)
    stated = min(bound.limit_s for bound in bounds) * MS_PER_S
    usd = _usd_per_mtok(relaxed, solution)
    return Relaxation(group=metric, start=stated, to=stated * factor, unit="ms", then_usd_per_mtok=usd)


def _looser(spec: "Spec", metric: str, factor: float) -> "Spec":
    """Return the request with ``factor`` times the bounds of ``metric``."""
    workloads = tuple(
        replace(
            w,
            slo=w.slo.model_copy(
                update={b.key: b.limit_s * MS_PER_S * factor for b in w.slo.bounds() if b.metric == metric}
            ),
        )
        for w in spec.workloads
    )
    return replace(spec, workloads=workloads)


def _quality(request: _Request) -> Relaxation | None:
    """Return the highest recovery, of those that formats here have, at which a plan appears as a common floor."""
    tables = [
        candidates(request.spec, w, request.catalog, frozenset({"quality"}), request.known)
        for w in request.spec.workloads
    ]
    known = [kept(t.physical.settings, t.workload) for t in tables if t.physical is not None]
    floors = [w.quality.min_recovery for w in request.spec.workloads if w.quality.min_recovery is not None]
    reached = {
        math.floor(recovery * TENTHS_OF_MILLE) / TENTHS_OF_MILLE for each in known for recovery in each[each > 0]
    }
    for floor in sorted((recovery for recovery in reached if 0.0 < recovery < max(floors)), reverse=True):
        lower = [min(w.quality.min_recovery or floor, floor) for w in request.spec.workloads]
        workloads = tuple(
            replace(w, quality=w.quality.model_copy(update={"min_recovery": least}))
            for w, least in zip(request.spec.workloads, lower, strict=True)
        )
        relaxed = _Request(replace(request.spec, workloads=workloads), request.catalog, request.deadline, request.known)
        problem = relaxed.asked(frozenset()).problem
        if is_feasible(problem, time_limit_s=request.seconds):
            solution = solve_problem(problem, time_limit_s=request.seconds, seed=request.spec.seed)
            usd = _usd_per_mtok(relaxed, solution)
            return Relaxation(group="quality", start=max(floors), to=floor, unit="recovery", then_usd_per_mtok=usd)
    return None


def _smallest(works: Callable[[float], bool], nearest: float) -> float | None:
    """Return a factor that works and is at most ``GRID`` times the smallest; ``None`` when even ``FURTHEST`` does not.

    It works above some factor, and never at one. Where ``nearest`` is that factor two questions prove it; what it
    gets wrong costs a search.
    """
    low, high = 1.0, min(nearest, FURTHEST / GRID) * (1.0 + SLACK)
    below = high / GRID
    if below > 1.0 and works(below):
        high = below
    else:
        low = max(below, 1.0)
        while not works(high):
            low, high = high, high * 2.0
            if low >= FURTHEST:
                return None
    while high / low > GRID * (1.0 + SLACK):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if works(middle) else (middle, high)
    return high


def _usd_per_mtok(request: _Request, solution: "Solution") -> float | None:
    costs = [stage.value for stage in solution.stages if stage.name == "cost"]
    if not costs:
        return None
    tokens = sum(
        (w.requests_per_s or 0.0) * (w.lengths.mean_input_tokens + w.lengths.mean_output_tokens)
        for w in request.spec.workloads
    )
    return costs[0] / MICRO / (tokens * SECONDS_PER_HOUR) * MTOK if tokens else None
