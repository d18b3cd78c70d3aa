"""Why this plan: what binds and what it costs, what the runner-up was, and what parallelism does to latency here."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.table import FILTERS
from planner.errors import NoAnswerError
from planner.pipeline.answers import Answered
from planner.pipeline.held import held, held_words
from planner.pipeline.inquiry import Inquiry
from planner.pipeline.parallelism import parallelism
from planner.pipeline.translate import Question
from planner.plan.pools import identity, units_of
from planner.plan.why import Explanation, RunnerUp
from planner.solve.solver import solve_problem
from planner.units import MICRO, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.candidates.rows import Physical
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.plan.assemble import Answer
    from planner.solve.problem import Problem
    from planner.solve.solution import Solution
    from planner.spec.schema import Spec

SHARED = {
    "max_accelerators": "limits.max_accelerators",
    "budget": "limits.max_usd_per_h",
    "inventory": "limits.inventory",
}
NAMES = {"ttft": "the bound on TTFT", "tpot": "the bound on TPOT", "e2e": "the bound on end-to-end time"}
NAMES |= {name: name for name in SHARED.values()}
UNITS = {"usd_per_mtok": "USD per million tokens", "usd_per_h": "USD/h", "ttft": "ms of mean TTFT", "energy": "W"}
MOST_ASKED = 8
"""Workloads that a plan speaks of one by one. Of more none is solved again: that would take longer than the plan."""
LEAST_S = 2.0


@dataclass(frozen=True, eq=False)
class Reasons:
    """What reasons are found from: the request, the question, its answer, and until when [s, monotonic clock]."""

    spec: "Spec"
    catalog: "Catalog"
    asked: Question
    answer: "Answer"
    deadline_s: float
    known: "dict[tuple[str, bytes], Physical]"

    @property
    def tables(self) -> "tuple[Table, ...]":
        """The tables that were solved over."""
        return self.asked.tables

    @property
    def one_by_one(self) -> range:
        """Workloads whose promises and rivals are solved for again; `planner explain` asks those of all."""
        return range(len(self.tables) if len(self.tables) <= MOST_ASKED else 0)

    def prefix(self, at: int) -> str:
        """Return the name of a workload where there are several."""
        return "" if len(self.tables) == 1 else f"{self.tables[at].workload.name}: "


def explanation(reasons: Reasons) -> "Answer":
    """Add binding groups, runner-up and sentences to an answer with a plan."""
    spec, answer = reasons.spec, reasons.answer
    why = []
    for at, table in enumerate(reasons.tables[:MOST_ASKED]):
        why.append(reasons.prefix(at) + held_words(held(spec, table, answer.chosen[at][0]), spec.confidence))
    binding, gains = _binding(reasons)
    why += gains
    runners = []
    for at in reasons.one_by_one:
        runner, against = _runner_up(reasons, at)
        runners += [runner] if runner is not None else []
        why += [reasons.prefix(at) + sentence for sentence in against]
    for at, table in enumerate(reasons.tables[:MOST_ASKED]):
        *compared, closing = parallelism(table, answer.chosen[at][0].column) or [""]
        why += [reasons.prefix(at) + sentence for sentence in compared]
        why += [closing] if at == 0 else []
    several = len(reasons.tables) > 1
    if not reasons.one_by_one:
        why.append(
            f"Of more than {MOST_ASKED} workloads, planner explain asks what each limit costs and who comes next."
        )
    found = Explanation(
        binding=binding,
        runner_up=runners[0] if runners else None,
        runners_up=tuple(runners) if several else None,
        why=tuple(filter(None, why)),
    )
    return replace(answer, explanation=found)


def _binding(reasons: Reasons) -> tuple[tuple[str, ...], list[str]]:
    """Return the groups without which the plan would be better, and say what there is to gain."""
    spec = reasons.spec
    if any(workload.requests_per_s is None for workload in spec.workloads):
        return (), []
    deadline_s = max(reasons.deadline_s, time.monotonic() + LEAST_S)
    inquiry = Inquiry.over(spec, reasons.catalog, deadline_s, reasons.tables, reasons.known)
    base = inquiry.base
    if base is None:
        return (), []
    found: dict[str, None] = {}
    sentences = []
    try:
        for name, sentence in _gains(reasons, inquiry, base):
            found[name] = None
            sentences.append(sentence)
    except NoAnswerError:
        sentences.append("The time limit was reached before every limit was asked what it costs.")
    return tuple(found), sentences


def _gains(reasons: Reasons, inquiry: Inquiry, base: Answered) -> "Iterator[tuple[str, str]]":
    """Yield each group without which the plan would be better, and by how much."""
    spec = reasons.spec
    for at in reasons.one_by_one:
        for metric in dict.fromkeys(bound.metric for bound in spec.workloads[at].slo.bounds()):
            free = _without(spec, at, metric)
            answer = None if free is None else inquiry.promised(free)
            if answer is not None and answer.better_than(base):
                yield metric, reasons.prefix(at) + _gain(spec, base, answer, metric)
    for group, name in SHARED.items():
        answer = inquiry.leaving_out(group)
        if answer is not None and answer.better_than(base):
            yield name, _gain(spec, base, answer, name)


def _without(spec: "Spec", at: int, metric: str) -> "Spec | None":
    """Return the request without one workload's bounds on a metric; None where its demand follows from them."""
    workload = spec.workloads[at]
    if workload.workload.concurrency is not None:
        return None
    free = {bound.key: None for bound in workload.slo.bounds() if bound.metric == metric}
    made = replace(workload, slo=workload.slo.model_copy(update=free))
    return replace(spec, workloads=(*spec.workloads[:at], made, *spec.workloads[at + 1 :]))


