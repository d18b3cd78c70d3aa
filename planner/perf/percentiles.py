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


def with_mean(mean: Floats, quantiles: Floats) -> Floats:
    """Join ``mean`` ``(columns,)`` and ``quantiles`` ``(columns, 4)`` into statistics ``(columns, 5)``."""
    return np.concatenate([mean[..., None], quantiles], axis=-1)


def exponential_tail(probability: Floats, mean: Floats) -> Floats:
    """Quantiles of a wait that is zero, or exponential with probability ``probability``; ``mean`` is over all.

    P(W > x) = p exp(-p x / E[W]), the usual one-pole tail of M/G/1 and M/G/c waiting times (Tijms, *A First Course in
    Stochastic Models*, 2003, 9.2.2 and 9.6). Shape ``(columns, 4)`` [unit of mean].
    """
    share = np.clip(probability, 1e-300, 1.0)[..., None]
    return np.maximum(np.log(share / (1.0 - QUANTILES)), 0.0) * mean[..., None] / share


def add_independent(mean: Floats, *parts: Floats) -> Floats:
    """Statistics of a sum of independent parts with total ``mean``.

    Each part is an array ``(columns, 4)`` of deviations of its quantiles from its own mean. Deviations combine as
    signed squares: exact for normal parts, and right at the ends where one part dominates.
    """
    square = sum(np.sign(part) * part**2 for part in parts)
    return with_mean(mean, np.maximum(mean[..., None] + np.sign(square) * np.sqrt(np.abs(square)), 0.0))
