"""How decodes and prompts share steps, by hand: four lengths of output and tables that two batches share."""

import math
from dataclasses import replace

import numpy as np
import pytest

from planner.perf.interleaving import Mixture, Pace, averaged, flow, mixture, over_requests, own_time, pace
from planner.perf.lengths import Lengths
from planner.perf.steady import Service, Steps
from tests.perf.test_operators_by_hand import one

OUTPUTS = np.array([10.0, 30.0, 50.0, 110.0])
LENGTHS = Lengths(np.full(4, 150.0), OUTPUTS, np.full(4, 0.25), 30.0)
"""50 tokens of output on average, 120 of prompt to prefill."""
NONE = np.zeros((1, 4))
MIX = Mixture(one(6.0), one(0.03), one(0.02), one(0.1), one(2.0), one(0.25), one(1.5), one(0.1), NONE)
"""A decode step of 20 ms, 30 as a request beside six others sees it; a full step of 100; two of them a prompt."""


def steps(**changes: float) -> Steps:
    """Two batches, 1 and 5, between which nothing changes."""
    values = {"decode_s": 0.02, "full_s": 0.1, "prompt_s": 0.3, "chunk_tokens": 60.0, "alone_s": 0.04, "supply_s": 0.01}
    tables = {name: np.full((1, 2), value) for name, value in (values | changes).items()}
    return Steps(batch=np.array([[1.0, 5.0]]), prompt_quantile_s=np.full((1, 2, 4), 0.3), **tables)


def service(mixed: bool, slots: float = 8.0, **changes: float) -> Service:
    return Service(steps(**changes), LENGTHS, one(slots), np.array([mixed]), one(0.0))


def test_steps_that_mix() -> None:
    """A quarter of the time is stretched: T = 30 / (1 - 1/4) = 40 ms, a fifth of the steps full.

    Bursts of 2 x 1.5 / (1 - 1/16) = 3.2 against 0.8 of steps with room: four fifths of the prompts queue.
    """
    at = pace(service(True), MIX, one(2.5))
    assert at.step_s[0] == pytest.approx(0.04)
    assert at.queueing[0] == pytest.approx(3.2 / (3.2 + 0.8))
    assert at.variance_s2[0] == pytest.approx(0.08**2 * 0.2 * 0.8 * 0.8)
    line, regular = 0.8 * 1.5 * 0.2 / (2.0 * 0.5), 0.04 * 1.25 / (2.0 * 0.75)
    assert at.memory_s[0] == pytest.approx(0.5 * line + regular)
    assert at.spell_s[0] == pytest.approx(line + regular)
    excess = 0.08**2 * 0.2 * 0.8 * 0.8 / 0.04
    kept = sum(tokens / 200.0 / (1.0 + 0.04 * tokens / (2.0 * (0.5 * line + regular))) for tokens in OUTPUTS)
    assert at.tpot_s[0] == pytest.approx(0.04 + excess * kept)


def test_prompt_steps_that_stop_decoding() -> None:
    """Prompts take 2 x 0.1, a fifth: 30 / 0.8 = 37.5 ms. Busy periods come as Poisson, their square E[S^2] / 0.8^3."""
    at = pace(service(False), MIX, one(2.0))
    line = 0.1 * 1.5 / (2.0 * 0.8)
    assert at.step_s[0] == pytest.approx(0.0375)
    assert at.variance_s2[0] == pytest.approx(0.03 * 2.0 * (1.5 * 0.1**2) / 0.8**3)
    assert at.queueing[0] == pytest.approx(3.0 / (3.0 + 0.8))
    assert at.memory_s[0] == at.spell_s[0] == pytest.approx(line)
    assert at.excess_s[0] == pytest.approx(0.2 * line / 0.8)
    assert at.tpot_s[0] == pytest.approx(0.0375 + 0.2 * line / 0.8 / 50.0)


def test_requests_count_alike_where_prompts_stop_decoding() -> None:
    at = Pace(*(one(value) for value in (0.04, 0.0008, 0.8, 0.1, 0.2, 0.02, 0.05)))
    tpot, variance = over_requests(service(False), MIX, at)
    mean_of_inverse = (1 / 10 + 1 / 30 + 1 / 50 + 1 / 110) / 4
    assert tpot[0] == pytest.approx(0.04 + 0.02 * mean_of_inverse)
    assert variance[0] == pytest.approx(0.0008 * mean_of_inverse)


