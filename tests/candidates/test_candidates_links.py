"""Tensor parallel needs a fast link: what a step pays for its collectives over NVLink, PCIe and fabric."""

from functools import cache

import numpy as np
import pytest

from planner.architecture.config import read_config
from planner.candidates.holdings import formats_of
from planner.candidates.layouts import Split, fits_node, splits, tensor_degrees
from planner.candidates.links import Wires
from planner.candidates.physics import Setting, machine_of, sockets_for
from planner.candidates.precision import Efficiencies
from planner.candidates.rows import current_engines, merged_factors
from planner.perf.batch import Batch
from planner.perf.collectives import all_reduce_s
from planner.perf.hardware import Layout
from planner.perf.lengths import Lengths
from planner.perf.step import step_time
from planner.units import US_PER_S
from tests.pipeline.requests import LLAMA_70B, catalog


@cache
def setting() -> Setting:
    known = catalog()
    model = read_config(known.models[LLAMA_70B].config, name=LLAMA_70B)
    formats = formats_of(known, model, "bf16", "bf16")
    factors = Efficiencies(merged_factors(known))
    engine = current_engines(("vllm",), known)[0]
    return Setting(known, factors, model, formats, engine, 8192, Lengths.constant(1000, 100))


def reference(accelerator: str) -> str:
    return next(n.id for n in catalog().nodes.values() if n.accelerator == accelerator and n.reference)


def collective_share(accelerator: str, tensor: int, prompt_tokens: float = 0.0) -> float:
    """Share of a step of 16 sequences and a prompt chunk that collectives take."""
    layout = Layout(*(np.array([float(n)]) for n in (tensor, 1, 1, 1)))
    sockets = sockets_for(setting(), (reference(accelerator),), np.zeros(1, dtype=np.int64))
    one = np.ones(1)
    batch = Batch(16 * one, 1000 * one, prompt_tokens * one, 1000 * one, one * (prompt_tokens > 0))
    time = step_time(setting().model, machine_of(setting(), sockets, layout), layout, batch)
    return float((time.layers["collectives"] / (time.layers_s + time.head_s + time.engine_s)).ravel()[0])


def test_one_accelerator_pays_no_collective() -> None:
    assert collective_share("h100-sxm-80gb", 1) == 0.0


def test_tensor_parallel_over_pcie_pays_more_than_over_nvlink() -> None:
    assert collective_share("l40s", 4) > collective_share("h100-sxm-80gb", 4)
    assert collective_share("l40s", 4, 2048) > 2 * collective_share("h100-sxm-80gb", 4, 2048)


@pytest.mark.parametrize("accelerator", ["h100-sxm-80gb", "l40s", "mi300x"])
def test_more_ranks_pay_a_larger_share(accelerator: str) -> None:
    assert collective_share(accelerator, 8) > collective_share(accelerator, 2)


def test_tensor_degrees_divide_heads_and_share_kv_heads() -> None:
    """Llama-3.1-70B: 64 heads, 8 KV heads."""
    assert tensor_degrees(setting().model) == (1, 2, 4, 8, 16)


def test_a_dense_model_has_no_attention_data_nor_expert_parallel() -> None:
    assert {(s.attention_data, s.expert) for s in splits(setting().model)} == {(1, 1)}


def test_a_stage_never_lies_astride_a_node() -> None:
    node = catalog().nodes[reference("h100-sxm-80gb")]
    assert fits_node(Split(8, 2, 1, 1), node)
    assert fits_node(Split(4, 4, 1, 1), node)
    assert not fits_node(Split(16, 1, 1, 1), node)
    assert not fits_node(Split(5, 3, 1, 1), node)


def all_reduce_us(engine: str, accelerator: str, ranks: int, message_bytes: float) -> float:
    """Time of one all-reduce by an engine's profile on the reference node [us]."""
    known = catalog()
    sockets = sockets_for(setting(), (reference(accelerator),), np.zeros(1, dtype=np.int64))
    wires = Wires(known, setting().factors, known.engines[engine], sockets)
    count = np.array([float(ranks)])
    return float(all_reduce_s(wires.among(count), np.array([message_bytes]), count)[0]) * US_PER_S


@pytest.mark.parametrize(
    ("engine", "accelerator", "ranks", "message_bytes", "measured_us"),
    [
        ("trtllm", "h200-sxm-141gb", 8, 4096, 3.5),
        ("trtllm", "h200-sxm-141gb", 8, 524288, 17.8),
        ("trtllm", "h200-sxm-141gb", 2, 1048576, 6.0),
        ("trtllm", "b200-sxm", 4, 2097152, 14.6),
        ("trtllm", "h200-sxm-141gb", 8, 16777216, 121.4),
        ("vllm", "h200-sxm-141gb", 8, 524288, 11.1),
        ("vllm", "h200-sxm-141gb", 8, 8388608, 48.4),
        ("vllm", "h200-sxm-141gb", 4, 4194304, 29.8),
    ],
)
def test_all_reduces_take_what_the_operator_tables_of_aiconfigurator_say(
    engine: str, accelerator: str, ranks: int, message_bytes: float, measured_us: float
) -> None:
    assert all_reduce_us(engine, accelerator, ranks, message_bytes) == pytest.approx(measured_us, rel=0.25)


def test_one_exchange_wins_for_small_messages_only() -> None:
    assert all_reduce_us("trtllm", "h200-sxm-141gb", 8, 4096) < all_reduce_us("vllm", "h200-sxm-141gb", 8, 4096)
    assert all_reduce_us("trtllm", "h200-sxm-141gb", 8, 1048576) > all_reduce_us("vllm", "h200-sxm-141gb", 8, 1048576)
