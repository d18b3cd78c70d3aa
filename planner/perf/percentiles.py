"""The statistics in which latencies are promised, and how percentiles of independent parts add up."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STATISTICS = ("mean", "p50", "p90", "p95", "p99")
"""Order of the last axis of every latency array."""

QUANTILES = np.array([0.50, 0.90, 0.95, 0.99])
"""Probabilities of the statistics after the mean."""

NORMAL_DEVIATES = np.array([0.0, 1.281552, 1.644854, 2.326348])
"""Standard normal quantiles at ``QUANTILES``."""

WIDEST = 3.0
"""Largest coefficient of variation that the normal approximation of the gamma distribution is used for."""


def with_mean(mean: Floats, quantiles: Floats) -> Floats:
    """Join ``mean`` ``(columns,)`` and ``quantiles`` ``(columns, 4)`` into statistics ``(columns, 5)``."""
    return np.concatenate([mean[..., None], quantiles], axis=-1)


def waiting_tail(probability: Floats, mean: Floats, scatter: Floats) -> Floats:
    """Quantiles of a wait that is zero, or with probability ``probability`` positive; ``mean`` is over all.

    ``scatter`` 1 makes the positive part exponential, the one-pole tail P(W > x) = p exp(-p x / E[W]) of M/G/1 and
    M/G/c (Tijms, *A First Course in Stochastic Models*, 2003, 9.2.2 and 9.6); 0 makes it uniform, as the rest of one
    constant service is; in between the two quantiles are mixed. Shape ``(columns, 4)`` [unit of mean].
    """
    share = np.clip(probability, 1e-12, 1.0)[..., None]
    left = np.minimum((1.0 - QUANTILES) / share, 1.0)
    weight = np.clip(scatter, 0.0, 1.0)[..., None]
    return mean[..., None] / share * ((1.0 - weight) * 2.0 * (1.0 - left) - weight * np.log(left))


def gamma_quantiles(mean: Floats, deviation: Floats) -> Floats:
    """Statistics of a gamma distributed quantity of given mean and standard deviation ``(columns, 5)``.

    E. B. Wilson and M. M. Hilferty, *PNAS* 17 (1931) 684, doi:10.1073/pnas.17.12.684: its cube root is nearly normal.
    """
    variation = np.minimum(deviation / mean, WIDEST)[..., None]
    root = np.maximum(1.0 - variation**2 / 9.0 + NORMAL_DEVIATES * variation / 3.0, 0.0)
    return with_mean(mean, mean[..., None] * (root * root * root))


def add_independent(mean: Floats, *parts: Floats) -> Floats:
    """Statistics of a sum of independent parts with total ``mean``.

    Each part is an array ``(columns, 4)`` of deviations of its quantiles from its own mean. Deviations combine as
    signed squares: exact for normal parts, and right at the ends where one part dominates.
    """
    above = np.sqrt(sum(np.maximum(part, 0.0) * part for part in parts))
    below = np.sqrt(sum(np.minimum(part, 0.0) * part for part in parts))
    return with_mean(mean, np.maximum(mean[..., None] + (above - below), 0.0))
