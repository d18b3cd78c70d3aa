"""One workload of the report: its pools as cards, its load curve, and what it was chosen from."""

from typing import Any

from planner.plan.figures import Operators
from planner.plan.landscape import Candidate, Surroundings
from planner.plan.record import Pool, WorkloadPlan
from planner.render.html.bars import Bar, stacked
from planner.render.numbers import short
from planner.render.plain import plain
from planner.render.sections import METRICS, PART_NAMES, asked_if_any, latency_rows
from planner.render.sentences import demand_words, group_words, layout_words
from planner.render.table import pool_facts

COLUMNS = tuple(
    enumerate(
        (
            "Accelerator",
            "Offer",
            "Layout",
            "Formats",
            "Engine, tok/step",
            "Replicas",
            "Total",
            "USD/h",
            "USD/Mtok",
            "TTFT ms",
            "TPOT ms",
        )
    )
)
"""Columns of the table of candidates, by their place in a row of the data."""
OPERATOR_NAMES = {"engine_layers": "engine, per layer", "engine_step": "engine, per step", "stage_hops": "stage hops"}
LOAD_NOTE = (
    "Expected latency of the pool as its load grows. The plan keeps a margin to the SLO for the error of the estimate; "
    "the curve ends where the queue would grow without end."
)
COST_PLACE = 8
"""Where the script puts the cost per token of a row, which is the cost per hour by one factor."""
LATENCY_HEADER = ("", "asked", "expected", "band", "basis")


def workload_section(workload: WorkloadPlan, around: Surroundings, title: str) -> dict[str, Any]:
    """Return what the template shows of one workload."""
    statistics = _statistics(workload)
    return {
        "title": title,
        "demand": demand_words(workload),
        "bounds": [(plain(key), f"at most {short(value)}") for key, value in workload.slo.items()],
        "pools": [_pool(workload, pool) for pool in workload.pools],
        "statistics": statistics,
        "loads": [[[short(value) for value in row] for row in load] for load in _loads(around, statistics)],
        "load_note": LOAD_NOTE,
        "ruled": _ruled(around),
        "candidates": bool(around.candidates),
        "candidates_note": _candidates_note(around),
        "front": [_cells(each) for each in around.candidates if each.front or each.chosen],
    }


def chart_data(workload: WorkloadPlan, around: Surroundings, most_usd_per_h: float | None = None) -> dict[str, Any]:
    """Return what the script draws: rows of indices into ``names`` and figures, the last cell a mark of bits."""
    statistics = _statistics(workload)
    names: dict[str, int] = {}

    def index(name: str) -> int:
        return names.setdefault(name, len(names))

    rows = [
        [
            *(index(name) for name in _words(each)),
            each.replicas,
            each.accelerators,
            *(_brief(value) for value in (each.usd_per_h, each.ttft_ms, each.tpot_ms)),
            int(each.front) + 2 * int(each.chosen),
        ]
        for each in around.candidates
    ]
    return {
        "statistics": statistics,
        "bounds": {
            metric: workload.slo.get(f"{metric}_{statistic}_ms")
            for metric, statistic in zip(("ttft", "tpot"), statistics, strict=True)
        },
        "now": [pool.requests_per_s for pool in workload.pools],
        "loads": [[[_brief(value) for value in row] for row in load] for load in _loads(around, statistics)],
        "cost": {"at": COST_PLACE, "factor": _factor(around), "most": most_usd_per_h},
        "names": list(names),
        "rows": rows,
    }


def _pool(workload: WorkloadPlan, pool: Pool) -> dict[str, Any]:
    rows = [row for metric in METRICS for row in latency_rows(metric, getattr(pool, f"{metric}_ms"), workload.slo)]
    header, rows = asked_if_any(LATENCY_HEADER, rows)
    memory = pool.memory_per_accelerator_gib
    sizes = {name: float(getattr(memory, part)) for part, name in PART_NAMES.items()}
    bar = stacked(sizes, whole=memory.usable, free="free")
    return {
        "facts": pool_facts(pool),
        "latency_header": header,
        "latency": rows,
        "memory": {"used": short(sum(sizes.values())), "usable": short(memory.usable), "bar": bar},
        "operators": _operators(pool.operators),
    }


