"""What keeps one replica of a column from carrying more: a promise, prompts, or memory."""

from typing import TYPE_CHECKING

from planner.candidates.bounds import METRICS, slowdown, tightened
from planner.candidates.sellers import variation_of
from planner.perf.capacity import capacity
from planner.perf.percentiles import STATISTICS
from planner.plan.explanation import Held
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.plan.pools import Chosen
    from planner.spec.schema import Spec

HOLDS = 0.97
"""A bound holds a replica when the estimate reaches this share of it at the capacity."""
SPARE = 2.0
"""One replica that could carry this many times its load is held by nothing."""


def held(spec: "Spec", table: "Table", chosen: "Chosen") -> Held:
    """Return what a replica of the chosen column meets first as its load grows."""
    assert table.physical is not None
    row = int(table.row[chosen.column])
    at = slice(int(table.physical.served[row]), int(table.physical.served[row]) + 1)
    variation = variation_of(table.workload, table.sellers[table.seller[chosen.column]])
    bounds = tightened(spec, table.workload, table.physical, frozenset(), variation).take(at)
    full = capacity(table.physical.service.take(at), bounds)
    rate = float(full.rate_per_s[0]) / slowdown(spec, table.workload, variation)
    plain = {"workload": table.workload.name, "requests_per_s": rate}
    for metric in METRICS:
        reached = getattr(full, f"{metric}_s")[0] / getattr(bounds, f"{metric}_s")[0]
        if reached.max() >= HOLDS:
            which = int(reached.argmax())
            key = f"{metric}_{STATISTICS[which]}_ms"
            limit = next(bound.limit_s for bound in table.workload.slo.bounds() if bound.key == key)
            value = float(getattr(full, f"{metric}_s")[0, which]) * MS_PER_S
            shown = {"statistic": STATISTICS[which], "value_ms": value, "limit_ms": limit * MS_PER_S}
            return Held(**plain, by=metric, **shown)
    if chosen.replicas == 1 and rate >= SPARE * chosen.requests_per_s and table.only is None:
        return Held(**plain, by="nothing")
    if float(full.utilisation[0]) >= HOLDS:
        return Held(**plain, by="arithmetic")
    return Held(**plain, by="memory", max_concurrency=int(table.physical.slots[row]))


def held_words(found: Held, confidence: float) -> str:
    """Say it in a sentence."""
    rate = f"{found.requests_per_s:.3g} requests/s"
    if found.by == "nothing":
        return f"Nothing binds: one replica carries up to {rate}, more than is asked of it."
    if found.by == "arithmetic":
        return f"Prompts hold a replica: at {rate} it spends all its time on them."
    if found.by == "memory":
        admitted = f"the KV cache and the engine admit {found.max_concurrency} sequences"
        return f"Memory holds a replica: {admitted}, full at {rate}."
    return (
        f"{found.by.upper()} {found.statistic} holds a replica: it carries {rate} before it, at an estimate of "
        f"{found.value_ms:.4g} ms, which its error may raise to the {found.limit_ms:.4g} ms promised (confidence "
        f"{confidence:g})."
    )
