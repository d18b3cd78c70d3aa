"""Attention that reads what an indexer picks: no more than its reach, at the price of scanning index keys."""

from dataclasses import replace

import numpy as np
from hypothesis import given

from planner.architecture.layers import Architecture, Indexer, Layer, SoftmaxAttention
from planner.perf.attention import mixer_core_s
from planner.perf.batch import Batch
from planner.perf.hardware import Machine
from planner.perf.lengths import Lengths
from planner.perf.memory import kv_bytes_per_sequence
from tests.strategies import batches, machines

REACH = 256
INDEXED = SoftmaxAttention(32, 4, 128, 128, indexer=Indexer(4, 128, REACH, weighted=False, key_bytes=2))
FULL = replace(INDEXED, indexer=None)
WINDOWED = replace(FULL, window=REACH)
ONE = np.ones(1)


@given(machines(), batches())
def test_what_is_read_is_a_window_of_the_reach_and_the_scan_comes_on_top(machine: Machine, batch: Batch) -> None:
    rates = machine.attention
    seconds = {mixer: mixer_core_s(mixer, rates, batch, ONE)[0] for mixer in (INDEXED, WINDOWED)}
    assert seconds[INDEXED] > seconds[WINDOWED]
    scanned = batch.sequences[0] * batch.context_tokens[0] * 128 * 2
    assert seconds[INDEXED] - seconds[WINDOWED] >= scanned / rates.read_bytes_per_s[0] * (1 - 1e-9)


def test_index_keys_take_their_own_bytes() -> None:
    def held(mixer: SoftmaxAttention) -> float:
        model = Architecture("", "", 4096, 1000, False, 8192, (Layer(mixer, None),), (0,))
        return kv_bytes_per_sequence(model, 1.0, Lengths.constant(1000.0, 1.0))

    assert held(INDEXED) - held(FULL) == held(FULL) / (4 * 256) * 128 * 2
