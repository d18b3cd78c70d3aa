"""The specification as the planner uses it: both forms in one, models resolved, lengths as distributions, SI units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.architecture.layers import Architecture
from planner.perf.lengths import Lengths
from planner.spec.demand import Workload
from planner.spec.energy import Energy
from planner.spec.limits import Limits
from planner.spec.prices import Overheads, Owned, Prices
from planner.spec.quality import Quality
from planner.spec.request import Objective
from planner.spec.slo import Slo
from planner.units import HOURS_PER_DAY, SECONDS_PER_HOUR


@dataclass(frozen=True)
class WorkloadSpec:
    """One workload: what is asked, of which model, with which promise.

    ``formats`` is ``None`` where the user left the choice open. ``limits`` are the workload's own inside the common
    ones: its allow lists and ``max_utilisation`` are final, its caps bound this workload alone.
    """

    name: str
    model: Architecture
    model_id: str
    workload: Workload
    lengths: Lengths
    slo: Slo
    formats: tuple[str, ...] | None
    kv_formats: tuple[str, ...]
    limits: Limits
    hourly: tuple[float, ...] = ()
    """Requests/s of each hour, where the demand changes; the busiest hour is then the rate to be sustained."""
    quality: Quality = field(default_factory=Quality)

    @property
    def requests_per_s(self) -> float | None:
        """The demand [1/s]; ``None``: a concurrency without bounds to turn it into a rate, so it depends on the column.

        ``concurrency: C`` is the rate ``C / (TTFT + Lout TPOT)`` at the SLO's tightest bounds, or ``C / e2e`` where
        only the end-to-end time is bounded.
        """
        stated = self.workload
        if self.hourly:
            return max(self.hourly)
        if stated.requests_per_s is not None:
            return stated.requests_per_s
        if stated.tokens_per_day is not None:
            tokens = self.lengths.mean_input_tokens + self.lengths.mean_output_tokens
            return stated.tokens_per_day / tokens / (HOURS_PER_DAY * SECONDS_PER_HOUR)
        residence_s = residence_bound_s(self.slo, self.lengths.mean_output_tokens)
        if stated.concurrency is None or residence_s is None:
            return None
        return stated.concurrency / residence_s


def residence_bound_s(slo: Slo, output_tokens: float) -> float | None:
    """Return the time in the engine that the SLO allows a mean request [s], or ``None`` where it bounds none."""
    ttft_s, tpot_s = slo.tightest_s("ttft"), slo.tightest_s("tpot")
    if ttft_s is not None and tpot_s is not None:
        return ttft_s + output_tokens * tpot_s
    return slo.tightest_s("e2e")


@dataclass(frozen=True)
class Spec:
    """A whole request. ``limits`` bound the sum over the workloads."""

    workloads: tuple[WorkloadSpec, ...]
    limits: Limits = field(default_factory=Limits)
    owned: tuple[Owned, ...] = ()
    prices: Prices = field(default_factory=Prices)
    overheads: Overheads = field(default_factory=Overheads)
    energy: Energy = field(default_factory=Energy)
    engine: tuple[str, ...] = ("vllm",)
    confidence: float = 0.8
    objective: tuple[Objective, ...] = ("usd_per_mtok",)
    apart: tuple[tuple[str, str], ...] = ()
    """Pairs of workloads that share no region."""
    seed: int = 0
    workers: int = 1
    source: str = ""
    """The file that it was read from, for messages."""
    document: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """What was stated, overrides laid upon it, as JSON gives it: enough to read the same request again."""
    assumed: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The defaults taken where the document is silent, by dotted key."""
    files: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The digest of each file that the document names."""
    places: Mapping[str, int] = field(default_factory=dict, compare=False)
    """The line of each dotted key of the document, from 1."""
