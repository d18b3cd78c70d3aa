"""Laws of single operators: roofs, limits by hand, monotone in rates, homogeneous in units."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.architecture.layers import MoeMlp
from planner.perf.collectives import all_reduce_s, gather_s
from planner.perf.gemm import gemm_s
from planner.perf.hardware import Layout, LinkRates, Machine, MatrixRates
from planner.perf.moe import distinct_experts, experts_s
from tests.strategies import links, machines

sizes = st.integers(1, 16384).map(float)


def rates(flop: float = 1e15, bandwidth: float = 3e12, launch: float = 0.0) -> MatrixRates:
    values = (2.0, 2.0, flop, bandwidth, launch, 0.0, bandwidth, 0.0, 0.0)
    return MatrixRates(*(np.array([value]) for value in values))


def test_a_large_product_takes_its_arithmetic() -> None:
    assert gemm_s(rates(), np.array([8192.0]), 8192.0, 8192.0)[0] == pytest.approx(2 * 8192**3 / 1e15)


def test_a_single_row_takes_reading_the_weights() -> None:
    moved = 2.0 * 8192 + 2.0 * 8192**2 + 2.0 * 8192
    assert gemm_s(rates(), np.array([1.0]), 8192.0, 8192.0)[0] == pytest.approx(moved / 3e12)


@given(machines(), sizes, sizes, sizes)
def test_no_product_beats_either_roof(machine: Machine, m: float, n: float, k: float) -> None:
    own = machine.modules["attention"]
    time = gemm_s(own, np.array([m]), n, k)[0]
    assert time >= 2.0 * m * n * k / own.flop_per_s[0] * (1 - 1e-12)
    assert time >= own.weight_bytes[0] * n * k / own.bandwidth_bytes_per_s[0] * (1 - 1e-12)


@given(machines(), sizes, sizes, sizes, st.floats(1.0, 10.0))
def test_faster_rates_never_slow_a_product(machine: Machine, m: float, n: float, k: float, gain: float) -> None:
    own = machine.modules["attention"]
    before = gemm_s(own, np.array([m]), n, k)[0]
    for name in ("flop_per_s", "bandwidth_bytes_per_s", "stream_bytes_per_s"):
        assert gemm_s(replace(own, **{name: getattr(own, name) * gain}), np.array([m]), n, k)[0] <= before * (1 + 1e-12)


@given(links(), st.floats(1.0, 1e9), st.integers(2, 64))
def test_an_all_reduce_is_never_below_the_ring_bound_or_that_of_switches(
    link: LinkRates, message: float, ranks: int
) -> None:
    time = all_reduce_s(link, np.array([message]), np.array([float(ranks)]))[0]
    ring = 2.0 * (ranks - 1) / ranks * message / link.bandwidth_bytes_per_s[0]
    assert time >= min(ring, message * link.reduce_s_per_byte[0]) * (1 - 1e-12)


@given(links(), st.floats(1.0, 1e9), st.integers(2, 64), st.floats(1.0, 10.0))
def test_an_all_reduce_grows_with_its_message(link: LinkRates, message: float, ranks: int, more: float) -> None:
    small, large = (all_reduce_s(link, np.array([m]), np.array([float(ranks)]))[0] for m in (message, message * more))
    assert small <= large * (1 + 1e-12)


@given(links(), st.floats(1.0, 1e9), st.integers(2, 64))
def test_another_way_to_sum_never_slows_an_all_reduce(link: LinkRates, message: float, ranks: int) -> None:
    arguments = np.array([message]), np.array([float(ranks)])
    none = np.array([np.inf])
    alone = replace(link, reduce_s_per_byte=none, shot_s=none)
    assert all_reduce_s(link, *arguments)[0] <= all_reduce_s(alone, *arguments)[0] * (1 + 1e-12)


@given(links(), st.floats(1.0, 1e9))
def test_one_rank_needs_no_collective(link: LinkRates, message: float) -> None:
    assert all_reduce_s(link, np.array([message]), np.array([1.0]))[0] == 0.0
    assert gather_s(link, np.array([message]), np.array([1.0]))[0] == 0.0


@given(links(), st.floats(1.0, 1e9), st.integers(2, 64), st.floats(1.0, 10.0))
def test_a_faster_link_is_never_slower(link: LinkRates, message: float, ranks: int, gain: float) -> None:
    faster = replace(link, bandwidth_bytes_per_s=link.bandwidth_bytes_per_s * gain)
    arguments = np.array([message]), np.array([float(ranks)])
    assert all_reduce_s(faster, *arguments)[0] <= all_reduce_s(link, *arguments)[0] * (1 + 1e-12)


@given(st.integers(1, 512), st.integers(1, 16), st.floats(0.0, 1e6), st.floats(0.3, 1.2))
def test_distinct_experts_lie_between_top_k_and_all(experts: int, top_k: int, tokens: float, spread: float) -> None:
    moe = MoeMlp(experts, top_k, 512, 1024)
    touched = distinct_experts(moe, np.array([tokens]), spread)[0]
    assert min(top_k, experts) <= touched <= experts
    assert distinct_experts(moe, np.array([tokens + 1.0]), spread)[0] >= touched


def test_many_tokens_touch_every_expert() -> None:
    assert distinct_experts(MoeMlp(128, 8, 512, 1024), np.array([1e5]), 0.92)[0] == pytest.approx(128.0)


@given(machines(), st.floats(1.0, 1e4), st.sampled_from([1, 2, 4, 8]))
def test_experts_never_beat_their_arithmetic_nor_their_weights(machine: Machine, tokens: float, ways: int) -> None:
    moe = MoeMlp(64, 4, 512, 1024)
    group = np.array([8.0])
    layout = Layout(group, np.ones(1), np.array([float(ways)]), np.ones(1))
    own = machine.modules["experts"]
    time = experts_s(moe, own, layout, np.array([tokens]), 0.92)[0]
    elements = 3.0 * 1024 * 512
    assert time >= tokens * 4 * 2.0 * elements / 8.0 / own.flop_per_s[0] * (1 - 1e-12)
    assert time >= 4 * elements / 8.0 * own.weight_bytes[0] / own.bandwidth_bytes_per_s[0] * (1 - 1e-12)
