"""Work that nothing avoids: what attention costs by kind, and which weights a token passes through."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.architecture.layers import (
    Architecture,
    DenseMlp,
    Indexer,
    LatentAttention,
    Layer,
    MoeMlp,
    SoftmaxAttention,
)
from planner.architecture.parameters import by_module
from planner.perf.lengths import Lengths
from planner.perf.work import (
    decode_bytes,
    expected_decode_bytes,
    head_flop,
    matrix_flop_per_token,
    pair_flop,
    prefill_flop,
    request_flop,
)
from tests.perf.test_step import precision
from tests.strategies import architectures, lengths

LATENT = LatentAttention(heads=16, q_lora_rank=512, kv_lora_rank=256, nope_head_dim=64, rope_head_dim=32, v_head_dim=64)


def of(mixer: LatentAttention | SoftmaxAttention, mlp: MoeMlp | None = None) -> Architecture:
    layer = Layer(mixer, mlp or DenseMlp(1024))
    return Architecture("one", "one", 1024, 32000, False, 131072, (layer,), (0,) * 3)


@given(architectures(), st.floats(1.0, 60000.0))
def test_a_query_that_sees_more_keys_costs_no_less(model: Architecture, context: float) -> None:
    for expanded in (False, True):
        assert 0.0 <= pair_flop(model, context, expanded=expanded) <= pair_flop(model, 2 * context, expanded=expanded)
    assert pair_flop(model, context, expanded=False) <= pair_flop(model, context, expanded=True)


def test_latent_attention_takes_the_cheaper_of_its_two_forms_in_decode() -> None:
    """Expanded, a pair takes 64 + 32 + 64 products a head; absorbed, 2 x 256 + 32: wider, so decode is held to 160."""
    assert pair_flop(of(LATENT), 100.0, expanded=True) == 3 * 2 * 16 * 160 * 100
    assert pair_flop(of(LATENT), 100.0, expanded=False) == 3 * 2 * 16 * 160 * 100
    narrow = of(replace(LATENT, kv_lora_rank=32))
    assert pair_flop(narrow, 100.0, expanded=False) == 3 * 2 * 16 * (2 * 32 + 32) * 100


@pytest.mark.parametrize("mixer", [LATENT, SoftmaxAttention(16, 4, 64, 64)])
def test_an_indexer_bounds_the_keys_that_are_read(mixer: LatentAttention | SoftmaxAttention) -> None:
    sparse = of(replace(mixer, indexer=Indexer(8, 64, 256)))
    assert pair_flop(sparse, 200.0, expanded=True) == pair_flop(of(mixer), 200.0, expanded=True)
    assert pair_flop(sparse, 9000.0, expanded=True) == pair_flop(of(mixer), 256.0, expanded=True)


@given(architectures())
def test_a_token_passes_through_no_more_than_all_weights(model: Architecture) -> None:
    outside = sum(by_module(model).get(name, 0) for name in ("embedding", "head", "norms"))
    assert 0.0 < matrix_flop_per_token(model) <= 2.0 * (sum(by_module(model).values()) - outside)


def test_a_token_that_needs_every_expert_passes_through_all_of_them() -> None:
    attention = SoftmaxAttention(16, 4, 64, 64)
    few, all_of_them = (of(attention, MoeMlp(8, top_k, 512, 1024)) for top_k in (2, 8))
    expert = 3 * 512 * 1024
    assert matrix_flop_per_token(all_of_them) - matrix_flop_per_token(few) == 3 * 2 * 6 * expert


@pytest.mark.parametrize("mixer", [LATENT, SoftmaxAttention(16, 4, 64, 64)])
def test_biases_and_sinks_are_no_matrices(mixer: LatentAttention | SoftmaxAttention) -> None:
    assert matrix_flop_per_token(of(replace(mixer, extra_parameters=999))) == matrix_flop_per_token(of(mixer))


def test_bytes_of_a_decode_step_by_hand() -> None:
    """Two of eight experts at least, 8 (1 - e^-0.75) of them as three tokens spread; three sequences of 100 bytes."""
    layer = Layer(SoftmaxAttention(2, 1, 4, 4), MoeMlp(8, 2, 6, 16), norm_parameters=10)
    model = Architecture("m", "m", 16, 50, False, 1000, (layer,), (0,) * 2)
    held = replace(precision(0.5), weight_bytes=precision(0.5).weight_bytes | {"head": np.array([1.0])})
    fixed = 2 * 0.5 * (16 * 8 + 2 * 16 * 4 + 8 * 16 + 8 * 16 + 10) + 16 * 50
    expert, three, each = 0.5 * 2 * 3 * 16 * 6, np.array([3.0]), np.array([100.0])
    assert decode_bytes(model, held, three, each)[0] == pytest.approx(fixed + 2 * expert + 300.0)
    spread = 8.0 * (1.0 - math.exp(-0.75))
    assert expected_decode_bytes(model, held, three, each)[0] == pytest.approx(fixed + spread * expert + 300.0)


def test_a_cached_prompt_is_not_computed_and_is_met() -> None:
    """Of 100 tokens 40 are cached: 60 meet 70 keys on average."""
    model, shape = of(SoftmaxAttention(16, 4, 64, 64)), Lengths.constant(100.0, 10.0, 40.0)
    each, key = matrix_flop_per_token(model), 3 * 2 * 16 * 128
    assert prefill_flop(model, shape) == 60 * each + 60 * 70 * key + head_flop(model)
    assert request_flop(model, shape) == 70 * each + (60 * 70 + 10 * 105) * key + 10 * head_flop(model)


@given(architectures(), lengths())
def test_a_prompt_takes_its_matrices_and_one_row_of_logits_at_least(model: Architecture, shape: Lengths) -> None:
    least = shape.mean_prefill_tokens * matrix_flop_per_token(model) + head_flop(model)
    assert prefill_flop(model, shape) >= least * (1 - 1e-12)


@given(architectures(), st.floats(1.0, 64.0))
def test_a_fuller_step_touches_more_experts_and_never_more_than_there_are(model: Architecture, tokens: float) -> None:
    one_byte = precision(1.0)

    def moved(sequences: float) -> float:
        return float(expected_decode_bytes(model, one_byte, np.array([sequences]), np.zeros(1))[0])

    assert moved(tokens) <= moved(2.0 * tokens) * (1 + 1e-12)
    bare = sum(value for name, value in by_module(model).items() if name not in {"embedding", "norms"})
    norms = 2.0 * sum(model.layers[index].norm_parameters for index in model.order)
    assert moved(1e6) <= (bare + model.vocab_size * model.hidden_size) * 2.0 + norms
