"""Pipeline stages against the layers that lie on each: seven layers of one model, and who carries the head."""

from dataclasses import replace

import numpy as np
import pytest

from planner.architecture.layers import DenseMlp
from planner.perf.batch import Batch
from planner.perf.hardware import Layout, Machine, MatrixRates
from planner.perf.memory import stage_layers
from planner.perf.pipeline import decode_step_s, micro_batches, stage_times
from planner.perf.step import step_time
from tests.perf.test_operators_by_hand import one
from tests.perf.test_step_by_hand import MACHINE, model

SEVEN = replace(model(DenseMlp(6)), order=(0,) * 7)
NONE = np.zeros(1)
BATCH = Batch(one(6.0), one(5.0), one(4.0), one(7.0), one(2.0))


def stages(count: int) -> Layout:
    return Layout(one(1.0), one(float(count)), one(1.0), one(1.0))


def with_head(factor: float) -> Machine:
    """A machine on which the head alone is slower by a factor."""
    head = MACHINE.modules["head"]
    slow = {name: getattr(head, name) / factor for name in ("flop_per_s", "bandwidth_bytes_per_s")}
    return replace(MACHINE, modules=MACHINE.modules | {"head": MatrixRates(**(vars(head) | slow))})


@pytest.mark.parametrize("count", [2, 3, 4, 7])
@pytest.mark.parametrize("factor", [1.0, 30.0])
def test_the_slowest_stage_is_that_of_the_most_layers_or_of_the_head(count: int, factor: float) -> None:
    machine = with_head(factor)
    time = step_time(SEVEN, machine, stages(count), BATCH)
    layer_s, head_s = float(time.layers_s[0]) / 7.0, float(time.head_s[0])
    held = stage_layers(7, count)
    busy = [size * layer_s + (head_s if stage == count - 1 else 0.0) for stage, size in enumerate(held)]
    fixed = float(time.engine_s[0])
    hop = float(time.send_s[0])
    through, slowest = stage_times(SEVEN, machine, stages(count), BATCH)
    assert through[0] == pytest.approx(sum(busy) + fixed + (count - 1) * hop)
    assert slowest[0] == pytest.approx(min(max(busy) + fixed + hop, through[0]))


def test_one_stage_sends_nothing() -> None:
    time = step_time(SEVEN, MACHINE, stages(1), BATCH)
    through, slowest = stage_times(SEVEN, MACHINE, stages(1), BATCH)
    assert through[0] == slowest[0] == pytest.approx(float((time.layers_s + time.head_s + time.engine_s)[0]))


def test_more_sequences_than_stages_fill_every_stage() -> None:
    shares = [micro_batches(stages(4), one(sequences))[0] for sequences in (0.5, 1.0, 3.0, 4.0, 100.0)]
    assert shares == [1.0, 1.0, 3.0, 4.0, 4.0]


@pytest.mark.parametrize(("sequences", "parts"), [(1.0, 1.0), (2.0, 2.0), (12.0, 4.0)])
def test_each_micro_batch_comes_round_when_it_is_through_and_the_slowest_stage_has_served_all(
    sequences: float, parts: float
) -> None:
    whole, part = (Batch(one(size), one(5.0), NONE, NONE, NONE) for size in (sequences, sequences / parts))
    through, slowest = stage_times(SEVEN, MACHINE, stages(4), part)
    assert parts * slowest[0] != pytest.approx(through[0])
    assert decode_step_s(SEVEN, MACHINE, stages(4), whole)[0] == pytest.approx(max(through[0], parts * slowest[0]))
