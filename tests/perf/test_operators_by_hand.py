"""Every term of every operator, by hand on small numbers: laws leave room for a wrong factor, these leave none."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from planner.architecture.layers import (
    CompressedAttention,
    Indexer,
    LatentAttention,
    LinearAttention,
    Mamba2,
    Mixer,
    MoeMlp,
    SoftmaxAttention,
)
from planner.perf.attention import mixer_core_s
from planner.perf.batch import Batch
from planner.perf.collectives import all_reduce_s, gather_s, send_s
from planner.perf.gemm import gemm_s
from planner.perf.hardware import Attention, Layout, LinkRates, MatrixRates
from planner.perf.moe import distinct_experts, experts_s


def one(value: float) -> np.ndarray[Any, Any]:
    return np.array([float(value)])


RATES = MatrixRates(
    weight_bytes=one(0.5), activation_bytes=one(1.0), flop_per_s=one(100.0), bandwidth_bytes_per_s=one(10.0),
    launch_s=one(0.25), quantise_bytes=one(3.0), stream_bytes_per_s=one(6.0), kernel_s=one(0.5), depth_s=one(0.125),
)  # fmt: skip
NEVER = one(np.inf)
LINK = LinkRates(
    latency_s=one(1.0), latency_per_log2_s=one(2.0), bandwidth_bytes_per_s=one(10.0), transition_s=one(1.5),
    extra_s=one(0.5), gather_s=one(3.0), gather_per_log2_s=one(4.0), gather_bytes_per_s=one(5.0), send_s=one(0.25),
    reduce_s_per_byte=NEVER, shot_s=NEVER, shot_per_log2_s=one(1.0), shot_bytes_per_s=one(40.0),
)  # fmt: skip
CORE = Attention(
    kv_bytes=one(2.0), launch_s=one(0.25), read_bytes_per_s=one(100.0), read_flop_per_s=one(300.0),
    score_flop_per_s=one(700.0), softmax_flop=one(5.0), state_bytes_per_s=one(96.0), state_flop_per_s=one(72.0),
    state_launch_s=one(0.75), index_launch_s=one(0.5), norm_launch_s=one(0.125), stream_bytes_per_s=one(1.0),
)  # fmt: skip
BATCH = Batch(one(3.0), one(5.0), one(2.0), one(7.0), one(1.0))
"""Three sequences five keys deep; two tokens of a prompt that ends, seven keys deep."""


def core_s(mixer: Mixer, batch: Batch = BATCH) -> float:
    """On one of two ranks."""
    return float(mixer_core_s(mixer, CORE, batch, one(2.0))[0])


def test_a_product_bound_by_traffic() -> None:
    """24 + 15 + 40 bytes at 10 B/s, 72 bytes quantised at 6 B/s, and 0.25 s + 6 x 0.125 s."""
    assert gemm_s(RATES, one(4.0), 5.0, 6.0)[0] == pytest.approx(7.9 + 12.0 + 1.0)


def test_a_product_bound_by_arithmetic() -> None:
    """240 FLOP at 10 FLOP/s."""
    assert gemm_s(replace(RATES, flop_per_s=one(10.0)), one(4.0), 5.0, 6.0)[0] == pytest.approx(24.0 + 12.0 + 1.0)


@pytest.mark.parametrize(("ranks", "expected"), [(2.0, 3.5 + 4.0 + math.sqrt(6.0)), (4.0, 5.5 + 6.0 + 3.0)])
def test_an_all_reduce_in_steps(ranks: float, expected: float) -> None:
    assert all_reduce_s(LINK, one(40.0), one(ranks))[0] == pytest.approx(expected)


@pytest.mark.parametrize(("ranks", "latency"), [(2.0, 3.5), (4.0, 5.5)])
def test_switches_sum_at_their_own_rate(ranks: float, latency: float) -> None:
    summing = replace(LINK, reduce_s_per_byte=one(0.025), transition_s=one(4.0))
    assert all_reduce_s(summing, one(40.0), one(ranks))[0] == pytest.approx(latency + 1.0 + 2.0)


@pytest.mark.parametrize(("ranks", "expected"), [(2.0, 0.1 + 1.0 + 0.5 + 1.0), (4.0, 0.1 + 2.0 + 0.5 + 3.0)])
def test_everyone_sends_to_everyone_at_once(ranks: float, expected: float) -> None:
    assert all_reduce_s(replace(LINK, shot_s=one(0.1)), one(40.0), one(ranks))[0] == pytest.approx(expected)


@pytest.mark.parametrize(("ranks", "expected"), [(2.0, 7.5 + 4.0), (4.0, 11.5 + 6.0)])
def test_a_gather(ranks: float, expected: float) -> None:
    assert gather_s(LINK, one(40.0), one(ranks))[0] == pytest.approx(expected)


def test_a_send() -> None:
    assert send_s(LINK, one(40.0))[0] == pytest.approx(0.25 + 4.0)


def test_experts_that_some_tokens_touch() -> None:
    """Four tokens, two of eight experts each, half spread out: 8 (1 - e^-0.5)."""
    assert distinct_experts(MoeMlp(8, 2, 4, 3), one(4.0), 0.5)[0] == pytest.approx(8.0 * (1.0 - math.exp(-0.5)))


@pytest.mark.parametrize(("gated", "matrices"), [(True, 3.0), (False, 2.0)])
def test_experts_on_one_of_four_ranks(gated: bool, matrices: float) -> None:
    """Split two ways, each half over two ranks: six slots, of 3 x 2 elements a matrix."""
    layout = Layout(one(2.0), one(1.0), one(2.0), one(2.0))
    touched = 8.0 * (1.0 - math.exp(-1.5)) / 2.0
    arithmetic, traffic = 6.0 * 2.0 * matrices * 6.0 / 100.0, touched * matrices * 6.0 * 0.5 / 10.0
    permuted, fixed = 6.0 * (8.0 * 3.0 + 4.0 * 2.0) / 6.0, 0.5 + 0.125 * 5.0
    expected = math.hypot(arithmetic, traffic) + permuted + fixed
    assert experts_s(MoeMlp(8, 2, 4, 3, gated=gated), RATES, layout, one(6.0), 1.0)[0] == pytest.approx(expected)


SOFTMAX = SoftmaxAttention(8, 2, 4, 6)
"""On one of two ranks: four heads, one key-value head, 10 elements a key."""


def test_softmax_attention() -> None:
    """300 bytes in 3 s and 1,200 FLOP in 4 s make 5 s; 14 pairs of 4 x 25 FLOP make 2 s; two launches."""
    assert core_s(SOFTMAX) == pytest.approx(5.0 + 2.0 + 0.5)


def test_normalised_keys_take_a_launch() -> None:
    assert core_s(replace(SOFTMAX, norm="head")) - core_s(SOFTMAX) == pytest.approx(0.125)


def test_keys_that_serve_as_values_are_read_once() -> None:
    shared = replace(SOFTMAX, shared_key_value=True)
    assert core_s(shared) == pytest.approx(math.hypot(15 * 4 * 2 / 100, 4.0) + 2.0 + 0.5)


@pytest.mark.parametrize(("kv_heads", "ranks", "own"), [(8, 2.0, 4.0), (2, 2.0, 1.0), (2, 4.0, 1.0)])
def test_keys_are_divided_as_far_as_their_heads(kv_heads: int, ranks: float, own: float) -> None:
    """15 keys of ten elements a head in 2 bytes, 4 s of arithmetic on two ranks."""
    found = mixer_core_s(replace(SOFTMAX, kv_heads=kv_heads), CORE, BATCH, one(ranks))[0]
    shared = 2.0 / ranks
    assert found == pytest.approx(math.hypot(15 * own * 10 * 2 / 100, 4.0 * shared) + 2.0 * shared + 0.5)


def test_a_window_caps_keys_and_pairs() -> None:
    assert core_s(replace(SOFTMAX, window=4)) == pytest.approx(5.0 * 12 / 15 + 2.0 * 8 / 14 + 0.5)


@pytest.mark.parametrize(("sequences", "prompt", "expected"), [(3.0, 0.0, 5.25), (0.0, 2.0, 2.25), (0.0, 0.0, 0.0)])
def test_only_work_is_launched(sequences: float, prompt: float, expected: float) -> None:
    assert core_s(SOFTMAX, replace(BATCH, sequences=one(sequences), prompt_tokens=one(prompt))) == pytest.approx(
        expected
    )


INDEXER = Indexer(2, 3, 4, key_bytes=2)
SCAN_S = 0.5 + 15 * 3 * 2 / 100 + (15 + 14) * 12 / (2 * 700)
"""15 index keys read; they and 14 pairs scored at two heads of three, at twice the rate."""


def test_an_indexer_scans_all_and_leaves_its_choice() -> None:
    window = core_s(replace(SOFTMAX, window=4))
    assert core_s(replace(SOFTMAX, indexer=INDEXER)) == pytest.approx(window + SCAN_S)
    assert core_s(replace(SOFTMAX, indexer=replace(INDEXER, shared=True))) == pytest.approx(window)


@pytest.mark.parametrize(("window", "top_k"), [(4, 2), (2, 4)])
def test_of_a_window_and_a_choice_the_narrower_counts(window: int, top_k: int) -> None:
    both = replace(SOFTMAX, window=window, indexer=replace(INDEXER, top_k=top_k))
    assert core_s(both) == pytest.approx(core_s(replace(SOFTMAX, window=2)) + SCAN_S)


LATENT = LatentAttention(8, None, 6, 3, 2, 4)
"""On one of two ranks: four heads; 8 elements cached, products of 14 absorbed and 9 expanded."""


def test_latent_attention() -> None:
    decode = math.hypot(15 * 8 * 2 / 100, 15 * 2 * 4 * 14 / 300)
    assert core_s(LATENT) == pytest.approx(decode + 14 * 4 * (18 + 5) / 700 + 0.5)


def test_sparse_latent_attention_pads_heads_to_a_block() -> None:
    decode = math.hypot(12 * 8 * 2 / 100, 12 * 2 * 4 * 14 / 300)
    expected = decode + 8 * 64 * (28 + 5) / 700 + 0.5 + SCAN_S
    assert core_s(replace(LATENT, indexer=INDEXER)) == pytest.approx(expected)


COMPRESSED = CompressedAttention(8, 4, 1, 1, 1, window=3, ratio=2)


def test_compressed_attention() -> None:
    """Three keys of the window and every second of all."""
    keys, pairs = 3 * (3 + 5 / 2), 2 * (3 + 7 / 2)
    decode = math.hypot(keys * 4 * 2 / 100, keys * 2 * 4 * 8 / 300)
    assert core_s(COMPRESSED) == pytest.approx(decode + pairs * 4 * (16 + 5) / 700 + 0.5)


def test_compressed_attention_that_chooses() -> None:
    """Two entries reach four tokens; index keys stand for two tokens each."""
    keys, pairs = 3 * (3 + 4 / 2), 2 * (3 + 4 / 2)
    decode = math.hypot(keys * 4 * 2 / 100, keys * 2 * 4 * 8 / 300)
    scan = 0.5 + 7.5 * 3 * 2 / 100 + (7.5 + 7.0) * 12 / (2 * 700)
    chosen = replace(COMPRESSED, indexer=replace(INDEXER, top_k=2))
    assert core_s(chosen) == pytest.approx(decode + pairs * 4 * (16 + 5) / 700 + 0.5 + scan)


@pytest.mark.parametrize("mixer", [LinearAttention(2, 4, 2, 3, 4), Mamba2(4, 3, 2, 1, 4)])
def test_a_state_is_read_and_written(mixer: Mixer) -> None:
    """12 elements of 4 bytes, twice, for three sequences and a prompt that ends; 6 FLOP an element and prompt token."""
    assert core_s(mixer) == pytest.approx(2 * 12 * 4 * 4 / 96 + 6 * 12 * 2 / 72 + 0.75)
