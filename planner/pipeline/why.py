"""Why this plan: what binds, what the runner-up was, and what parallelism does to latency here."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.bounds import METRICS, tightened
from planner.candidates.table import FILTERS
from planner.perf.capacity import capacity
from planner.perf.percentiles import STATISTICS
from planner.pipeline.parallelism import parallelism
from planner.pipeline.translate import Question
from planner.plan.pools import identity, units_of
from planner.plan.record import Explanation, RunnerUp
from planner.solve.solver import solve_problem
from planner.units import MS_PER_S, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.plan.assemble import Answer
    from planner.plan.pools import Chosen
    from planner.solve.problem import Problem
    from planner.solve.solution import Solution
    from planner.spec.schema import Spec

SHARED = {
    "max_accelerators": "limits.max_accelerators",
    "budget": "limits.max_usd_per_h",
    "inventory": "limits.inventory",
}
BINDS = 0.97
"""A bound binds when the estimate reaches this share of it at the capacity."""
SPARE = 2.0
"""One replica that could carry this many times its load is bound by no capacity."""


def explanation(spec: "Spec", asked: Question, answer: "Answer", time_limit_s: float) -> "Answer":
    """Add binding groups, runner-up and sentences to an answer with a plan."""
    first = answer.chosen[0][0]
    table = asked.tables[0]
    binding, sentence = _binding(spec, table, first)
    shared = tuple(name for group, name in SHARED.items() if _costs_more(asked, answer, group, time_limit_s))
    runner, against = _runner_up(asked, answer, time_limit_s)
    why = [sentence, *against, *parallelism(table, first.column)]
    why += [f"{name} binds too: without it the plan would be cheaper." for name in shared]
    return replace(
        answer, explanation=Explanation(binding=(*binding, *shared), runner_up=runner, why=tuple(filter(None, why)))
    )


def _binding(spec: "Spec", table: "Table", chosen: "Chosen") -> tuple[tuple[str, ...], str]:
    """Return what stops one replica from carrying more, and say it."""
    assert table.physical is not None
    row = int(table.row[chosen.column])
    at = slice(int(table.physical.served[row]), int(table.physical.served[row]) + 1)
    bounds = tightened(spec, table.workload, table.physical, frozenset()).take(at)
    full = capacity(table.physical.service.take(at), bounds)
    found = []
    for metric in METRICS:
        reached = getattr(full, f"{metric}_s")[0] / getattr(bounds, f"{metric}_s")[0]
        if reached.max() >= BINDS:
            found.append((metric, int(reached.argmax())))
    rate = float(full.rate_per_s[0])
    if found:
        metric, which = found[0]
        name = f"{metric.upper()} {STATISTICS[which]}"
        value = float(getattr(full, f"{metric}_s")[0, which]) * MS_PER_S
        limit = next(b.limit_s for b in table.workload.slo.bounds() if b.key == f"{metric}_{STATISTICS[which]}_ms")
        text = (
            f"{name} binds: a replica carries {rate:.3g} requests/s before it, at an estimate of {value:.4g} ms, which "
            f"its error may raise to the {limit * MS_PER_S:.4g} ms promised (confidence {spec.confidence:g})."
        )
        return tuple(metric for metric, _ in found), text
    if chosen.replicas == 1 and rate >= SPARE * chosen.requests_per_s and table.only is None:
        return (), f"Nothing binds: one replica carries up to {rate:.3g} requests/s, more than is asked of it."
    if float(full.utilisation[0]) >= BINDS:
        return ("demand",), f"Arithmetic binds: at {rate:.3g} requests/s a replica spends all its time on prompts."
    slots = int(table.physical.slots[row])
    return (
        "memory",
    ), f"Memory binds: the KV cache and the engine admit {slots} sequences, full at {rate:.3g} requests/s."


def _costs_more(asked: Question, answer: "Answer", group: str, time_limit_s: float) -> bool:
    """Whether leaving a shared limit out makes the plan cheaper."""
    problem = asked.problem
    stated = {
        "max_accelerators": problem.max_accelerators is not None or any(w.max_accelerators for w in problem.workloads),
        "budget": problem.max_cost_uusd_per_h is not None or any(w.max_cost_uusd_per_h for w in problem.workloads),
        "inventory": bool(problem.stocks),
    }
    if not stated[group]:
        return False
    free = solve_problem(replace(problem, left_out=problem.left_out | {group}), time_limit_s=time_limit_s)
    return bool(free.stages) and free.stages[0].value < answer.proof.stages[0][1]


@dataclass(frozen=True)
class _Rival:
    what: str
    keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def _runner_up(asked: Question, answer: "Answer", time_limit_s: float) -> tuple[RunnerUp | None, list[str]]:
    """Solve again without the winner's accelerator, and without its weight format, and compare.

    A concurrency without an SLO means one column alone, each with a rate of its own: nothing to solve again.
    """
    table, column = asked.tables[0], answer.chosen[0][0].column
    if table.only is not None:
        return None, []
    paid = next(value for name, value, _, _ in answer.proof.stages if name == "cost")
    found: RunnerUp | None = None
    sentences = []
    for rival in _rivals(table, asked.columns[0], column):
        problem = _restricted(asked.problem, rival.keep)
        solution = solve_problem(problem, time_limit_s=time_limit_s)
        if not solution.stages:
            sentences.append(f"Without {rival.what} there is no plan.")
            continue
        ratio = _cost(solution) / paid if paid else float("inf")
        pick = solution.pools[0][0]
        other = int(asked.columns[0][np.flatnonzero(rival.keep)[pick.column]])
        record = _record(table, other, pick.replicas, solution, ratio if paid else None)
        if found is None:
            found = record
            continue
        name = f"{record.replicas} x ({_shape(record)}) of {record.provider_name or record.provider}"
        dearer = f"costs {ratio:.2f} times as much" if paid else "is not free"
        sentences.append(f"Without {rival.what} the best is {name} in {record.weight_format.upper()}: it {dearer}.")
    return found, sentences


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


def _restricted(problem: "Problem", keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Problem":
    first, *rest = problem.workloads
    fewer = replace(first, columns=first.columns.take(np.flatnonzero(keep)))
    return replace(problem, workloads=(fewer, *rest))


def _record(table: "Table", column: int, replicas: int, solution: "Solution", ratio: float | None) -> RunnerUp:
    seller = table.sellers[table.seller[column]]
    usd = _cost(solution) / 1e6
    lengths = table.workload.lengths
    tokens = table.demand * (lengths.mean_input_tokens + lengths.mean_output_tokens) * SECONDS_PER_HOUR
    bought = units_of(seller, int(table.accelerators[column]), replicas) * seller.offer.unit_accelerators
    return RunnerUp(
        **identity(table, column),
        accelerators=bought,
        replicas=replicas,
        usd_per_h=usd,
        usd_per_mtok=usd / tokens * MTOK if len(solution.pools) == 1 and tokens else None,
        times_the_cost=ratio,
    )


def _cost(solution: "Solution") -> int:
    """Return what a solution costs [micro-USD an hour], whatever was minimised first."""
    return next(stage.value for stage in solution.stages if stage.name == "cost")


def rejection_counts(table: "Table") -> dict[str, int]:
    """Return how many columns each filter rejects."""
    return {name: int((table.rejected == code).sum()) for code, name in enumerate(FILTERS)}
