"""Waiting by hand: the step under way, prompts ahead, and slots against a chain of births and deaths."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.perf.interleaving import Flow, Mixture, Pace
from planner.perf.lengths import Lengths
from planner.perf.steady import Service
from planner.perf.waiting import first_token_wait, slot_wait, wait_s
from tests.perf.test_interleaving import service
from tests.perf.test_operators_by_hand import one

QUANTILES = (0.50, 0.90, 0.95, 0.99)
MIX = Mixture(one(6.0), one(0.03), one(0.02), one(0.1), one(2.0), one(0.15), one(1.5), one(0.1), np.full((1, 4), 0.2))
"""A decode step of 20 ms, a full step of 100, two of them a prompt; alone it takes 150 and stretches others by 100."""
PACE = Pace(*(one(value) for value in (0.04, 0.0008, 0.8, 0.1, 0.2, 0.02, 0.05)))
AT = Flow(MIX, PACE, one(2.5), one(0.5), one(0.05), one(0.0004), np.array([True]))


def test_prompts_wait_for_those_ahead_where_steps_mix() -> None:
    """Two fifths of the prompts come behind others.

    The step under way: (40 + 0.8 / 0.04) / 2 = 30 ms; the line 0.4 x 200 / (2 x 0.5) = 80 ms, times 1.5 as prompts
    differ; half a full step and the rest of a full one 0.4 x (200 + 50 - 150) = 40 ms; what rides beside it
    30 x (0.6 x 2 x 0.25 + 0.4 x 0.5) = 15 ms.
    """
    assert wait_s(service(True), AT)[0] == pytest.approx(0.030 + 1.5 * 0.080 + 0.040 + 0.015)


def test_prompts_wait_for_those_ahead_where_they_stop_decoding() -> None:
    """Half a decode step, M/G/1 at a quarter of the time, 1.5 x 0.25 x 100 / (2 x 0.75), and 40 ms behind others."""
    assert wait_s(service(False), AT)[0] == pytest.approx(0.010 + 1.5 * 0.025 / 1.5 + 0.040)


def test_a_prompt_that_takes_longer_alone_than_behind_others_waits_no_less_for_it() -> None:
    slow = replace(AT, mixture=replace(MIX, own_s=one(9.0)))
    assert wait_s(service(True), slow)[0] == pytest.approx(0.030 + 1.5 * 0.080 + 0.015)


@pytest.mark.parametrize("own", [0.15, 0.25])
def test_first_tokens_by_hand(own: float) -> None:
    """Full steps take half the time, and 50 ms of each prompt beside them: 1 - 0.5 e^(-2.5 x 0.05) meet another.

    Of their wait one third is the rest of a prompt, even from nothing to twice its mean, two thirds exponential.
    """
    at = replace(AT, mixture=replace(MIX, own_s=one(own)))
    found = first_token_wait(service(True), at)
    ahead = 0.030 + 1.5 * 0.080 + 0.4 * (0.25 - own) + 0.015
    extra, lands = ahead - 0.010, 1.0 - 0.5 * math.exp(-2.5 * max(own - 0.2, 0.0))
    step, tail = (part[0] for part in found.deviations_s)
    assert found.mean_s[0] == pytest.approx(own + ahead)
    assert step == pytest.approx([0.0, 0.008, 0.009, 0.0098])
    for q, value in zip(QUANTILES, tail, strict=True):
        left = min((1.0 - q) / lands, 1.0)
        expected = extra / lands * (2.0 / 3.0 * (1.0 - left) - 2.0 / 3.0 * math.log(left))
        assert value == pytest.approx(expected - extra)


def test_prompts_of_several_lengths_scatter_by_their_own_steps() -> None:
    lengths = Lengths(np.array([100.0, 200.0]), np.full(2, 50.0), np.full(2, 0.5))
    some = service(True)
    varied = Service(some.tables, lengths, some.slots, some.mixed, some.front_s)
    _, _, own = first_token_wait(varied, AT).deviations_s
    assert own[0] == pytest.approx(np.full(4, 0.05))


def with_slots(slots: float, saturated_per_s: float, output_cv2: float) -> Service:
    deviation = 50.0 * math.sqrt(output_cv2)
    lengths = Lengths(np.full(2, 150.0), 50.0 + np.array([-deviation, deviation]), np.full(2, 0.5))
    some = service(True)
    made = Service(some.tables, lengths, one(slots), some.mixed, some.front_s)
    vars(made)["saturated_per_s"] = one(saturated_per_s)
    return made


def held(slots: float, rate_per_s: float) -> Flow:
    """A flow that takes so many slots: the prompts on their way among them."""
    return replace(AT, mixture=replace(MIX, batch=one(slots - rate_per_s * 0.15)), rate_per_s=one(rate_per_s))


@given(st.integers(2, 40), st.floats(0.1, 0.95), st.floats(0.2, 5.0), st.integers(0, 20), st.floats(0.0, 1.0))
def test_slots_as_a_chain_of_births_and_deaths(
    servers: int, busy: float, per_s: float, idle: int, output_cv2: float
) -> None:
    """Slots come free at a rate that rises evenly from none at ``idle`` taken to X at all: states above are geometric.

    Waiting takes E[queue] / L (Little), for other lengths times half of 1 + cv^2.
    """
    rate, saturated, slots = busy * servers * per_s, servers * per_s, float(servers + idle)
    weights = [1.0]
    for taken in range(1, servers + 1):
        weights.append(weights[-1] * rate / (taken * per_s))
    full = weights[-1] / (1.0 - busy)
    total = sum(weights[:-1]) + full
    queue = weights[-1] * busy / (1.0 - busy) ** 2
    wait = queue / total / rate * (1.0 + output_cv2) / 2.0
    found = slot_wait(with_slots(slots, saturated, output_cv2), held(idle + busy * servers, rate))
    assert found.sustained[0]
    assert found.mean_s[0] == pytest.approx(wait, rel=2e-3, abs=1e-15)
    p99 = max(-wait / (full / total) * math.log(0.01 / (full / total)), 0.0) if full else 0.0
    assert found.deviations_s[0, 3] == pytest.approx(p99 - wait, rel=2e-2, abs=1e-9)


@pytest.mark.parametrize(("rate", "taken", "sustained"), [(4.0, 9.9, True), (5.0, 9.9, False), (4.0, 10.0, False)])
def test_slots_are_sustained_below_their_rate_and_their_number(rate: float, taken: float, sustained: bool) -> None:
    found = slot_wait(with_slots(10.0, 5.0, 0.0), held(taken, rate))
    assert bool(found.sustained[0]) is sustained
