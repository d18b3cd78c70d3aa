"""Compressed attention: against multi-query attention where nothing is compressed, and against its cache by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.architecture.cache import resident_elements
from planner.architecture.layers import Architecture, CompressedAttention, Indexer, Layer, SoftmaxAttention
from planner.perf.attention import mixer_core_s
from planner.perf.batch import Batch
from planner.perf.hardware import Machine
from planner.perf.lengths import Lengths
from planner.perf.memory import kv_bytes_per_sequence
from planner.perf.work import pair_flop
from tests.strategies import batches, machines

SPARSE = CompressedAttention(64, 512, 1024, 8, 1024, window=128, ratio=4, indexer=Indexer(64, 128, 512))
HEAVY = replace(SPARSE, ratio=128, indexer=None)
WINDOW = replace(SPARSE, ratio=None, indexer=None)
ONE = np.array([1.0])


def model(mixer: CompressedAttention | SoftmaxAttention) -> Architecture:
    return Architecture("one layer", "one", 4096, 1000, False, 2**20, (Layer(mixer, None),), (0,))


@given(machines(), batches())
def test_a_window_alone_is_multi_query_attention_over_that_window(machine: Machine, batch: Batch) -> None:
    shared = SoftmaxAttention(64, 1, 512, 512, window=128, shared_key_value=True)
    expected = mixer_core_s(shared, machine.attention, batch, ONE)
    assert mixer_core_s(WINDOW, machine.attention, batch, ONE) == pytest.approx(expected)


@given(machines(), batches(), st.sampled_from([SPARSE, HEAVY]))
def test_compressed_entries_cost_no_less_than_the_window(
    machine: Machine, batch: Batch, mixer: CompressedAttention
) -> None:
    assert mixer_core_s(mixer, machine.attention, batch, ONE) >= mixer_core_s(WINDOW, machine.attention, batch, ONE)


def test_keys_that_a_query_meets_by_hand() -> None:
    per_key = 2.0 * 64 * 2 * 512
    assert pair_flop(model(WINDOW), 10_000, expanded=True) == 128 * per_key
    assert pair_flop(model(HEAVY), 12_800, expanded=True) == (128 + 100) * per_key
    assert pair_flop(model(SPARSE), 1_000, expanded=False) == (128 + 250) * per_key
    assert pair_flop(model(SPARSE), 10_000, expanded=False) == (128 + 512) * per_key


@given(st.integers(1, 50_000), st.sampled_from([SPARSE, HEAVY, WINDOW]))
def test_bytes_of_a_sequence_are_its_elements(tokens: int, mixer: CompressedAttention) -> None:
    lengths = Lengths(np.array([float(tokens)]), np.array([2.0]), np.array([1.0]), 0.0)
    context = lengths.mean_context_tokens
    index_keys = context * 128 / 4 if mixer.indexer else 0.0
    window = min(context, 128.0) * 512
    entries = context * 512 / mixer.ratio if mixer.ratio else 0.0
    held = kv_bytes_per_sequence(model(mixer), 2.0, lengths)
    assert held == pytest.approx(2.0 * (window + entries) + index_keys, rel=1e-3)
    assert resident_elements(model(mixer), tokens) == pytest.approx(
        min(tokens, 128) * 512 + (tokens * 512 / mixer.ratio if mixer.ratio else 0.0)
    )