def _gain(spec: "Spec", base: Answered, answer: Answered, name: str) -> str:
    """Say what a plan without a group would do better."""
    at = next(
        k
        for k, (new, old) in enumerate(zip(answer.values, base.values, strict=True))
        if abs(new - old) > 1e-9 * abs(old)
    )
    new, old = answer.values[at], base.values[at]
    unit = UNITS.get(spec.objective[at], spec.objective[at])
    less = f", {100.0 * (1.0 - new / old):.2g} % less" if old else ""
    return f"Without {NAMES.get(name, name)} it would be {new:.3g} {unit} instead of {old:.3g}{less}."


@dataclass(frozen=True)
class _Rival:
    what: str
    keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def _runner_up(reasons: Reasons, at: int) -> tuple[RunnerUp | None, list[str]]:
    """Solve again with one workload off the winner's accelerator, and off its weight format, and compare.

    A concurrency without an SLO means one column alone, each with a rate of its own: nothing to solve again.
    """
    asked, answer = reasons.asked, reasons.answer
    table, column = asked.tables[at], answer.chosen[at][0].column
    if table.only is not None:
        return None, []
    paid, cost = answer.proof.stages[0][1], _cost(answer)
    found: RunnerUp | None = None
    sentences = []
    for rival in _rivals(table, asked.columns[at], column):
        left_s = reasons.deadline_s - time.monotonic()
        if left_s <= 0.0:
            sentences.append(f"The time limit was reached before a plan without {rival.what} was looked for.")
            break
        solution = solve_problem(_restricted(asked.problem, at, rival.keep), time_limit_s=left_s)
        if not solution.stages:
            none = solution.status == "infeasible"
            sentences.append(f"Without {rival.what} {'there is no plan' if none else 'no plan was found in time'}.")
            continue
        ratio = solution.stages[0].value / paid if paid else float("inf")
        pick = solution.pools[at][0]
        other = int(asked.columns[at][np.flatnonzero(rival.keep)[pick.column]])
        record = _record(table, other, pick.replicas, solution, cost)
        if found is None:
            found = record
            continue
        name = f"{record.replicas} x ({_shape(record)}) of {record.provider_name or record.provider}"
        dearer = _dearer(reasons.spec, ratio) if paid else "it is not free"
        sentences.append(f"Without {rival.what} the best is {name} in {record.weight_format.upper()}: {dearer}.")
    return found, sentences


def _cost(answer: "Answer") -> float:
    """Return what the plan costs [USD/h]."""
    return next(value for name, value, *_ in answer.proof.stages if name == "cost") / MICRO


def _dearer(spec: "Spec", ratio: float) -> str:
    """Say how much worse a rival is in what counts first."""
    if spec.objective[0] in {"usd_per_mtok", "usd_per_h"}:
        return f"it costs {ratio:.2f} times as much"
    return f"{spec.objective[0]} is {ratio:.2f} times as high"


def _shape(record: RunnerUp) -> str:
    """Return the machine of a rival in words."""
    size = record.tensor_parallel * record.pipeline_parallel * record.attention_data_parallel
    stages = f", PP {record.pipeline_parallel}" if record.pipeline_parallel > 1 else ""
    return f"{size} x {record.accelerator_name or record.accelerator}, TP {record.tensor_parallel}{stages}"


def _rivals(table: "Table", index: "np.ndarray[tuple[int], np.dtype[np.int64]]", column: int) -> list[_Rival]:
    physical = table.physical
    assert physical is not None
    names = np.array([seller.node.accelerator for seller in table.sellers])
    won = names[table.seller[column]]
    formats = np.array([setting.formats.name for setting in physical.settings])
    held = formats[physical.setting[table.row[column]]]
    rivals = [_Rival(str(won), names[table.seller[index]] != won)]
    others = formats[physical.setting[table.row[index]]] != held
    if others.any():
        rivals.append(_Rival(f"{str(held).upper()} weights", others))
    return rivals


def _restricted(problem: "Problem", at: int, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Problem":
    every = problem.workloads
    fewer = replace(every[at], columns=every[at].columns.take(np.flatnonzero(keep)))
    return replace(problem, workloads=(*every[:at], fewer, *every[at + 1 :]))


def _record(table: "Table", column: int, replicas: int, solution: "Solution", paid: float) -> RunnerUp:
    seller = table.sellers[table.seller[column]]
    usd = next(stage.value for stage in solution.stages if stage.name == "cost") / MICRO
    lengths = table.workload.lengths
    tokens = table.demand * (lengths.mean_input_tokens + lengths.mean_output_tokens) * SECONDS_PER_HOUR
    bought = units_of(seller, int(table.accelerators[column]), replicas) * seller.offer.unit_accelerators
    return RunnerUp(
        workload=table.workload.name if len(solution.pools) > 1 else None,
        **identity(table, column),
        accelerators=bought,
        replicas=replicas,
        usd_per_h=usd,
        usd_per_mtok=usd / tokens * MTOK if len(solution.pools) == 1 and tokens else None,
        times_the_cost=usd / paid if paid else None,
    )


def rejection_counts(table: "Table") -> dict[str, int]:
    """Return how many columns each filter rejects."""
    return {name: int((table.rejected == code).sum()) for code, name in enumerate(FILTERS)}
