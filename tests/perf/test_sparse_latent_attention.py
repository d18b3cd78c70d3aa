"""Sparse latent attention (DSA): dense for short prompts, whole blocks of heads for long ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.architecture.layers import Indexer, LatentAttention
from planner.perf.attention import SPARSE_HEADS, mixer_core_s
from planner.perf.batch import Batch
from planner.perf.hardware import Machine
from tests.strategies import machines

SPARSE = LatentAttention(64, 2048, 512, 192, 64, 256, indexer=Indexer(32, 128, 2048))
DENSE = replace(SPARSE, indexer=None)
NONE = np.zeros(1)


def prefill_s(mixer: LatentAttention, machine: Machine, prompt: float, tensor: float) -> float:
    """Core of one whole prompt on one rank, without what the indexer and launches take [s]."""
    tokens = np.array([prompt])
    batch = Batch(NONE, NONE, tokens, tokens / 2.0, np.ones(1))
    free = replace(machine.attention, index_launch_s=NONE, launch_s=NONE)
    both = mixer_core_s(mixer, free, batch, np.array([tensor]))[0]
    if mixer.indexer is None:
        return float(both)
    flop = 2.0 * mixer.indexer.heads * mixer.indexer.head_dim * prompt * prompt / 2.0
    return float(both - flop / (2.0 * free.score_flop_per_s[0]))


@given(machines(), st.sampled_from([1.0, 300.0, 2047.0, 2048.0]), st.sampled_from([1.0, 8.0]))
def test_a_prompt_within_the_choice_is_dense(machine: Machine, prompt: float, tensor: float) -> None:
    dense = prefill_s(DENSE, machine, prompt, tensor)
    assert prefill_s(SPARSE, machine, prompt, tensor) == pytest.approx(dense, rel=1e-6, abs=1e-15)


@given(machines(), st.floats(4096.0, 65536.0))
def test_a_rank_with_few_heads_works_on_a_whole_block(machine: Machine, prompt: float) -> None:
    assert SPARSE.heads == SPARSE_HEADS
    alone = prefill_s(SPARSE, machine, prompt, 1.0)
    assert prefill_s(SPARSE, machine, prompt, 8.0) == pytest.approx(alone, rel=1e-6)


@given(machines())
def test_keys_beyond_the_choice_are_not_met(machine: Machine) -> None:
    """Twice the tokens of a long prompt take twice the time, not four times."""
    short, long = (prefill_s(SPARSE, machine, prompt, 1.0) for prompt in (16384.0, 32768.0))
    assert long == pytest.approx(2.0 * short, rel=1e-4)
