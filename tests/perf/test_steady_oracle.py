"""The closed forms of the steady state against the step simulator: some of the cases of ``tests.oracle.compare``."""

import numpy as np
import pytest

from planner.perf.capacity import Bounds, capacity
from planner.perf.percentiles import STATISTICS
from tests.oracle.cases import random_case
from tests.oracle.compare import METRICS, Comparison, draw, medians, queue_grows

REQUESTS = (8_000, 16_000)


@pytest.fixture(scope="module", params=[True, False], ids=["mixed", "separate"])
def results(request: pytest.FixtureRequest) -> list[Comparison]:
    return [draw(seed, request.param, REQUESTS) for seed in range(500, 512)]


def median(results: list[Comparison], metric: str, statistic: str) -> float:
    return float(medians(results)[METRICS.index(metric), STATISTICS.index(statistic)])


def test_first_token(results: list[Comparison]) -> None:
    assert median(results, "ttft", "mean") <= 0.10
    assert median(results, "ttft", "p95") <= 0.20


def test_output_tokens(results: list[Comparison]) -> None:
    assert median(results, "tpot", "mean") <= 0.05
    assert median(results, "tpot", "p95") <= 0.15


def test_whole_requests(results: list[Comparison]) -> None:
    assert median(results, "e2e", "mean") <= 0.05
    assert median(results, "e2e", "p95") <= 0.10


def test_no_growing_queue_is_called_stable(results: list[Comparison]) -> None:
    assert not [r.case.name for r in results if r.grows and r.operation.stable[0]]


@pytest.mark.parametrize("seed", [0, 3, 9, 40, 83, 131])
def test_the_queue_grows_beyond_capacity_and_not_below(seed: int) -> None:
    case = random_case(seed)
    most = float(capacity(case.service(), Bounds.none()).rate_per_s[0])
    assert queue_grows(case.simulate(1.15 * most, 12_000, seed))
    assert not queue_grows(case.simulate(0.85 * most, 12_000, seed))


def test_the_saturated_rate_is_that_of_a_closed_loop_with_every_slot_taken() -> None:
    cases = [case for case in map(random_case, range(600, 640)) if case.engine.slots <= 32][:12]
    simulated = np.array([case.saturated_rate(1, residences=40) for case in cases])
    closed = np.array([case.service().saturated_per_s[0] for case in cases])
    errors = np.abs(closed / simulated - 1.0)
    assert np.median(errors) <= 0.03
    assert errors.max() <= 0.25
