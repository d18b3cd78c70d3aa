"""Erlang's formulas at the ends of their range; near saturation the simulator is the oracle."""

from math import factorial

import numpy as np
import pytest

from planner.perf.queueing import erlang_b, erlang_c, mean_wait


@pytest.mark.parametrize("load", [0.0, 1e-300, 1e-20, 1e-12, 1e-9, 1e-4])
@pytest.mark.parametrize("servers", [1.0, 7.0, 256.0, 1e5])
def test_a_server_that_is_hardly_used_makes_nobody_wait(servers: float, load: float) -> None:
    """However light the load: nothing overflows, and nobody waits."""
    waits, wait_s = mean_wait(np.array([servers]), np.array([load]), np.array([30.0]), np.array([4.0]))
    assert 0.0 <= erlang_b(np.array([servers]), np.array([load]))[0] <= load * (1.0 + 1e-3) + 1e-11
    assert 0.0 <= waits[0] <= load * (1.0 + 1e-3) + 1e-11
    assert 0.0 <= wait_s[0] <= 75.0 * load * (1.0 + 1e-3) + 1e-9


@pytest.mark.parametrize("servers", [1, 2, 5, 16, 60])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
def test_erlang_c_is_the_sum_of_its_series(servers: int, share: float) -> None:
    """C = a^c / c! c / (c - a) over the sum of the states of M/M/c: Cooper (1981), eq. 3.4.8."""
    load = servers * share
    full = load**servers / factorial(servers) * servers / (servers - load)
    series = full / (sum(load**k / factorial(k) for k in range(servers)) + full)
    assert erlang_c(np.array([float(servers)]), np.array([load]))[0] == pytest.approx(series, rel=1e-3)


@pytest.mark.parametrize("servers", [1e3, 1e5, 1e7, 1e9])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.85, 0.91, 0.999])
def test_very_many_servers_overflow_nothing(servers: float, share: float) -> None:
    """With so many servers nobody waits until the load comes close to them."""
    waits = erlang_c(np.array([servers]), np.array([servers * share]))[0]
    assert 0.0 <= waits <= (1.0 if share > 0.9 else 1e-3)
