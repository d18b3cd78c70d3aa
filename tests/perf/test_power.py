"""Power lies between idle and full, rises with the load, and scales with its unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.perf.power import busy_w, drawn_w

shares = st.floats(0.0, 1.0)


@given(st.floats(1.0, 3000.0), shares, shares, shares)
def test_power_lies_between_idle_and_full_and_rises(full: float, idle: float, low: float, high: float) -> None:
    low, high = sorted((low, high))
    less, more = drawn_w(np.full(2, full), idle, np.array([low, high]))
    assert full * idle * (1 - 1e-12) <= less <= more * (1 + 1e-12) <= full * (1 + 1e-9)
    assert drawn_w(np.array(2 * full), idle, np.array(low)) == pytest.approx(2 * less)


def test_the_ends_by_hand() -> None:
    """700 W, a fifth of it idle: 140 W without load, 420 W half busy, 700 W at capacity."""
    assert drawn_w(np.full(3, 700.0), 0.2, np.array([0.0, 0.5, 1.0])).tolist() == pytest.approx([140.0, 420.0, 700.0])
    assert busy_w(np.array(700.0), 0.2) == pytest.approx(560.0)
