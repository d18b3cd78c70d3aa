"""The latency promise: bounds on time to first token, time per output token and end-to-end time."""

from dataclasses import dataclass
from typing import Literal

from planner.records import Record
from planner.spec.quantities import Milliseconds
from planner.units import MS_PER_S

Metric = Literal["ttft", "tpot", "e2e"]
Statistic = Literal["mean", "p50", "p90", "p95", "p99"]
METRICS: tuple[Metric, ...] = ("ttft", "tpot", "e2e")
STATISTICS: tuple[Statistic, ...] = ("mean", "p50", "p90", "p95", "p99")


@dataclass(frozen=True)
class Bound:
    """One bound of an SLO: ``statistic`` of ``metric`` is at most ``limit_s`` [s]."""

    metric: Metric
    statistic: Statistic
    limit_s: float

    @property
    def key(self) -> str:
        """The key of the specification that states it."""
        return f"{self.metric}_{self.statistic}_ms"


class Slo(Record):
    """Upper bounds [ms]; what is absent is not bounded."""

    ttft_mean_ms: Milliseconds | None = None
    ttft_p50_ms: Milliseconds | None = None
    ttft_p90_ms: Milliseconds | None = None
    ttft_p95_ms: Milliseconds | None = None
    ttft_p99_ms: Milliseconds | None = None
    tpot_mean_ms: Milliseconds | None = None
    tpot_p50_ms: Milliseconds | None = None
    tpot_p90_ms: Milliseconds | None = None
    tpot_p95_ms: Milliseconds | None = None
    tpot_p99_ms: Milliseconds | None = None
    e2e_mean_ms: Milliseconds | None = None
    e2e_p50_ms: Milliseconds | None = None
    e2e_p90_ms: Milliseconds | None = None
    e2e_p95_ms: Milliseconds | None = None
    e2e_p99_ms: Milliseconds | None = None

    def bounds(self) -> tuple[Bound, ...]:
        """Return the stated bounds: TTFT, TPOT, end to end, each from mean to p99."""
        named = (Bound(metric, statistic, 0.0) for metric in METRICS for statistic in STATISTICS)
        stated = ((bound, getattr(self, bound.key)) for bound in named)
        return tuple(Bound(bound.metric, bound.statistic, ms / MS_PER_S) for bound, ms in stated if ms is not None)

    def tightest_s(self, metric: Metric) -> float | None:
        """Return the smallest stated bound on ``metric`` [s], or ``None``."""
        return min((bound.limit_s for bound in self.bounds() if bound.metric == metric), default=None)
