"""One workload of the report: its pools as cards, its load curve, and what it was chosen from."""

from typing import Any

from planner.plan.landscape import Candidate, Surroundings
from planner.plan.record import Operators, Pool, WorkloadPlan
from planner.render.html.bars import Bar, stacked
from planner.render.numbers import short
from planner.render.plain import plain
from planner.render.sections import METRICS, PART_NAMES, asked_if_any, latency_rows
from planner.render.sentences import demand_words, layout_words
from planner.render.table import pool_facts

COLUMNS = tuple(
    enumerate(
        (
            "Accelerator",
            "Offer",
            "Layout",
            "Formats",
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
    "Expected latency of the first pool as its load grows. The plan keeps a margin to the SLO for the error of the "
    "estimate; the curve ends where the queue would grow without end."
)
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
        "load": [[short(value) for value in row] for row in _load(around, statistics)],
        "load_note": LOAD_NOTE,
        "candidates": bool(around.candidates),
        "candidates_note": _candidates_note(around),
        "front": [_cells(each) for each in around.candidates if each.front or each.chosen],
    }


def chart_data(workload: WorkloadPlan, around: Surroundings) -> dict[str, Any]:
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
            *(_brief(value) for value in (each.usd_per_h, each.usd_per_mtok, each.ttft_ms, each.tpot_ms)),
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
        "now": workload.pools[0].requests_per_s if workload.pools else 0.0,
        "load": [[_brief(value) for value in row] for row in _load(around, statistics)],
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


def _load(around: Surroundings, statistics: tuple[str, str]) -> list[tuple[float, float, float]]:
    return [
        (point.requests_per_s, point.ttft_ms[statistics[0]], point.tpot_ms[statistics[1]])
        for point in around.load
        if statistics[0] in point.ttft_ms and statistics[1] in point.tpot_ms
    ]


def _candidates_note(around: Surroundings) -> str:
    shown = len(around.candidates)
    return (
        f"{around.considered:,} columns were considered and {around.admitted:,} admitted. Shown: the cheapest offer of "
        f"each accelerator, layout, format and engine setting, the {shown:,} cheapest of them, each bought for the "
        "whole demand."
    )


def _words(candidate: Candidate) -> tuple[str, str, str, str]:
    size = candidate.tensor_parallel * candidate.pipeline_parallel * candidate.attention_data_parallel
    formats = f"{plain(candidate.weight_format).upper()}, {plain(candidate.kv_format).upper()} KV"
    offer = f"{plain(candidate.provider)}, {plain(candidate.purchase).replace('_', ' ')}"
    return plain(candidate.accelerator_name), offer, f"{size} x {layout_words(candidate)}", formats


def _cells(candidate: Candidate) -> list[str]:
    figures = (candidate.usd_per_h, candidate.usd_per_mtok, candidate.ttft_ms, candidate.tpot_ms)
    counts = (f"{candidate.replicas:,}", f"{candidate.accelerators:,}")
    return [*_words(candidate), *counts, *(short(value) for value in figures)]


def _brief(value: float) -> float:
    """Four digits are more than a chart shows."""
    return float(f"{value:.4g}")
