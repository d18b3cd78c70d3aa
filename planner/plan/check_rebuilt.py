"""One pool rebuilt from its printed names: seller, formats and layout, and the physics of one replica.

Keeps no promise itself: the other parts of the check hold what a pool prints against what is computed here.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.bounds import METRICS, promised, slowdown
from planner.candidates.concurrency import rate_in_flight
from planner.candidates.layouts import Split
from planner.candidates.links import Sockets
from planner.candidates.physics import Setting, admitted, machine_of, memory_of, service_of, sockets_for
from planner.candidates.rows import settings
from planner.candidates.sellers import Seller, sellers, variation_of
from planner.perf.bands import upper_factor
from planner.perf.capacity import Bounds, at_rate, capacity
from planner.perf.hardware import Layout
from planner.perf.percentiles import STATISTICS
from planner.perf.sensitivity import amplification
from planner.plan.precision import mixed_modules

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.perf.hardware import Floats
    from planner.perf.memory import Memory
    from planner.perf.steady import Operation, Service
    from planner.plan.record import Pool
    from planner.spec.schema import Spec, WorkloadSpec


@dataclass(frozen=True)
class Rebuilt:
    """What the names of a pool stand for; its replicas are alike, so physics is that of one."""

    pool: "Pool"
    workload: "WorkloadSpec"
    spec: "Spec"
    seller: Seller
    setting: Setting
    split: Split

    @cached_property
    def layout(self) -> Layout:
        """The split as a table of one column."""
        s = self.split
        return Layout(*(np.array([float(n)]) for n in (s.tensor, s.pipeline, s.expert, s.attention_data)))

    @cached_property
    def sockets(self) -> Sockets:
        """The seller's machine as a table of one column."""
        return sockets_for(self.setting, (self.seller.node.id,), np.zeros(1, dtype=np.int64))

    @cached_property
    def memory(self) -> "Memory":
        """Memory of the fullest accelerator."""
        return memory_of(self.setting, self.sockets, self.layout)

    @cached_property
    def slots(self) -> int:
        """Sequences that memory and engine admit."""
        return int(admitted(self.setting, self.memory, self.layout)[0])

    @cached_property
    def service(self) -> "Service":
        """Step tables of one replica."""
        machine = machine_of(self.setting, self.sockets, self.layout)
        return service_of(self.setting, machine, self.layout, np.array([float(self.slots)]))

    @cached_property
    def variation(self) -> float:
        """Standard deviation of the logarithm of the throughput of machines like these."""
        return variation_of(self.workload, self.seller)

    @cached_property
    def slowdown(self) -> float:
        """How much slower than the mean a machine may be at the confidence asked."""
        return slowdown(self.spec, self.workload, self.variation)

    @cached_property
    def load(self) -> "Operation":
        """The operating point at the load that the pool prints."""
        return at_rate(self.service, np.array([self.pool.requests_per_s / self.pool.replicas]))

    @property
    def in_flight(self) -> float | None:
        """The concurrency that is asked for, where no SLO turns it into a rate."""
        return self.workload.workload.concurrency if self.workload.requests_per_s is None else None

    @cached_property
    def felt(self) -> "dict[str, Floats]":
        """What that load multiplies an error of the step times by; nothing at a concurrency that is asked for."""
        return {} if self.in_flight else amplification(self.service, self.load)

    @cached_property
    def capacity_requests_per_s(self) -> float:
        """What all replicas sustain within the SLO, or at the concurrency that is asked for."""
        if self.in_flight:
            rate, _, _ = rate_in_flight(self.service, np.array([self.in_flight / self.pool.replicas]))
        else:
            rate = capacity(self.service, self.bounds()).rate_per_s / self.slowdown
        return float(rate[0]) * self.pool.replicas

    def bounds(self) -> Bounds:
        """Return the SLO on the estimates of one replica, tightened by their error."""
        asked = promised(self.workload)
        limits = {metric: np.full((1, len(STATISTICS)), np.inf) for metric in METRICS}
        for bound in asked:
            sigma = np.hypot(self.setting.sigma(self.seller.node, bound.metric), self.variation)
            factor = float(upper_factor(sigma, self.spec.confidence, len(asked)))
            limits[bound.metric][0, STATISTICS.index(bound.statistic)] = bound.limit_s / factor
        return Bounds(**{f"{metric}_s": values for metric, values in limits.items()})


def rebuilt(pool: "Pool", workload: "WorkloadSpec", spec: "Spec", catalog: "Catalog") -> Rebuilt | None:
    """Return what a pool's names stand for; ``None`` where nothing of these names is on sale."""
    named = [s for s in sellers(spec, catalog) if (s.offer.id, s.price.purchase) == (pool.offer, pool.purchase)]
    where = set(pool.regions)  # where workloads are kept apart each region is a seller of its own
    sold = sorted(named, key=lambda s: (not where <= set(s.offer.regions), len(s.offer.regions)))
    made = [
        s
        for s in settings(spec, workload, catalog)
        if (s.formats.name, s.formats.kv.id, s.engine.id, s.batched_tokens)
        == (pool.weight_format, pool.kv_format, pool.engine, pool.max_num_batched_tokens)
        and mixed_modules(s.formats) == pool.module_formats
    ]
    if not sold or not made:
        return None
    split = Split(pool.tensor_parallel, pool.pipeline_parallel, pool.expert_parallel, pool.attention_data_parallel)
    return Rebuilt(pool, workload, spec, sold[0], made[0], split)
