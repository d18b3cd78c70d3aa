"""An operating point from its parts, by hand: the spread of output tokens, whole requests, and what a point adds up."""

import math
from dataclasses import replace

import numpy as np
import pytest

from planner.perf.interleaving import flow
from planner.perf.percentiles import gamma_quantiles
from planner.perf.steady import end_to_end, operate, tpot_statistics
from planner.perf.waiting import first_token_wait, slot_wait
from tests.perf.test_interleaving import LENGTHS, service
from tests.perf.test_operators_by_hand import one
from tests.perf.test_waiting import AT, MIX


def test_whole_requests() -> None:
    """First tokens of 1 s, 3 more in a tenth; 49 further tokens of 50 ms; outputs of 30 (median) and 110 beside 50.

    A tenth takes 3 s more by its first token, 3 s by its length, 12 s by its pace: together the root of 162.
    """
    ttft, tpot = np.array([[1.0, 1.0, 4.0, 4.0, 4.0]]), np.array([[0.05, 0.05, 0.29, 0.29, 0.29]])
    above = 1.0 + 49.0 * 0.05 + math.sqrt(162.0)
    assert end_to_end(LENGTHS, AT, ttft, tpot)[0] == pytest.approx([3.45, 2.45, above, above, above])


def test_output_tokens_spread_as_gamma_above_a_bare_step() -> None:
    """A bare step of 20 ms, 30 ms more on average, deviation 20: no request of a mixed engine beyond a full step."""
    spread = 0.02 + gamma_quantiles(one(0.03), one(0.02))[0]
    assert tpot_statistics(service(False), AT)[0] == pytest.approx(spread)
    assert spread[-1] > 0.1
    assert tpot_statistics(service(True), AT)[0] == pytest.approx(np.minimum(spread, 0.1))


@pytest.mark.parametrize("mixed", [True, False])
def test_output_tokens_that_nothing_delays_take_a_bare_step(mixed: bool) -> None:
    quick = replace(AT, request_tpot_s=one(0.01))
    assert tpot_statistics(service(mixed), quick)[0] == pytest.approx(np.full(5, 0.01))


def test_a_full_step_that_is_shorter_than_the_mean_bounds_nothing() -> None:
    slow = replace(AT, mixture=replace(MIX, full_s=one(0.001)))
    assert tpot_statistics(service(True), slow)[0].max() == pytest.approx(0.05)


@pytest.mark.parametrize("mixed", [True, False])
def test_first_tokens_are_their_parts(mixed: bool) -> None:
    """Front, prompt and slot wait add up; deviations as the root of their squares."""
    some = replace(service(mixed, slots=6.0), front_s=one(0.7))
    batch = one(3.0)
    at = flow(some, batch)
    first, slot = first_token_wait(some, at), slot_wait(some, at)
    assert slot.mean_s[0] > 1e-3
    mean = 0.7 + first.mean_s[0] + slot.mean_s[0]
    parts = [float(part[0, 3]) for part in (*first.deviations_s, slot.deviations_s)]
    point = operate(some, batch)
    assert point.stable[0]
    assert point.ttft_s[0, 0] == pytest.approx(mean)
    assert point.ttft_s[0, 4] == pytest.approx(mean + math.sqrt(sum(part * part for part in parts)))
    assert np.isnan(operate(some, batch, whole=False).e2e_s).all()


@pytest.mark.parametrize(
    ("batch", "slots", "stable"), [(4.9, 60.0, True), (5.0, 60.0, True), (5.1, 60.0, False), (4.9, 4.0, False)]
)
def test_beyond_the_table_or_the_slots_nothing_is_stable(batch: float, slots: float, stable: bool) -> None:
    """Tables end at five sequences."""
    point = operate(service(True, slots=slots), one(batch))
    assert bool(point.stable[0]) is stable
    for latency in (point.ttft_s, point.tpot_s, point.e2e_s):
        assert np.all(np.isfinite(latency) if stable else latency == np.inf)