def test_requests_count_alike_where_steps_mix() -> None:
    """Spells of 0.1 s and, for any request, 0.2 s; short and long differ by the steps, 0.1 x 0.02 / 0.04^2."""
    at = Pace(*(one(value) for value in (0.04, 0.0008, 0.8, 0.1, 0.2, 0.02, 0.05)))
    tpot, variance = over_requests(service(True), MIX, at)
    share = sum(1.0 / (1.0 + 0.04 * tokens / 0.2) for tokens in OUTPUTS) / 4.0
    kept = sum(1.0 / (1.0 + 0.04 * tokens / 0.4) for tokens in OUTPUTS) / 4.0
    assert tpot[0] == pytest.approx(0.04 + 0.02 * share)
    assert variance[0] == pytest.approx(0.0008 * kept * 1.25 ** ((2.0 * kept - 1.0) * 0.8))


def test_a_table_of_both_kinds_of_engine_reads_each_in_its_own_way() -> None:
    both = replace(
        service(True),
        tables=steps().take(np.array([0, 0])),
        slots=np.full(2, 8.0),
        mixed=np.array([True, False]),
        front_s=np.zeros(2),
    )
    wide = Mixture(*(np.concatenate([value, value]) for value in vars(MIX).values()))
    among = pace(both, wide, np.full(2, 2.0))
    spread = over_requests(both, wide, among)
    for column, mixed in enumerate((True, False)):
        alone = pace(service(mixed), MIX, one(2.0))
        for name, value in vars(alone).items():
            assert getattr(among, name)[column] == pytest.approx(value[0]), name
        for found, expected in zip(spread, over_requests(service(mixed), MIX, alone), strict=True):
            assert found[column] == pytest.approx(expected[0])


def test_scatter_counts_fully_for_a_short_request_and_by_two_memories_for_a_long_one() -> None:
    short, long = averaged(np.array([1e-6, 1e6]), one(0.04), one(0.1))[0]
    assert short == pytest.approx(1.0)
    assert long == pytest.approx(2.0 * 0.1 / (0.04 * 1e6), rel=1e-4)


@pytest.mark.parametrize(("mixed", "beside"), [(True, 0.02), (False, 0.0)])
def test_prompts_of_two_chunks_pack_as_the_batch_fills(mixed: bool, beside: float) -> None:
    """Of 5 sequences 2 x 5 / 50 find a prompt already there: they take full steps, the others that of a lone prompt."""
    at = mixture(service(mixed), one(5.0))
    assert at.chunks[0] == pytest.approx(2.0)
    assert at.work_s[0] == pytest.approx(0.2)
    assert at.stretch_s[0] == pytest.approx(0.8 * 0.04 + 0.2 * 2.0 * (0.1 - beside))
    full = mixture(replace(service(mixed), tables=replace(steps(), batch=np.array([[1.0, 40.0]]))), one(40.0))
    assert full.stretch_s[0] == pytest.approx(2.0 * (0.1 - beside))


def test_prompts_of_half_a_chunk_ride_with_those_that_come_in_the_same_step() -> None:
    """Poisson: 1 - e^(-5/50) of them meet another; what the supply adds for each of 50 tokens, then."""
    at = mixture(service(True, chunk_tokens=240.0), one(5.0))
    met = 1.0 - math.exp(-0.1)
    assert at.chunks[0] == pytest.approx(0.5)
    assert at.stretch_s[0] == pytest.approx((1.0 - met) * 0.04 + met * 0.01 * 50.0)


def test_replies_of_a_single_token_meet_all_prompts_of_their_step() -> None:
    """Five sequences, five prompts of half a chunk a step."""
    single = replace(service(True, chunk_tokens=240.0), lengths=replace(LENGTHS, output_tokens=np.ones(4)))
    met = 1.0 - math.exp(-5.0)
    assert mixture(single, one(5.0)).stretch_s[0] == pytest.approx((1.0 - met) * 0.04 + met * 0.01)


