"""The pace at one batch, put together by hand from single steps, where steps mix and where a prompt stops decoding."""

from dataclasses import replace

import numpy as np
import pytest

from planner.architecture.layers import DenseMlp
from planner.perf.batch import Batch
from planner.perf.hardware import Layout
from planner.perf.pace import Pace, Requests, pace
from planner.perf.pipeline import decode_step_s, stage_times
from planner.perf.scales import Scales
from planner.perf.static_batch import static_batch_s
from planner.perf.tables import Scheduling
from tests.perf.test_operators_by_hand import one
from tests.perf.test_step_by_hand import MACHINE, model

MODEL = model(DenseMlp(6))
NONE = np.zeros(1)
STAGES = {count: Layout(one(1.0), one(float(count)), one(1.0), one(1.0)) for count in (1, 2)}
OUTPUT = 50.0


def requests(sequences: float, prompt: float) -> Requests:
    return Requests(one(prompt), one(OUTPUT), one(sequences))


def found(sequences: float, prompt: float, mixed: float, stages: int = 1) -> Pace:
    scheduling = Scheduling(one(64.0), one(108.0), one(mixed))
    return pace(MODEL, MACHINE, STAGES[stages], scheduling, requests(sequences, prompt))


def step_s(sequences: float, prompt: float, tokens: float, first: float, stages: int = 1) -> tuple[float, float]:
    """Through all stages and on the slowest, decodes at the mean context, prompt tokens half a prompt deep."""
    batch = Batch(one(sequences), one(prompt + OUTPUT / 2.0), one(tokens), one(prompt / 2.0), one(first))
    through, slowest = stage_times(MODEL, MACHINE, STAGES[stages], batch)
    return float(through[0]), float(slowest[0])


@pytest.mark.parametrize("stages", [1, 2])
def test_a_prompt_of_three_chunks_beside_eight_decodes(stages: int) -> None:
    """108 - 8 tokens are left to 250: three chunks; on two stages half of the decodes ride in each micro-batch."""
    at = found(8.0, 250.0, 1.0, stages)
    through, chunk = step_s(8.0 / stages, 250.0, 250.0 / 3.0, 1.0 / 3.0, stages)
    _, empty = step_s(8.0 / stages, 250.0, 0.0, 0.0, stages)
    whole = Batch(one(8.0), one(275.0), NONE, NONE, NONE)
    assert at.decode_s[0] == pytest.approx(decode_step_s(MODEL, MACHINE, STAGES[stages], whole)[0])
    assert at.prompt_s[0] == pytest.approx(through + 2.0 * chunk)
    assert at.stretch_s[0] == pytest.approx(3.0 * (chunk - empty))


@pytest.mark.parametrize("stages", [1, 2])
def test_a_prompt_of_three_chunks_that_stops_decoding(stages: int) -> None:
    """All 108 tokens are its own: 250 take three steps, which the decodes wait for."""
    at = found(8.0, 250.0, 0.0, stages)
    through, chunk = step_s(0.0, 250.0, 250.0 / 3.0, 1.0 / 3.0, stages)
    assert at.prompt_s[0] == pytest.approx(through + 2.0 * chunk)
    assert at.stretch_s[0] == pytest.approx(3.0 * chunk)


@pytest.mark.parametrize(("prompt", "together"), [(20.0, 2.0), (80.0, 100.0 / 80.0)])
@pytest.mark.parametrize("mixed", [1.0, 0.0])
def test_short_prompts_share_their_steps_as_far_as_the_budget_goes(
    prompt: float, together: float, mixed: float
) -> None:
    """Of 100 sequences with 50 tokens each two end in a step and two prompts come in: both of 20 fit, of 80 not."""
    scheduling = Scheduling(one(64.0), one(100.0 + 100.0 * mixed), one(mixed))
    at = pace(MODEL, MACHINE, STAGES[1], scheduling, requests(100.0, prompt))
    _, shared = step_s(100.0 * mixed, prompt, prompt * together, together)
    _, empty = step_s(100.0, prompt, 0.0, 0.0)
    alone, _ = step_s(100.0 * mixed, prompt, prompt, 1.0)
    assert at.stretch_s[0] == pytest.approx((shared - mixed * empty) / together)
    assert at.prompt_s[0] == pytest.approx(alone)


def test_where_decodes_take_the_whole_budget_a_prompt_goes_token_by_token() -> None:
    assert found(108.0, 7.0, 1.0).prompt_s[0] == pytest.approx(7.0 * step_s(108.0, 7.0, 1.0, 1.0 / 7.0)[0])


def test_a_users_scales_are_applied_once() -> None:
    """Decode doubled and 0.5 s more a step; prefill at a third."""
    scales = Scales(one(2.0), one(1.0 / 3.0), one(0.5), one(0.0))
    bare = found(8.0, 250.0, 1.0)
    scheduling = Scheduling(one(64.0), one(108.0), one(1.0))
    at = pace(MODEL, replace(MACHINE, scales=scales), STAGES[1], scheduling, requests(8.0, 250.0))
    assert at.decode_s[0] == pytest.approx(2.0 * bare.decode_s[0] + 0.5)
    assert at.stretch_s[0] == pytest.approx(bare.stretch_s[0] / 3.0)
    assert at.prompt_s[0] == pytest.approx(bare.prompt_s[0] / 3.0 + 0.5)


@pytest.mark.parametrize("stages", [1, 2])
def test_a_static_batch_of_ten_prompts_in_three_passes(stages: int) -> None:
    """Ten of 30 tokens through steps of 108: 100 tokens and three and a third prompts a pass; four decode at once."""
    scheduling = Scheduling(one(4.0), one(108.0), one(1.0))
    prefill, decode = static_batch_s(MODEL, MACHINE, STAGES[stages], scheduling, requests(10.0, 30.0))
    through, slowest = step_s(0.0, 30.0, 100.0, 10.0 / 3.0, stages)
    assert prefill[0] == pytest.approx(through + 2.0 * slowest)
    whole = Batch(one(4.0), one(55.0), NONE, NONE, NONE)
    assert decode[0] == pytest.approx(decode_step_s(MODEL, MACHINE, STAGES[stages], whole)[0])
