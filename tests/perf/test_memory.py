"""Memory by hand: what a sequence holds in each kind of layer, on one rank and of four, and which stage runs out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.architecture.layers import (
    Architecture,
    CompressedAttention,
    DenseMlp,
    Indexer,
    LatentAttention,
    Layer,
    LinearAttention,
    Mamba2,
    Mixer,
    MoeMlp,
    SoftmaxAttention,
)
from planner.perf.hardware import Layout
from planner.perf.lengths import Lengths
from planner.perf.memory import Budget, Memory, Precision, Reserved, kv_bytes_per_sequence, memory, stage_layers
from tests.perf.test_operators_by_hand import one
from tests.perf.test_step import WEIGHTS, budget, precision, single
from tests.strategies import architectures, lengths

HIDDEN, VOCABULARY = 16, 50
INDEXER = Indexer(4, 6, 32, key_bytes=2)
CONTEXT = 1050.0
"""Of 1,000 tokens in and 100 out."""
SHAPE = Lengths.constant(1000.0, 100.0)
HELD: list[tuple[Mixer, float, float]] = [
    (SoftmaxAttention(8, 2, 5, 3), CONTEXT * 16 * 0.5, CONTEXT * 8 * 0.5),
    (SoftmaxAttention(8, 8, 5, 3), CONTEXT * 64 * 0.5, CONTEXT * 16 * 0.5),
    (SoftmaxAttention(8, 2, 5, 5, shared_key_value=True), CONTEXT * 10 * 0.5, CONTEXT * 5 * 0.5),
    (SoftmaxAttention(8, 2, 5, 3, window=64), 64 * 16 * 0.5, 64 * 8 * 0.5),
    (SoftmaxAttention(8, 2, 5, 3, indexer=INDEXER), CONTEXT * (16 * 0.5 + 12), CONTEXT * (8 * 0.5 + 12)),
    (LatentAttention(8, None, 20, 5, 4, 3), CONTEXT * 24 * 0.5, CONTEXT * 24 * 0.5),
    (LatentAttention(8, 9, 20, 5, 4, 3, INDEXER), CONTEXT * (24 * 0.5 + 12), CONTEXT * (24 * 0.5 + 12)),
    (
        CompressedAttention(8, 6, 9, 4, 3, window=64, ratio=4, indexer=INDEXER),
        64 * 6 * 0.5 + CONTEXT / 4 * (6 * 0.5 + 12),
        64 * 6 * 0.5 + CONTEXT / 4 * (6 * 0.5 + 12),
    ),
    (LinearAttention(4, 8, 5, 3, 4), 4 * 120 + 2 * 3 * 64, (4 * 120 + 2 * 3 * 64) / 4),
    (Mamba2(8, 3, 5, 2, 4), 4 * 120 + 2 * 3 * 44, (4 * 120 + 2 * 3 * 44) / 4),
]
"""Held on one rank and on each of four: the cache in half a byte, index keys and states in bytes of their own."""


def of(*layers: Layer, tied: bool = False) -> Architecture:
    return Architecture("m", "m", HIDDEN, VOCABULARY, tied, 8192, layers, tuple(range(len(layers))))


def layout(tensor: float = 1.0, pipeline: float = 1.0, data: float = 1.0) -> Layout:
    return Layout(one(tensor), one(pipeline), one(1.0), one(data))


def found(model: Architecture, at: Layout, usable: float = 1e9) -> Memory:
    bytes_each = Precision({name: one(1.0) for name in WEIGHTS}, one(0.5))
    return memory(model, at, bytes_each, Budget(one(usable), one(7.0), one(3.0)), SHAPE)


@pytest.mark.parametrize(("mixer", "whole", "quarter"), HELD)
def test_what_a_sequence_holds(mixer: Mixer, whole: float, quarter: float) -> None:
    model = of(Layer(mixer, None))
    assert found(model, layout()).kv_bytes_per_sequence[0] == pytest.approx(whole)
    assert found(model, layout(tensor=4.0)).kv_bytes_per_sequence[0] == pytest.approx(quarter)
    assert kv_bytes_per_sequence(model, 0.5, SHAPE) == pytest.approx(whole)


@given(architectures(), lengths(), st.sampled_from([0.5, 1.0, 2.0]))
def test_one_accelerator_holds_the_whole_sequence(model: Architecture, shape: Lengths, kv_bytes: float) -> None:
    held = memory(model, single(model), precision(2.0, kv_bytes), budget(), shape)
    assert held.kv_bytes_per_sequence[0] == pytest.approx(kv_bytes_per_sequence(model, kv_bytes, shape))


@pytest.mark.parametrize("mixer", [SoftmaxAttention(8, 2, 5, 3, window=64), SoftmaxAttention(8, 2, 5, 3)])
def test_reserved_sequences_hold_their_end(mixer: SoftmaxAttention) -> None:
    tokens = 1100.0 if mixer.window is None else 64.0
    held = memory(of(Layer(mixer, None)), layout(), precision(1.0, 0.5), budget(), Reserved(SHAPE))
    assert held.kv_bytes_per_sequence[0] == pytest.approx(tokens * 16 * 0.5)
    assert Reserved(Reserved(SHAPE)).mean_reserved_tokens == 1100.0


DENSE = Layer(None, DenseMlp(10))
"""480 weights, no cache."""
CACHED = Layer(SoftmaxAttention(2, 1, 4, 4), DenseMlp(4))
"""384 + 192 weights, eight elements of cache a token."""
ENDS = HIDDEN * VOCABULARY


@pytest.mark.parametrize(
    ("layers", "sizes"),
    [(5, (3, 2)), (6, (2, 2, 2)), (7, (2, 3, 2)), (8, (3, 3, 2)), (11, (3, 3, 3, 2)), (10, (2, 3, 3, 2))],
)
def test_odd_layers_lie_on_middle_stages(layers: int, sizes: tuple[int, ...]) -> None:
    assert stage_layers(layers, len(sizes)) == sizes


def test_one_stage_has_all_layers() -> None:
    assert stage_layers(7, 1) == (7,)


@pytest.mark.parametrize("tied", [True, False])
def test_the_stage_that_admits_the_fewest_counts(tied: bool) -> None:
    """Two cached layers, then a dense one: the first stage holds the cache, the last no less of the vocabulary."""
    model, at = of(CACHED, CACHED, DENSE, tied=tied), layout(pipeline=2.0)
    held = found(model, at, usable=20_000.0)
    activations = 3.0 * 2.0 * (2.0 * 10.0 + 4.0 * HIDDEN)
    assert held.weights_bytes[0] == 2 * 576.0 + ENDS
    assert held.kv_bytes_per_sequence[0] == 2 * CONTEXT * 8 * 0.5
    assert held.slots[0] == np.floor((20_000.0 - 7.0 - activations - held.weights_bytes[0]) / (2 * CONTEXT * 4.0))


@pytest.mark.parametrize("tied", [True, False])
def test_a_last_stage_without_room_for_its_head_admits_nobody(tied: bool) -> None:
    """One cached layer of 576 weights on the first stage, on the last two dense ones of 480 and the head."""
    model = of(CACHED, DENSE, DENSE, DENSE, tied=tied)
    activations = 3.0 * 2.0 * (2.0 * 10.0 + 4.0 * HIDDEN)
    last = 7.0 + activations + 2 * 480.0 + ENDS
    first = 7.0 + activations + 576.0 + 480.0 + ENDS
    assert found(model, layout(pipeline=2.0), usable=last - 1.0).slots[0] < 0.0
    only = of(DENSE, DENSE, tied=tied)
    ends = ENDS if tied else 2 * ENDS
    room = 7.0 + activations + 2 * 480.0 + ends
    assert found(only, layout(), usable=room).slots[0] == np.inf
    assert found(only, layout(), usable=room - 1.0).slots[0] == -1.0
    assert found(model, layout(pipeline=2.0), usable=first + CONTEXT * 4.0).slots[0] == 1.0
    assert found(model, layout(pipeline=2.0), usable=first + CONTEXT * 4.0 - 1.0).slots[0] == 0.0


def test_every_data_parallel_rank_has_slots_of_its_own() -> None:
    alone, two = (found(of(CACHED), layout(data=data), usable=20_000.0).slots[0] for data in (1.0, 2.0))
    assert two == 2.0 * alone > 0.0


def test_rows_of_several_pipelines_are_told_apart() -> None:
    model = of(CACHED, CACHED, DENSE)
    both = Layout(np.ones(3), np.array([2.0, 1.0, 2.0]), np.ones(3), np.ones(3))
    wide = Budget(np.full(3, 20_000.0), np.full(3, 7.0), np.full(3, 3.0))
    bytes_each = Precision({name: np.ones(3) for name in WEIGHTS}, np.full(3, 0.5))
    held = memory(model, both, bytes_each, wide, SHAPE)
    for row, pipeline in enumerate((2.0, 1.0, 2.0)):
        alone = found(model, layout(pipeline=pipeline), usable=20_000.0)
        for name, value in vars(alone).items():
            assert getattr(held, name)[row] == pytest.approx(value[0]), name


def test_the_widest_block_sets_the_buffers_of_a_step() -> None:
    """Three tokens of 2 bytes: two of 40 elements (two experts and what stands beside them), four of hidden states."""
    moe = MoeMlp(8, 2, 5, HIDDEN, shared_intermediate_size=10, parallel_dense_intermediate_size=20)
    for layers in ((DENSE, Layer(None, moe)), (Layer(None, moe), DENSE)):
        for tensor in (1.0, 2.0):
            held = found(of(*layers), layout(tensor=tensor))
            assert held.activations_bytes[0] == pytest.approx(3.0 * 2.0 * (2.0 * 40.0 / tensor + 4.0 * HIDDEN))


def test_modules_without_a_format_stay_in_sixteen_bits() -> None:
    """Eight weights of norms, three outside the layers."""
    model = replace(of(replace(CACHED, norm_parameters=8)), extra_parameters=3)
    bytes_each = Precision({name: one(1.0) for name in WEIGHTS if name != "norms"}, one(0.5))
    held = memory(model, layout(), bytes_each, Budget(one(1e9), one(7.0), one(3.0)), SHAPE)
    assert held.weights_bytes[0] == 576.0 + 2.0 * 8.0 + 2.0 * 3.0 + 2 * ENDS
