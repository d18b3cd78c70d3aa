"""How far a measured value may lie from its estimate: lognormal errors of a class, and bounds at a confidence."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def upper_factor(sigma: Floats, confidence: float, bounds: int) -> Floats:
    """Factor by which the measured value exceeds the estimate with probability ``1 - confidence`` at most.

    ``sigma`` is the standard deviation of log(measured / predicted). With several ``bounds`` that must hold together,
    each takes its share of the risk (Bonferroni's inequality), which is safe whatever their correlation.
    """
    each = 1.0 - (1.0 - confidence) / max(bounds, 1)
    return np.asarray(np.exp(NormalDist().inv_cdf(each) * sigma))


def band(value: Floats, sigma: Floats, coverage: float = 0.8) -> tuple[Floats, Floats]:
    """Lower and upper end of the two-sided band that covers ``coverage`` of measured values."""
    width = np.exp(NormalDist().inv_cdf((1.0 + coverage) / 2.0) * sigma)
    return np.asarray(value / width), np.asarray(value * width)
