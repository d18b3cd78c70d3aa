"""Erlang's formulas in closed form against their recurrence, and their limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.perf.queueing import erlang_b, erlang_c, mean_wait, scaled_erfc


def recurrence(servers: int, load: float) -> float:
    """Erlang B: B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1))."""
    lost = 1.0
    for k in range(1, servers + 1):
        lost = load * lost / (k + load * lost)
    return lost


ERRORS = {1: 4e-4, 2: 2e-4, 3: 1e-4, 5: 5e-5, 8: 3e-5, 16: 6e-6, 64: 1e-5, 256: 1e-5, 2048: 1e-5}


@pytest.mark.parametrize(("servers", "error"), ERRORS.items())
def test_erlang_b_agrees_with_its_recurrence(servers: int, error: float) -> None:
    load = servers * np.concatenate([np.linspace(0.02, 1.5, 75), np.linspace(0.97, 1.03, 41)])
    exact = np.array([recurrence(servers, float(a)) for a in load])
    close = erlang_b(np.full_like(load, float(servers)), load)
    seen = exact > 1e-250
    assert np.max(np.abs(close[seen] / exact[seen] - 1.0)) < error
    assert np.all(close[~seen] < 1e-200)


@given(st.floats(1.0, 500.0), st.floats(0.05, 1.2))
def test_the_recurrence_holds_between_whole_numbers_of_servers(servers: float, busy: float) -> None:
    load = np.array([busy * servers])
    fewer, more = erlang_b(np.array([servers]), load), erlang_b(np.array([servers + 1.0]), load)
    assert more == pytest.approx(load * fewer / (servers + 1.0 + load * fewer), rel=2e-3, abs=1e-200)


@given(st.floats(1.0, 2048.0), st.floats(0.0, 0.99))
def test_waiting_grows_with_the_load_and_shrinks_with_servers(servers: float, busy: float) -> None:
    c, a = np.array([servers]), np.array([busy * servers])
    waits = erlang_c(c, a)
    assert 0.0 <= waits[0] <= 1.0
    assert erlang_c(c, a + 0.005 * c)[0] >= waits[0] - 1e-200
    assert erlang_c(c * 1.1, a)[0] <= waits[0] * (1.0 + 1e-3) + 1e-200


@pytest.mark.parametrize(("servers", "most"), [(1.0, 2e-7), (5.0, 3e-7), (16.0, 5e-7), (256.0, 2e-6), (2048.0, 1e-5)])
@pytest.mark.parametrize("side", [-0.03, 0.03])
def test_the_series_meets_the_closed_form(servers: float, most: float, side: float) -> None:
    """Where the load is three hundredths off c + 1."""
    ends = (servers + 1.0) * (1.0 + side * np.array([1.0 - 1e-9, 1.0 + 1e-9]))
    inside, outside = erlang_b(np.full(2, servers), ends)
    assert outside == pytest.approx(inside, rel=most)


def test_one_server_waits_as_often_as_it_is_busy() -> None:
    load = np.linspace(0.01, 0.99, 50)
    np.testing.assert_allclose(erlang_c(np.ones(50), load), load, rtol=5e-4)


def test_a_published_value() -> None:
    """Cooper's chart and every table of Erlang C: 10 servers at 8 erlang wait with probability 0.409."""
    assert erlang_c(np.array([10.0]), np.array([8.0]))[0] == pytest.approx(0.4092, abs=1e-4)


def test_one_general_server_is_pollaczek_khinchine() -> None:
    waits, wait_s = mean_wait(np.ones(1), np.array([0.7]), np.array([2.0]), np.array([0.4]))
    assert waits[0] == pytest.approx(0.7, rel=1e-3)
    assert wait_s[0] == pytest.approx(0.7 / 0.3 * 2.0 * (1.0 + 0.4) / 2.0, rel=1e-3)


def test_a_full_system_waits_for_ever() -> None:
    waits, wait_s = mean_wait(np.full(2, 4.0), np.array([4.0, 5.0]), np.ones(2), np.zeros(2))
    assert np.all(waits == 1.0)
    assert np.all(np.isinf(wait_s))


def test_no_load_never_waits() -> None:
    np.testing.assert_array_equal(erlang_b(np.array([1.0, 300.0]), np.zeros(2)), 0.0)
    np.testing.assert_allclose(erlang_c(np.array([1.0, 300.0]), np.full(2, 1e-18)), 0.0, atol=1e-10)


def test_hardly_any_load_on_very_many_servers_is_never_lost() -> None:
    assert (erlang_b(np.full(3, 1e6), np.array([0.0, 1e-15, 1.0])) < 1e-200).all()


def test_scaled_erfc_is_exp_times_erfc() -> None:
    z = np.linspace(-5.0, 20.0, 500)
    np.testing.assert_allclose(scaled_erfc(z), [math.exp(x * x) * math.erfc(x) for x in z], rtol=2e-7)
