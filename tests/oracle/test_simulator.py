"""The oracle against what queueing theory and arithmetic know exactly."""

import numpy as np
import pytest

from tests.oracle.cases import LinearSteps, random_case
from tests.oracle.simulator import Engine, closed_loop, open_loop, statistics

STEP = LinearSteps(
    overhead_s=1e-3, weights_s=9e-3, token_s=6e-5, sequence_s=1e-5, kv_token_s=2e-8, pair_s=2e-10
)  # fmt: skip


def whole(count: int, tokens: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.full(count, tokens, dtype=np.int64)


def test_a_lone_request_takes_its_steps_one_after_the_other() -> None:
    engine = Engine(STEP, 2048, 8)
    trace = open_loop(engine, np.array([0.5]), whole(1, 3000), whole(1, 4))
    first = STEP(2048, 0, 0, 2048**2 / 2) + STEP(952, 0, 0, 952 * (2048 + 952 / 2))
    rest = sum(STEP(0, 1, 3001 + token, 0) for token in range(3))
    assert trace.ttft_s[0] == pytest.approx(first)
    assert trace.e2e_s[0] == pytest.approx(first + rest)


def test_steps_that_do_not_mix_stop_decoding() -> None:
    """The second prompt arrives while the first request decodes: its prefill stands between two tokens."""
    engine = Engine(STEP, 2048, 8, mixed=False)
    arrival = np.array([0.0, STEP(100, 0, 0, 5000) + 1e-9])
    trace = open_loop(engine, arrival, whole(2, 100), whole(2, 3))
    decode, prompt = STEP(0, 1, 101, 0), STEP(100, 0, 0, 5000)
    last = STEP(0, 2, 102 + 101, 0)
    assert trace.first_s[1] == pytest.approx(prompt + decode + prompt)
    assert trace.done_s[0] == pytest.approx(prompt + decode + prompt + last)


def test_one_token_answers_to_full_prompts_are_m_d_1() -> None:
    """Each prompt fills one step and nothing decodes: W = rho S / (2 (1 - rho)) (Pollaczek-Khinchine)."""
    engine = Engine(STEP, 2048, 1000)
    service = STEP(2048, 0, 0, 2048**2 / 2)
    rng = np.random.default_rng(5)
    arrival = np.cumsum(rng.exponential(service / 0.7, 200_000))
    trace = open_loop(engine, arrival, whole(200_000, 2048), whole(200_000, 1)).after(0.05)
    assert trace.ttft_s.mean() - service == pytest.approx(0.7 * service / (2.0 * 0.3), rel=0.03)


def test_short_prompts_and_few_slots_are_m_m_c() -> None:
    """Prompts that cost a step like any other and geometric outputs: Erlang C with c = 4 at 80 %."""
    flat = LinearSteps(overhead_s=0.0, weights_s=0.01, token_s=1e-9, sequence_s=0.0, kv_token_s=0.0, pair_s=0.0)
    engine = Engine(flat, 2048, 4)
    rng = np.random.default_rng(6)
    count, mean = 150_000, 200.0
    outputs = rng.geometric(1.0 / mean, count)
    arrival = np.cumsum(rng.exponential(mean * 0.01 / (4 * 0.8), count))
    trace = open_loop(engine, arrival, whole(count, 1), outputs.astype(np.int64)).after(0.1)
    assert trace.ttft_s.mean() == pytest.approx(0.5964 * mean * 0.01 / 0.8, rel=0.08)


def test_one_client_never_meets_another() -> None:
    engine = Engine(STEP, 2048, 8)
    trace = closed_loop(engine, 1, whole(20, 500), whole(20, 50))
    assert np.ptp(trace.e2e_s) < 1e-9
    assert trace.tpot_s[0] == pytest.approx(np.mean([STEP(0, 1, 501 + token, 0) for token in range(49)]))


def test_a_full_cache_puts_requests_back_and_loses_none() -> None:
    roomy = closed_loop(Engine(STEP, 2048, 64), 64, whole(600, 1000), whole(600, 200))
    tight = closed_loop(Engine(STEP, 2048, 64, kv_tokens=30_000), 64, whole(600, 1000), whole(600, 200))
    assert roomy.preemptions == 0
    assert tight.preemptions > 0
    assert (tight.done_s >= tight.first_s).all()
    assert tight.done_s.max() > roomy.done_s.max()


def test_little_holds_in_the_simulator() -> None:
    case = random_case(12)
    rate = 0.6 * case.saturated_rate(1, residences=10)
    trace = case.simulate(rate, 20_000, 2)
    span = trace.arrival_s[-1]
    times = np.linspace(0.2, 0.9, 4000) * span
    inside = np.searchsorted(trace.arrival_s, times) - np.searchsorted(np.sort(trace.done_s), times)
    assert inside.mean() == pytest.approx(len(trace.arrival_s) / span * trace.e2e_s.mean(), rel=0.05)


def test_statistics_stand_in_their_order() -> None:
    values = statistics(np.arange(1001.0))
    assert values.tolist() == [500.0, 500.0, 900.0, 950.0, 990.0]
