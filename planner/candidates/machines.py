"""From catalogue entries to the arrays that physics works on."""

from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.links import Sockets, Wires
from planner.candidates.precision import Efficiencies, compute_of, matrix_rates
from planner.perf.hardware import Attention, EngineCosts, Floats, Machine
from planner.units import BITS_PER_BYTE, GB, MS_PER_S, TERA, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.candidates.holdings import Formats
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Accelerator, Engine, Format
    from planner.perf.hardware import Layout


def machine(
    catalog: "Catalog", factors: Efficiencies, engine: "Engine", sockets: Sockets, layout: "Layout", formats: "Formats"
) -> Machine:
    """Arrays ``(columns,)`` of everything a step's time depends on, for one engine and one pair of formats."""
    rates = matrix_rates(catalog, factors, engine, sockets.accelerators, formats)
    cores = _attention(factors, sockets.accelerators, formats.kv, engine.family)
    costs = _costs(factors, engine, layout.tensor)
    wires = Wires(catalog, factors, engine, sockets)
    tensor = wires.among(layout.group)
    stages = wires.between_stages(layout.accelerators)
    at = sockets.index
    return Machine(cores.take(at), {name: rate.take(at) for name, rate in rates.items()}, tensor, stages, costs)


def _attention(factors: Efficiencies, accelerators: "Sequence[Accelerator]", kv: "Format", engine: str) -> Attention:
    count = len(accelerators)
    memory = np.array(
        [a.memory_bandwidth_gb_per_s * GB * factors.device(a, "memory") for a in accelerators], dtype=np.float64
    )
    peak = np.array([sixteen_bit_tflops(a) * TERA * factors.device(a, "compute") for a in accelerators])
    slow = np.array([_kv_penalty(factors, a, kv, engine) for a in accelerators])

    def all_(value: float) -> Floats:
        return np.full(count, value)

    return Attention(
        kv_bytes=all_(kv.weight_bits / BITS_PER_BYTE),
        launch_s=all_(factors["attention.launch_us"] / US_PER_S),
        read_bytes_per_s=memory * factors["attention.read_memory"] / slow,
        read_flop_per_s=peak * factors["attention.read_compute"],
        score_flop_per_s=peak * factors["attention.score_compute"],
        softmax_flop=all_(factors["attention.softmax_flop"]),
        state_bytes_per_s=memory * factors["attention.state_memory"],
        state_flop_per_s=peak * factors["attention.state_compute"],
        state_launch_s=all_(factors["attention.state_launch_us"] / US_PER_S),
        index_launch_s=all_(factors["attention.index_launch_us"] / US_PER_S),
        norm_launch_s=all_(factors["attention.norm_launch_us"] / US_PER_S),
        stream_bytes_per_s=memory * factors["stream.memory"],
    )


def _kv_penalty(factors: Efficiencies, accelerator: "Accelerator", kv: "Format", engine: str) -> float:
    compute = compute_of(kv, accelerator, engine)
    return 1.0 if compute is None or compute.support == "native" else factors["attention.kv_fallback_slowdown"]


def sixteen_bit_tflops(accelerator: "Accelerator") -> float:
    """Dense peak of 16-bit arithmetic [TFLOP/s]: bf16, or fp16 where there is no bf16."""
    peaks = accelerator.peak_dense_tflops
    return peaks.get("bf16", peaks.get("fp16", 0.0))


def _costs(factors: Efficiencies, engine: "Engine", tensor: Floats) -> EngineCosts:
    """Return the fixed costs of an engine; each further rank that answers for a sequence adds ``rank_sequence_us``."""

    def all_(value: float) -> Floats:
        return np.full(len(tensor), value)

    sequence_us = engine.costs["sequence_us"] + engine.costs.get("rank_sequence_us", 0.0) * (tensor - 1.0)

    return EngineCosts(
        layer_s=all_(engine.costs["layer_us"] / US_PER_S),
        step_s=all_(engine.costs["step_ms"] / MS_PER_S),
        sequence_s=sequence_us / US_PER_S,
        elementwise_bytes=all_(factors["elementwise_bytes"]),
        expert_spread=all_(factors["moe.spread"]),
        shared_overlap=all_(factors["moe.shared_overlap"]),
    )
