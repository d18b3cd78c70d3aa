"""Bands against the standard normal quantiles of every table: 1.281552 at 0.90, 1.644854 at 0.95."""

import numpy as np
import pytest

from planner.perf.bands import band, upper_factor

SIGMA = np.array([0.2, 0.5])


def test_a_band_of_eighty_percent_leaves_a_tenth_on_either_side() -> None:
    low, high = band(np.full(2, 10.0), SIGMA)
    assert high == pytest.approx(10.0 * np.exp(1.281552 * SIGMA))
    assert low * high == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("confidence", "bounds", "deviate"), [(0.9, 1, 1.281552), (0.9, 2, 1.644854), (0.9, 0, 1.281552)]
)
def test_bounds_that_hold_together_share_the_risk(confidence: float, bounds: int, deviate: float) -> None:
    assert upper_factor(SIGMA, confidence, bounds) == pytest.approx(np.exp(deviate * SIGMA))