def _operators(operators: Operators | None) -> list[dict[str, Any]]:
    if operators is None:
        return []
    decode = "Line: the roofline, the bytes of the step over the memory bandwidth of the replica."
    prefill = "Line: the roofline, the FLOP of the prompt over the dense peak of the replica."
    return [
        _steps("Where a decode step goes", operators.decode_ms, operators.decode_roofline_ms, decode),
        _steps("Where the prefill of a mean prompt goes", operators.prefill_ms, operators.prefill_roofline_ms, prefill),
    ]


def _steps(title: str, parts: dict[str, float], roofline: float, note: str) -> dict[str, Any]:
    named = {OPERATOR_NAMES.get(name, name.replace("_", " ")): value for name, value in parts.items()}
    bar: Bar = stacked(named, floor=(f"roofline {short(roofline)} ms", roofline))
    return {"title": title, "total": short(sum(parts.values())), "bar": bar, "note": note}


def _statistics(workload: WorkloadPlan) -> tuple[str, str]:
    """Return the statistic of TTFT and of TPOT that is promised; p95 where none is."""
    found = []
    for metric in ("ttft", "tpot"):
        stated = [key.split("_")[1] for key in workload.slo if key.startswith(f"{metric}_")]
        found.append(stated[-1] if stated else "p95")
    return found[0], found[1]


def _loads(around: Surroundings, statistics: tuple[str, str]) -> list[list[tuple[float, float, float]]]:
    """Return the curve of each pool: rate, TTFT and TPOT in the statistics that are shown."""
    return [
        [
            (point.requests_per_s, point.ttft_ms[statistics[0]], point.tpot_ms[statistics[1]])
            for point in load
            if statistics[0] in point.ttft_ms and statistics[1] in point.tpot_ms
        ]
        for load in around.loads
    ]


def _factor(around: Surroundings) -> float:
    """Return USD per million tokens over USD an hour: the demand is one, so it is the same for all."""
    paid = next((each for each in around.candidates if each.usd_per_h), None)
    return paid.usd_per_mtok / paid.usd_per_h if paid else 0.0


def _candidates_note(around: Surroundings) -> str:
    shown, every = len(around.candidates), around.distinct
    of_all = "all" if shown >= every else f"the {shown:,} cheapest of {every:,}, and the Pareto front"
    return (
        "Shown: the cheapest offer of each accelerator, layout, format and engine setting "
        f"({of_all}), each bought for the whole demand."
    )


def _ruled(around: Surroundings) -> dict[str, Any] | None:
    """Return what became of the columns considered, as a bar; ``None`` where there were none."""
    if not around.considered:
        return None
    sizes = {"admitted": float(around.admitted)} if around.admitted else {}
    sizes |= {f"ruled out by {group_words(name)}": float(count) for name, count in around.rejected.items()}
    return {"considered": f"{around.considered:,}", "bar": stacked(sizes)}


def _words(candidate: Candidate) -> tuple[str, str, str, str, str]:
    size = candidate.tensor_parallel * candidate.pipeline_parallel * candidate.attention_data_parallel
    formats = f"{plain(candidate.weight_format).upper()}, {plain(candidate.kv_format).upper()} KV"
    offer = f"{plain(candidate.provider)}, {plain(candidate.purchase).replace('_', ' ')}"
    engine = f"{plain(candidate.engine)} {candidate.max_num_batched_tokens:,}"
    return plain(candidate.accelerator_name), offer, f"{size} x {layout_words(candidate)}", formats, engine


def _cells(candidate: Candidate) -> list[str]:
    figures = (candidate.usd_per_h, candidate.usd_per_mtok, candidate.ttft_ms, candidate.tpot_ms)
    counts = (f"{candidate.replicas:,}", f"{candidate.accelerators:,}")
    return [*_words(candidate), *counts, *(short(value) for value in figures)]


def _brief(value: float) -> float:
    """Four digits are more than a chart shows."""
    return float(f"{value:.4g}")
