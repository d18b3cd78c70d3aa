"""The numbers of one pool: what its replicas hold, how fast they are at the load they carry, and what they cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.candidates.bounds import sigmas
from planner.candidates.precision import compute_of
from planner.candidates.quality import setting_recovery
from planner.perf.bands import band
from planner.perf.capacity import at_rate
from planner.perf.hardware import Layout
from planner.perf.percentiles import STATISTICS
from planner.perf.sensitivity import amplification
from planner.perf.steady import Operation, Service
from planner.perf.work import expected_decode_bytes, request_flop
from planner.plan.figures import Latency, Memory, significant
from planner.plan.operators import operators
from planner.plan.power import power_w
from planner.plan.precision import mixed_modules, quality_record
from planner.plan.record import Pool
from planner.units import GB, GIB, MS_PER_S, TERA

if TYPE_CHECKING:
    from planner.candidates.physics import Setting
    from planner.candidates.rows import Physical
    from planner.candidates.sellers import Seller
    from planner.candidates.table import Table
    from planner.catalog.schema import Accelerator
    from planner.perf.hardware import Floats
    from planner.perf.memory import Memory as MemoryUse


@dataclass(frozen=True)
class Chosen:
    """``replicas`` of column ``column`` of a table, and the load [requests/s] that all of them carry together.

    At most ``spread`` of them lie on one host (0: as many as fit).
    """

    column: int
    replicas: int
    requests_per_s: float
    spread: int = 0


@dataclass(frozen=True)
class Held:
    """``count`` groups of ``across`` units of a seller that hold the same (workload, pool, replicas)."""

    seller: "Seller"
    count: int
    across: int
    holds: tuple[tuple[int, int, int], ...]


def units_of(seller: "Seller", accelerators: int, replicas: int) -> int:
    """Billing units for ``replicas`` of ``accelerators`` each: several lie in a unit, or one spans whole units."""
    size = seller.offer.unit_accelerators
    if accelerators <= size:
        return -(-replicas // (size // accelerators))
    return replicas * -(-accelerators // size)


def service_row(physical: "Physical", row: int) -> Service:
    """Return the service of one physical row as a table of one column."""
    at = int(physical.served[row])
    return physical.service.take(slice(at, at + 1))


def nodes_of(seller: "Seller", units: int) -> int:
    """Machines behind ``units`` billing units: one each, or several where a unit spans hosts."""
    return units * max(1, seller.offer.unit_accelerators // seller.node.accelerators)


def pool(table: "Table", chosen: Chosen, units: int | None = None) -> Pool:
    """Return the record of a pool; ``units`` when it shares its billing units with others."""
    physical, seller = table.physical, table.sellers[table.seller[chosen.column]]
    assert physical is not None
    row = int(table.row[chosen.column])
    setting, size = physical.settings[physical.setting[row]], int(physical.layout.accelerators[row])
    bought = units_of(seller, size, chosen.replicas) if units is None else units
    load, felt = _load(table, service_row(physical, row), chosen)
    capacity = capacity_of(table, chosen)
    work = _Work(setting, table.catalog.accelerators[seller.node.accelerator], size, load)
    return Pool(
        **identity(table, chosen.column),
        quality=quality_record(setting_recovery(setting, table.workload)),
        regions=allowed_regions(table, seller),
        tenancy=seller.offer.tenancy,
        purchase=seller.price.purchase,
        price_as_of=None if seller.price.purchase == "owned" else seller.price.as_of,
        price_basis=seller.price.basis,
        replicas=chosen.replicas,
        replicas_per_node=chosen.spread or None,
        accelerators=bought * seller.offer.unit_accelerators,
        billing_unit=seller.offer.unit_accelerators,
        units=bought,
        nodes=nodes_of(seller, bought),
        max_num_batched_tokens=setting.batched_tokens,
        max_concurrency=int(physical.slots[row]),
        concurrency=chosen.requests_per_s / chosen.replicas * float(load.e2e_s[0, 0]),
        requests_per_s=chosen.requests_per_s,
        capacity_requests_per_s=capacity,
        memory_per_accelerator_gib=memory_record(physical.memory.take(np.array([row]))),
        **{f"{metric}_ms": latency(table, row, load, metric, felt) for metric in ("ttft", "tpot", "e2e")},
        operators=operators(setting, seller.node, _layout_row(physical, row), float(load.batch[0])),
        utilisation=chosen.requests_per_s / capacity,
        mfu=work.mfu(),
        mbu=work.mbu(),
        usd_per_unit_h=seller.price.usd_per_unit_h,
        usd_per_h=bought * seller.price.usd_per_unit_h,
        power_w=power_of(table, chosen, bought * seller.offer.unit_accelerators),
    )


def _load(table: "Table", service: Service, chosen: Chosen) -> "tuple[Operation, dict[str, Floats]]":
    """Return the load of a replica, and what it multiplies an error of the step times by.

    It is that of the rate as it is printed: near saturation the last digit of the rate shows in the latencies.
    """
    load = at_rate(service, np.array([significant(chosen.requests_per_s) / chosen.replicas]))
    return load, {} if table.fixed_demand is not None else amplification(service, load)


def allowed_regions(table: "Table", seller: "Seller") -> tuple[str, ...]:
    """Return where the offer is to be bought: its regions, of those that the request allows."""
    allowed = table.workload.limits.regions
    return tuple(region for region in seller.offer.regions if not allowed or region in allowed)


def power_of(table: "Table", chosen: Chosen, paid: float) -> float | None:
    """Power of a pool that pays for ``paid`` accelerators [W]."""
    size = int(table.accelerators[chosen.column])
    used = chosen.replicas * size * chosen.requests_per_s / capacity_of(table, chosen)
    return power_w(table.sellers[table.seller[chosen.column]], table.catalog, paid, used)


def _layout_row(physical: "Physical", row: int) -> Layout:
    split = physical.layout
    degrees = (split.tensor, split.pipeline, split.expert, split.attention_data)
    return Layout(*(degree[row : row + 1] for degree in degrees))


def identity(table: "Table", column: int) -> dict[str, Any]:
    """Return what names a column in a document: offer, accelerator, layout, formats and engine."""
    physical, seller = table.physical, table.sellers[table.seller[column]]
    assert physical is not None
    row, layout = int(table.row[column]), physical.layout
    setting = physical.settings[physical.setting[row]]
    return {
        "offer": seller.offer.id,
        "provider": seller.offer.provider,
        "provider_name": seller.offer.provider_name or None,
        "accelerator": seller.node.accelerator,
        "accelerator_name": table.catalog.accelerators[seller.node.accelerator].name,
        "tensor_parallel": int(layout.tensor[row]),
        "pipeline_parallel": int(layout.pipeline[row]),
        "expert_parallel": int(layout.expert[row]),
        "attention_data_parallel": int(layout.attention_data[row]),
        "weight_format": setting.formats.name,
        "module_formats": mixed_modules(setting.formats),
        "kv_format": setting.formats.kv.id,
        "engine": setting.engine.id,
    }


def capacity_of(table: "Table", chosen: Chosen) -> float:
    """Rate that the replicas of a pool sustain within the SLO [requests/s]; a fixed concurrency is its own capacity."""
    whole = float(table.requests_per_s[chosen.column]) * chosen.replicas
    return whole if table.fixed_demand is not None else whole / table.workload.limits.max_utilisation


def memory_record(use: "MemoryUse") -> Memory:
    """Memory of the fullest accelerator of one column [GiB]; the KV cache takes what the rest leaves."""
    parts = (use.weights_bytes, use.activations_bytes, use.overhead_bytes, use.usable_bytes)
    weights, activations, overhead, usable = (float(values[0]) / GIB for values in parts)
    free = max(usable - weights - activations - overhead, 0.0)
    return Memory(weights=weights, kv_cache=free, activations=activations, overhead=overhead, usable=usable)


def latency(table: "Table", row: int, load: Operation, metric: str, felt: "dict[str, Floats]") -> Latency:
    """Mean, the percentiles that the SLO names (p95 always), and the band of the mean [ms].

    ``felt`` is what the load multiplies an error of the step times by (:func:`planner.perf.sensitivity.amplification`).
    """
    assert table.physical is not None
    values = getattr(load, f"{metric}_s")[0] * MS_PER_S
    sigma = sigmas(table.physical, metric)[row] * felt.get(metric, np.ones(1))[0]
    low, high = band(values[0], sigma)
    asked = {bound.statistic for bound in table.workload.slo.bounds() if bound.metric == metric} | {"p95"}
    named = {name: float(values[index]) for index, name in enumerate(STATISTICS) if name in asked or name == "mean"}
    return Latency(**named, band=(float(low), float(high)), basis=table.physical.basis(row))


@dataclass(frozen=True)
class _Work:
    """Useful work of one replica at its load, against the datasheet."""

    setting: "Setting"
    accelerator: "Accelerator"
    size: int
    load: Operation

    def mfu(self) -> float:
        """FLOP that the load needs over the dense peak of the rate that the weights compute at."""
        held = self.setting.catalog.formats[self.setting.formats.name]
        compute = compute_of(held, self.accelerator, self.setting.engine.family)
        assert compute is not None
        assert compute.rate is not None
        peak = self.accelerator.peak_dense_tflops[compute.rate] * TERA * self.size
        return float(self.load.rate_per_s[0]) * request_flop(self.setting.model, self.setting.lengths) / peak

    def mbu(self) -> float:
        """Least bytes of a decode step over what the memory could move in a time per output token."""
        moved = expected_decode_bytes(
            self.setting.model, self.setting.precision(), self.load.batch, np.array([self.setting.sequence_bytes()])
        )
        could = self.accelerator.memory_bandwidth_gb_per_s * GB * self.size * self.load.tpot_s[:, 0]
        return float((moved / could)[0])
