"""Steps multiply and ranks hold just the matrices that a checkpoint names: none forgotten, none twice, split alike."""

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
from planner.architecture.matrices import layer_matrices
from planner.perf.batch import Batch
from planner.perf.hardware import Layout, Machine, MatrixRates
from planner.perf.lengths import Lengths
from planner.perf.memory import Budget, Precision, memory
from planner.perf.step import step_time
from tests.perf.test_operators_by_hand import one
from tests.perf.test_step import WEIGHTS
from tests.perf.test_step_by_hand import MACHINE
from tests.strategies import architectures, mixers

HIDDEN = 1024
NONE = np.zeros(1)
INDEXER = Indexer(8, 64, 256)
MIXERS: dict[str, Mixer] = {
    "grouped": SoftmaxAttention(16, 4, 64, 96),
    "gates": SoftmaxAttention(16, 4, 64, 96, output_gate=True, head_gate=True),
    "shared keys": SoftmaxAttention(16, 2, 64, 64, shared_key_value=True),
    "indexed": SoftmaxAttention(16, 4, 64, 96, indexer=INDEXER),
    "unweighted": SoftmaxAttention(16, 4, 64, 96, indexer=replace(INDEXER, weighted=False)),
    "reuses a choice": SoftmaxAttention(16, 4, 64, 96, indexer=replace(INDEXER, shared=True)),
    "latent": LatentAttention(16, None, 256, 64, 32, 48),
    "low-rank queries": LatentAttention(16, 384, 256, 64, 32, 48, output_gate=True),
    "sparse latent": LatentAttention(16, 384, 256, 64, 32, 48, INDEXER),
    "sparse latent, whole queries": LatentAttention(16, None, 256, 64, 32, 48, INDEXER),
    "window": CompressedAttention(16, 64, 256, 8, 48, window=128),
    "compressed": CompressedAttention(16, 64, 256, 8, 48, window=128, ratio=128),
    "chosen": CompressedAttention(16, 64, 256, 8, 48, window=128, ratio=4, indexer=INDEXER),
    "delta net": LinearAttention(8, 16, 64, 48, 4),
    "channel decays": LinearAttention(8, 8, 64, 48, 4, decay_rank=32),
    "narrow gate": LinearAttention(8, 8, 64, 48, 4, decay_rank=32, gate_rank=40),
    "mamba": Mamba2(16, 64, 96, 2, 4),
}
BY_HEADS = {"q_proj", "q_b_proj", "kv_b_proj", "g_proj", "o_proj", "o_a_proj", "o_b_proj"}
"""Divided over the ranks; keys and values as far as their heads go; the rest is on every rank."""


def kept(mixer: Mixer, name: str, tensor: float) -> float:
    """Share of a matrix that one rank has."""
    if isinstance(mixer, LinearAttention | Mamba2) or name.removeprefix("self_attn.") in BY_HEADS:
        return 1.0 / tensor
    if isinstance(mixer, SoftmaxAttention) and name in {"self_attn.k_proj", "self_attn.v_proj"}:
        return max(1.0 / tensor, 1.0 / mixer.kv_heads)
    return 1.0


def held(mixer: Mixer, tensor: float, *, convolutions: bool) -> float:
    return sum(
        kept(mixer, matrix.name, tensor) * matrix.elements
        for matrix in layer_matrices(Layer(mixer, None), HIDDEN)
        if convolutions or "conv1d" not in matrix.name
    )


def of(layer: Layer) -> Architecture:
    return Architecture("one", "one", HIDDEN, 1000, False, 8192, (layer,), (0,))


def split(tensor: float) -> Layout:
    return Layout(one(tensor), one(1.0), one(1.0), one(1.0))


def counting(module: str) -> Machine:
    """A machine on which one multiplication of one module class takes half a second, and nothing else takes any."""
    never = one(np.inf)
    free = MatrixRates(NONE, NONE, never, never, NONE, NONE, never, NONE, NONE)
    modules = dict.fromkeys(MACHINE.modules, free) | {module: replace(free, flop_per_s=one(1.0))}
    return replace(MACHINE, modules=modules, engine=replace(MACHINE.engine, shared_overlap=one(1.0)))