def test_a_prompt_of_just_one_chunk_fills_its_step() -> None:
    at = mixture(service(True, chunk_tokens=120.0), one(5.0))
    assert at.stretch_s[0] == pytest.approx(0.9 * 0.04 + 0.1 * (0.1 - 0.02))


def test_a_lone_prompt_over_its_lengths() -> None:
    """Three in four take 0.2 s, one 1 s: mean 0.4 s, mean square 0.28 s^2; the mean prompt of 600 takes 0.4 s."""
    lengths = Lengths(np.array([400.0, 1200.0]), np.full(2, 50.0), np.array([0.75, 0.25]))
    tables = replace(steps(prompt_s=0.4), prompt_quantile_s=np.broadcast_to(np.array([0.2, 1.0, 1.0, 1.0]), (1, 2, 4)))
    mean, square = own_time(lengths, tables)
    assert mean[0] == pytest.approx([0.4, 0.4])
    assert square[0] == pytest.approx([0.28, 0.28])
    at = mixture(Service(tables, lengths, one(8.0), np.array([True]), one(0.0)), one(2.0))
    assert at.own_s[0] == pytest.approx(0.4)
    assert at.spread[0] == pytest.approx(0.28 / 0.4**2)
    assert at.prompt_quantile_s[0] == pytest.approx([0.2, 1.0, 1.0, 1.0])


def test_a_request_sees_itself_beside_the_others() -> None:
    tables = replace(steps(), decode_s=np.array([[0.02, 0.06]]))
    at = mixture(Service(tables, LENGTHS, one(8.0), np.array([True]), one(0.0)), one(2.0))
    assert at.decode_s[0] == pytest.approx(0.03)
    assert at.seen_s[0] == pytest.approx(0.04)


def test_every_slot_taken_by_hand() -> None:
    """Eight slots: 50 steps of 20 ms, the prompts of seven others at 0.04 + 2 x b / 50 x (0.16 - 0.04), its own 0.3 s.

    The batch that remains is 8 - 0.3 X: beyond the table, so b = 5.
    """
    stretch = 0.04 + 0.2 * (0.16 - 0.04)
    assert service(True).saturated_per_s[0] == pytest.approx(8.0 / (50.0 * 0.02 + 7.0 * stretch + 0.3))


def test_every_slot_taken_is_a_fixed_point() -> None:
    """Decode 10 ms and 4 ms a sequence, nothing added: X = 8 / (50 T_d(8 - 0.3 X) + 0.3) is a quadratic."""
    batch = np.array([[1.0, 9.0]])
    tables = replace(steps(alone_s=0.0, full_s=0.0), batch=batch, decode_s=0.01 + 0.004 * batch)
    found = float(Service(tables, LENGTHS, one(8.0), np.array([True]), one(0.0)).saturated_per_s[0])
    # X (0.5 + 0.2 (8 - 0.3 X) + 0.3) = 8, that is 0.06 X^2 - 2.4 X + 8 = 0
    assert found == pytest.approx((2.4 - math.sqrt(2.4**2 - 4.0 * 0.06 * 8.0)) / 0.12, rel=2e-3)


def test_prompts_beyond_what_steps_take_are_not_sustained() -> None:
    """Full steps of 1 s, two a prompt: half a request a second at most, which forty of 50 tokens would exceed."""
    slow = flow(service(True, full_s=1.0, alone_s=0.0), one(40.0))
    light = flow(service(True, full_s=1.0, alone_s=0.0), one(0.1))
    assert not slow.sustained[0]
    assert light.sustained[0]
    assert light.utilisation[0] == pytest.approx(light.rate_per_s[0] * 2.0)
    assert light.held[0] == pytest.approx(0.1 + light.rate_per_s[0] * 0.3)


def test_the_rate_of_prompt_steps_that_stop_decoding_by_hand() -> None:
    """A second a step, prompt or decode, two tokens each, one decoding: 2 x (1 - x) + x^2 / 2 = (1 - x)^2."""
    tables = steps(decode_s=1.0, full_s=1.0, alone_s=1.0, prompt_s=1.0, chunk_tokens=120.0)
    two = Service(tables, Lengths.constant(120.0, 2.0), one(8.0), np.array([False]), one(0.0))
    found = float(flow(two, one(1.0)).rate_per_s[0])
    assert found == pytest.approx((4.0 - math.sqrt(6.0)) / 5.0)
