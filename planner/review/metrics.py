"""The metrics that a gate may name: numbers, sets of words and flags of one plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from planner.plan.record import Plan, Pool

Kind = Literal["number", "share", "ms", "days", "words", "flag"]
Value = float | frozenset[str] | bool | None
STATISTICS = ("mean", "p50", "p90", "p95", "p99")


@dataclass(frozen=True)
class Metric:
    """What a name means, what kind of value it has, and where it stands in a specification (for annotations)."""

    kind: Kind
    meaning: str
    key: str = ""


TOTALS = {
    "usd_per_h": Metric("number", "everything paid [USD/h]", "limits.max_usd_per_h"),
    "usd_per_mtok": Metric("number", "cost over input and output tokens [USD per million]"),
    "usd_per_mtok_output": Metric("number", "all cost over output tokens [USD per million]"),
    "accelerators": Metric("number", "accelerators paid for", "limits.max_accelerators"),
    "nodes": Metric("number", "machines"),
    "power_w": Metric("number", "electric power of what is paid for [W]"),
    "energy_wh_per_mtok": Metric("number", "energy of a million tokens, input and output [Wh]"),
}
POOLS = {
    "replicas": Metric("number", "replicas of all pools"),
    "pools": Metric("number", "pools of all workloads", "limits.max_pools"),
    "utilisation": Metric("share", "largest share of a pool's capacity in use", "limits.max_utilisation"),
    "mfu": Metric("share", "least FLOP utilisation of a pool"),
    "mbu": Metric("share", "least bandwidth utilisation of a pool"),
    "requests_per_s": Metric("number", "demand of all workloads", "workload.requests_per_s"),
}
LATENCIES = {
    f"{metric}_{statistic}_ms": Metric(
        "ms", f"largest {metric.upper()} {statistic} [ms]", f"slo.{metric}_{statistic}_ms"
    )
    for metric in ("ttft", "tpot", "e2e")
    for statistic in STATISTICS
}
WORDS = {
    "status": Metric("words", "optimal, feasible, infeasible or unknown"),
    "basis": Metric("words", "bases of every figure that the plan rests on"),
    "price_basis": Metric("words", "bases of the prices paid"),
    "accelerator": Metric("words", "accelerators of the pools", "limits.accelerators"),
    "provider": Metric("words", "providers of the pools", "limits.providers"),
    "offer": Metric("words", "offers of the pools"),
    "region": Metric("words", "regions of the pools", "limits.regions"),
    "tenancy": Metric("words", "tenancies of the pools", "limits.tenancy"),
    "purchase": Metric("words", "purchase options of the pools", "prices.purchase"),
    "weight_format": Metric("words", "weight formats of the pools", "formats"),
    "kv_format": Metric("words", "KV-cache formats of the pools", "kv_formats"),
    "engine": Metric("words", "engines of the pools", "engine"),
}
METRICS: dict[str, Metric] = {
    **TOTALS,
    **POOLS,
    **LATENCIES,
    **WORDS,
    "gap": Metric("share", "relative gap between the plan and the proven bound"),
    "price_age": Metric("days", "age of the oldest price paid [days]", "prices.as_of"),
    "catalog_age": Metric("days", "days since the catalogue was last checked"),
    "infeasible": Metric("flag", "no plan meets the request"),
    "unknown": Metric("flag", "time ran out before an answer"),
    "unproven": Metric("flag", "a plan whose optimality is not proven"),
}
"""Every metric by name."""


def metrics(plan: Plan, today: date) -> dict[str, Value]:
    """Return the value of every metric; ``None`` where the plan has none (an infeasible plan costs nothing)."""
    pools = [pool for workload in plan.workloads for pool in workload.pools]
    values: dict[str, Value] = dict.fromkeys(METRICS)
    if plan.totals is not None:
        values |= {name: float(value) for name in TOTALS if (value := getattr(plan.totals, name)) is not None}
    values |= {
        "requests_per_s": sum(workload.demand.requests_per_s for workload in plan.workloads),
        "gap": plan.objective.gap,
        "catalog_age": _days(plan.tool.catalog_date, today),
        "infeasible": plan.status == "infeasible",
        "unknown": plan.status == "unknown",
        "unproven": plan.status == "feasible",
        "status": frozenset({plan.status}),
        "basis": frozenset({item.basis for item in plan.evidence} | set(_bases(pools))),
    }
    return values | (_of_pools(pools, today) if pools else {})


def _of_pools(pools: list[Pool], today: date) -> dict[str, Value]:
    ages = [age for pool in pools if (age := _days(pool.price_as_of, today)) is not None]
    values: dict[str, Value] = {
        "replicas": float(sum(pool.replicas for pool in pools)),
        "pools": float(len(pools)),
        "utilisation": max(pool.utilisation for pool in pools),
        "mfu": min(pool.mfu for pool in pools),
        "mbu": min(pool.mbu for pool in pools),
        "price_age": max(ages, default=None),
        "price_basis": frozenset(pool.price_basis for pool in pools if pool.price_basis),
        "region": frozenset(region for pool in pools for region in pool.regions),
    }
    for name in ("accelerator", "provider", "offer", "tenancy", "purchase", "weight_format", "kv_format", "engine"):
        values[name] = frozenset(str(getattr(pool, name)) for pool in pools)
    return values | {name: latency(pools, name) for name in LATENCIES}


def latency(pools: list[Pool], name: str) -> float | None:
    """Return the largest value of ``ttft_p95_ms`` and the like over the pools [ms], ``None`` where none states it."""
    metric, statistic, _ = name.split("_")
    shown = [found.at(statistic) for pool in pools if (found := getattr(pool, f"{metric}_ms")) is not None]
    return max((value for value in shown if value is not None), default=None)


def _bases(pools: list[Pool]) -> Iterator[str]:
    for pool in pools:
        yield from (found.basis for found in (pool.ttft_ms, pool.tpot_ms, pool.e2e_ms) if found is not None)
        if pool.price_basis:
            yield pool.price_basis


def _days(day: date | None, today: date) -> float | None:
    return None if day is None else float((today - day).days)
