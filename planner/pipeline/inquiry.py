"""The request, asked again with one thing changed: what was evaluated is kept, the integer part is solved anew."""

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.concurrency import at_concurrency
from planner.candidates.narrowing import cheap_rows, least_cost, narrowed
from planner.candidates.table import FILTERS, candidates
from planner.errors import NoAnswerError
from planner.pipeline.answers import STAGES, Answered, of_plan, of_solution
from planner.pipeline.joint_profile import solve_joint_profile
from planner.pipeline.profile import solve_profile
from planner.pipeline.translate import question
from planner.solve.solver import solve_problem

if TYPE_CHECKING:
    from planner.candidates.rows import Physical
    from planner.candidates.sellers import Seller
    from planner.candidates.table import Bools, Table
    from planner.catalog.catalog import Catalog
    from planner.pipeline.translate import Question
    from planner.spec.schema import Spec, WorkloadSpec

TIERS = (1.0, 1.5, 2.5, 5.0)
"""Rows are tried that may serve at this many times the plan's cost; a dearer answer is asked again over more rows."""
ROUNDING = 1e-6
LEAST_S = 5.0
MASKED = FILTERS.index("accelerators")


@dataclass(eq=False)
class Inquiry:
    """One request and everything known about it so far; ``solved`` counts the requests that were solved."""

    spec: "Spec"
    catalog: "Catalog"
    deadline_s: float
    known: "dict[tuple[str, bytes], Physical]" = field(default_factory=dict)
    solved: int = 0
    _tiers: "dict[float, dict[tuple[str, bytes], Physical] | None]" = field(default_factory=dict)

    @classmethod
    def over(
        cls,
        spec: "Spec",
        catalog: "Catalog",
        deadline_s: float,
        tables: "tuple[Table, ...]",
        known: "dict[tuple[str, bytes], Physical]",
    ) -> "Inquiry":
        """Return an inquiry about a request whose tables are there already."""
        made = cls(spec, catalog, deadline_s, known)
        made.__dict__["tables"] = tables
        return made

    @cached_property
    def tables(self) -> "tuple[Table, ...]":
        """The tables of the request itself."""
        return self._tables(self.spec, frozenset(), self.known)

    @cached_property
    def base(self) -> Answered | None:
        """The answer to the request itself, for which there is always time; None where there is none."""
        tables, stated = self.tables, self.deadline_s
        self.deadline_s = max(stated, time.monotonic() + LEAST_S)
        try:
            return self.answer(self.spec, tables)
        finally:
            self.deadline_s = stated

    @property
    def hourly(self) -> bool:
        """Whether a demand changes by the hour."""
        return any(workload.hourly for workload in self.spec.workloads)

    @property
    def left_s(self) -> float:
        """Seconds until the deadline.

        Raises
        ------
        NoAnswerError
            When it has passed.
        """
        left = self.deadline_s - time.monotonic()
        if left <= 0.0:
            raise NoAnswerError("the time limit was reached before everything was asked (raise --time-limit)")
        return left

    def answer(self, spec: "Spec", tables: "tuple[Table, ...] | None" = None) -> Answered | None:
        """Return the best answer to a changed request over ``tables``, those of the request itself by default.

        Its limits, prices of the tables' sellers, demand and objective may differ; what is promised and what is allowed
        may not: that takes tables of its own.
        """
        self.solved += 1
        over = self.tables if tables is None else tables
        bound = tuple(
            replace(table, spec=spec, workload=workload) for table, workload in zip(over, spec.workloads, strict=True)
        )
        if self.hourly:
            mixed = solve_profile(spec, bound[0], self.left_s) if len(bound) == 1 else None
            return of_plan(mixed or solve_joint_profile(spec, bound, self.left_s))
        bound = tuple(at_concurrency(t) if t.workload.requests_per_s is None else t for t in bound)
        asked = question(spec, bound)
        return of_solution(spec, asked, solve_problem(asked.problem, time_limit_s=self.left_s, seed=spec.seed))

    def promised(self, spec: "Spec", at_least_usd_per_h: float = 0.0) -> Answered | None:
        """Return the best answer to a request with other promises, evaluated over the rows that can matter.

        ``at_least_usd_per_h`` is what the answer is known to cost at least, so that no time is lost on fewer rows.
        """
        for most in self._budgets:
            if most < at_least_usd_per_h:
                continue
            narrow = self._narrowed(most)
            found = None if narrow is None else self.answer(spec, self._tables(spec, frozenset(), narrow))
            if (found is not None and found.usd_per_h <= most) or self._all_that_is_allowed(most):
                return found
        return self.answer(spec, self._tables(spec, frozenset(), self.known))

    def admitted(self, left_out: frozenset[str]) -> Answered | None:
        """Return the best answer with allow lists or formats left out."""
        return self.answer(self.spec, self._tables(self.spec, left_out, self.known))

    def leaving_out(self, group: str) -> Answered | None:
        """Return the best answer without a group of the model that the request states; None where it does not."""
        problem = self._asked.problem
        stated = {
            "max_accelerators": problem.max_accelerators is not None
            or any(w.max_accelerators for w in problem.workloads),
            "budget": problem.max_cost_uusd_per_h is not None or any(w.max_cost_uusd_per_h for w in problem.workloads),
            "inventory": bool(problem.stocks),
        }
        if not stated[group]:
            return None
        self.solved += 1
        free = replace(problem, left_out=problem.left_out | {group})
        return of_solution(self.spec, self._asked, solve_problem(free, time_limit_s=self.left_s, seed=self.spec.seed))

    @cached_property
    def _asked(self) -> "Question":
        return question(self.spec, self.tables)

    def masked(self, workload: int, keep: "Bools") -> "tuple[Table, ...]":
        """Return the tables with only the columns of ``keep`` for one workload."""
        return tuple(
            replace(table, rejected=np.where(keep, table.rejected, MASKED)) if at == workload else table
            for at, table in enumerate(self.tables)
        )

    def priced(self, tables: "tuple[Table, ...]", chosen: "Bools", factor: float) -> "tuple[Table, ...]":
        """Return the tables with the prices of the ``chosen`` sellers multiplied."""
        sold = tuple(
            _scaled(seller, factor) if mine else seller for seller, mine in zip(tables[0].sellers, chosen, strict=True)
        )
        return tuple(replace(table, sellers=sold) for table in tables)

    def for_workload(self, at: int, workload: "WorkloadSpec", spec: "Spec | None" = None) -> "Spec":
        """Return the request with one workload replaced."""
        asked = spec or self.spec
        return replace(asked, workloads=(*asked.workloads[:at], workload, *asked.workloads[at + 1 :]))

    def _tables(
        self, spec: "Spec", left_out: frozenset[str], known: "dict[tuple[str, bytes], Physical]"
    ) -> "tuple[Table, ...]":
        made = []
        for at, workload in enumerate(spec.workloads):
            same = workload is self.spec.workloads[at] and spec.confidence == self.spec.confidence and not left_out
            if same and "tables" in self.__dict__:
                made.append(self.tables[at])
            else:
                made.append(candidates(spec, workload, self.catalog, left_out, known))
        return tuple(made)

    @cached_property
    def _budgets(self) -> tuple[float, ...]:
        """What an answer may cost to be found among fewer rows [USD/h]: multiples of the plan's cost, or the budget."""
        usual = all(t.workload.requests_per_s is not None and t.physical is not None for t in self.tables)
        if not usual or self.hourly:
            return ()
        by_cost = STAGES.get(self.spec.objective[0]) == "cost" and self.base is not None
        if by_cost and self.base is not None:
            return tuple(times * self.base.usd_per_h for times in TIERS)
        stated = self.spec.limits.max_usd_per_h
        return () if stated is None else (stated,)

    def _all_that_is_allowed(self, most: float) -> bool:
        """Whether nothing dearer is allowed anyway, so that what fewer rows do not answer has no answer."""
        return self.spec.limits.max_usd_per_h is not None and self.spec.limits.max_usd_per_h <= most

    def _narrowed(self, most: float) -> "dict[tuple[str, bytes], Physical] | None":
        """Return the physics of the rows that may serve at ``most`` [USD/h]; None: there are none."""
        if most not in self._tiers:
            self._tiers[most] = self._cheap(most)
        return self._tiers[most]

    def _cheap(self, most: float) -> "dict[tuple[str, bytes], Physical] | None":
        least = [float(least_cost(table).min(initial=np.inf)) for table in self.tables]
        narrow = {}
        for table, mine in zip(self.tables, least, strict=True):
            assert table.physical is not None
            rows = cheap_rows(table, most * (1.0 + ROUNDING) - (sum(least) - mine))
            if not rows.any():
                return None
            key = next(key for key, physical in self.known.items() if physical is table.physical)
            narrow[key] = narrowed(table.physical, rows)
        return narrow


def _scaled(seller: "Seller", factor: float) -> "Seller":
    price = seller.price
    return replace(seller, price=price.model_copy(update={"usd_per_unit_h": price.usd_per_unit_h * factor}))