def multiplied(layer: Layer, module: str, part: str, tensor: float = 1.0) -> float:
    """Elements that one token meets on one rank."""
    token = Batch(one(1.0), one(9.0), NONE, NONE, NONE)
    return float(step_time(of(layer), counting(module), split(tensor), token).layers[part][0]) / 2.0


@pytest.mark.parametrize("tensor", [1.0, 2.0, 8.0])
@pytest.mark.parametrize("name", MIXERS)
def test_a_token_meets_what_a_rank_has_of_every_matrix(name: str, tensor: float) -> None:
    mixer = MIXERS[name]
    module = "mixer" if isinstance(mixer, LinearAttention | Mamba2) else "attention"
    expected = held(mixer, tensor, convolutions=False)
    assert multiplied(Layer(mixer, None), module, "projections", tensor) == pytest.approx(expected)


@pytest.mark.parametrize("tensor", [1.0, 2.0, 8.0])
@pytest.mark.parametrize("name", MIXERS)
def test_a_rank_holds_its_share_of_every_matrix(name: str, tensor: float) -> None:
    mixer, one_byte = MIXERS[name], Precision({module: one(1.0) for module in WEIGHTS}, one(1.0))
    ends = 2.0 * HIDDEN * 1000.0 / tensor
    found = memory(
        of(Layer(mixer, None)), split(tensor), one_byte, Budget(one(1e12), NONE, one(1.0)), Lengths.constant(10, 10)
    )
    assert found.weights_bytes[0] - ends == pytest.approx(held(mixer, tensor, convolutions=True))


@given(mixers())
def test_any_mixer_on_one_rank(mixer: Mixer) -> None:
    module = "mixer" if isinstance(mixer, LinearAttention | Mamba2) else "attention"
    found = multiplied(Layer(mixer, None), module, "projections")
    assert found == pytest.approx(held(mixer, 1.0, convolutions=False))


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("tensor", [1.0, 4.0])
def test_dense_blocks_and_what_stands_beside_experts(gated: bool, tensor: float) -> None:
    """Projections around latent experts are on every rank, blocks are divided."""
    dense, moe = DenseMlp(512, gated=gated), MoeMlp(
        8, 2, 256, 384, gated=gated, shared_intermediate_size=128, parallel_dense_intermediate_size=640
    )  # fmt: skip
    inventory = {matrix.name: matrix.elements for matrix in layer_matrices(Layer(None, moe), HIDDEN)}

    def beside(place: str) -> int:
        return sum(elements for name, elements in inventory.items() if name.rpartition(".")[0] == place)

    blocks = sum(matrix.elements for matrix in layer_matrices(Layer(None, dense), HIDDEN))
    around = inventory["mlp.fc1_latent_proj"] + inventory["mlp.fc2_latent_proj"]
    parallel = beside("mlp") - around
    assert multiplied(Layer(None, dense), "dense_mlp", "mlp", tensor) == pytest.approx(blocks / tensor)
    assert multiplied(Layer(None, moe), "dense_mlp", "mlp", tensor) == pytest.approx(parallel / tensor + around)
    shared = multiplied(Layer(None, moe), "shared_expert", "shared_expert", tensor)
    assert shared == pytest.approx(beside("mlp.shared_experts") / tensor)


@given(architectures(), st.sampled_from([1.0, 2.0]))
def test_heads_take_their_vocabulary_of_every_sampled_token(model: Architecture, tensor: float) -> None:
    batch = Batch(one(3.0), one(9.0), one(50.0), one(25.0), one(2.0))
    head = step_time(model, counting("head"), split(tensor), batch).head_s[0]
    assert head == pytest.approx(2.0 * 5.0 * model.vocab_size * model.hidden_size / tensor)
