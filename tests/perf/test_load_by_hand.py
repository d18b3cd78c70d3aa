"""Under load by hand: a closed loop of five, percentiles of waits and sums, and requests of a single token."""

import math

import numpy as np
import pytest

from planner.perf import closed_loop
from planner.perf.capacity import largest_batch
from planner.perf.interleaving import flow
from planner.perf.lengths import Lengths
from planner.perf.pace import Pace
from planner.perf.percentiles import add_independent, gamma_quantiles, waiting_tail
from planner.perf.steady import Service
from tests.oracle.cases import random_case

PACE = Pace(np.array([0.02]), np.array([0.1]), np.array([0.3]))
FIVE, TEN, EIGHT = np.array([5.0]), np.array([10.0]), np.array([8.0])


def test_a_closed_loop_of_five() -> None:
    """Four others send their prompts in ten tokens: 0.02 + 4 x 0.1 / 10; 5 / (10 x 0.06 + 0.3) requests/s."""
    rate = 5.0 / 0.9
    busy = rate * 0.8 * 0.1
    assert closed_loop.tpot_s(PACE, FIVE, TEN) == pytest.approx(0.06)
    assert closed_loop.rate_per_s(PACE, FIVE, TEN) == pytest.approx(rate)
    assert closed_loop.queue_s(PACE, EIGHT, FIVE, TEN) == pytest.approx(3.0 / rate)
    assert closed_loop.prefill_wait_s(PACE, FIVE, TEN) == pytest.approx(busy / (2.0 * (1.0 - busy)) * 0.3)
    assert closed_loop.gathered_s(PACE, FIVE, TEN, np.array([2.0])) == pytest.approx(2.0 * 2.0 * 4.0 / 10.0 * 0.1)
    assert closed_loop.burst_s(PACE, EIGHT) == pytest.approx(0.1 * 7.0 / 2.0 * 0.1)


def test_an_exponential_wait_of_half_the_requests() -> None:
    """P(W > x) = p e^(-p x / E[W]): nothing at the median, then -E[W] / p ln((1 - q) / p)."""
    (tail,) = waiting_tail(np.array([0.5]), np.array([3.0]), np.ones(1))
    assert tail == pytest.approx([0.0, 6.0 * math.log(5.0), 6.0 * math.log(10.0), 6.0 * math.log(50.0)])


def test_a_uniform_wait_of_half_the_requests() -> None:
    """Even between 0 and 2 E[W] / p = 12."""
    (tail,) = waiting_tail(np.array([0.5]), np.array([3.0]), np.zeros(1))
    assert tail == pytest.approx([0.0, 9.6, 10.8, 11.76])


def test_normal_parts_add_by_their_squares() -> None:
    three, four = (np.array([[-size, size, 2.0 * size, 3.0 * size]]) for size in (3.0, 4.0))
    assert add_independent(np.array([20.0]), three, four)[0] == pytest.approx([20.0, 15.0, 25.0, 30.0, 35.0])


def test_gamma_quantiles_are_those_of_the_exponential() -> None:
    """Deviation and mean alike: -ln(1 - q), which Wilson and Hilferty's cube meets within 4 %."""
    exact = [1.0, *(-math.log(1.0 - q) for q in (0.5, 0.9, 0.95, 0.99))]
    assert gamma_quantiles(np.ones(1), np.ones(1))[0] == pytest.approx(exact, rel=0.04)


def test_what_scatters_wider_than_thrice_its_mean_counts_as_thrice() -> None:
    assert gamma_quantiles(np.ones(1), np.array([9.0])) == pytest.approx(gamma_quantiles(np.ones(1), np.array([3.0])))
    assert gamma_quantiles(np.ones(1), np.array([2.0]))[0, 4] < gamma_quantiles(np.ones(1), np.array([3.0]))[0, 4]


def test_times_are_never_negative() -> None:
    late = np.array([[-3.0, -1.0, 4.0, 4.0]])
    assert add_independent(np.array([2.0]), late)[0] == pytest.approx([2.0, 0.0, 1.0, 6.0, 6.0])
    assert gamma_quantiles(np.ones(1), np.array([3.0])).min() == 0.0


@pytest.mark.parametrize("seed", [1, 2])
def test_little_for_requests_of_a_single_token(seed: int) -> None:
    service = random_case(seed, True).service()
    short = Service(service.tables, Lengths.constant(500.0, 1.0), service.slots, service.mixed, service.front_s)
    at = flow(short, 0.3 * largest_batch(short))
    assert at.rate_per_s * at.tpot_s == pytest.approx(at.mixture.batch)


@pytest.mark.parametrize("seed", [1, 2])
def test_prompts_that_take_the_whole_budget_end_the_branch(seed: int) -> None:
    """Each step carries b tokens out and b Lin / Lout in: b = B Lout / (Lin + Lout) with B the engine's budget."""
    case = random_case(seed, True)
    service = case.service()
    lengths = Lengths.constant(1e6, 1.0)
    long = Service(service.tables, lengths, service.slots, service.mixed, service.front_s)
    assert largest_batch(long) == pytest.approx(case.engine.budget_tokens / (1e6 + 1.0), rel=1e-9)
