"""Length distributions as atoms: constants, lognormals, histograms and traces; at most about 1,024 of them."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from planner.perf.lengths import Lengths
from planner.spec.demand import Histogram, Lognormal, Workload
from planner.spec.quantiles import Marginal, binned, spread_out

Floats = NDArray[np.float64]
MAX_ATOMS = 1024
_SIDE = 32
"""Atoms of each of two independent distributions: 32 x 32 = 1,024."""
_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.95)


def lognormal_shape(mean: float, p95: float) -> tuple[float, float]:
    """Return (mu, sigma) of the lognormal with this mean and 95th percentile [token].

    From mean = exp(mu + sigma^2 / 2) and p95 = exp(mu + z sigma): sigma = z - sqrt(z^2 - 2 ln(p95 / mean)), the smaller
    root (the larger one puts the 95th percentile below the median's neighbourhood of a far heavier tail).
    """
    sigma = _Z95 - float(np.sqrt(max(_Z95**2 - 2.0 * np.log(p95 / mean), 0.0)))
    return float(np.log(mean)) - sigma**2 / 2.0, sigma


def marginal(length: float | Lognormal | Histogram) -> Marginal:
    """Return one distribution as at most 1,024 atoms."""
    match length:
        case Lognormal():
            return _lognormal(length.mean, length.p95)
        case Histogram():
            values = np.array([tokens for tokens, _ in length.histogram], dtype=float)
            weights = np.array([weight for _, weight in length.histogram], dtype=float)
            return _merged(values, weights / weights.sum())
    return Marginal(np.array([float(length)]), np.ones(1))


def _merged(values: Floats, weights: Floats) -> Marginal:
    distinct, inverse = np.unique(values[weights > 0], return_inverse=True)
    return Marginal(distinct, np.bincount(inverse, weights=weights[weights > 0]).astype(float))


def _lognormal(mean: float, p95: float) -> Marginal:
    mu, sigma = lognormal_shape(mean, p95)
    if sigma < 1e-9:
        return Marginal(np.array([mean]), np.ones(1))
    return spread_out(mu, sigma)


def joint_lengths(workload: Workload, trace: Lengths | None = None) -> Lengths:
    """Return the joint distribution that a workload states; input and output are independent unless a trace says.

    Parameters
    ----------
    workload
        A valid workload.
    trace
        The atoms of its trace, where it names one.
    """
    cached = workload.cached_input_tokens
    if trace is not None:
        return Lengths(trace.input_tokens, trace.output_tokens, trace.weight, cached)
    if workload.input_tokens is None or workload.output_tokens is None:
        msg = "a workload without a trace states both lengths"
        raise ValueError(msg)
    return independent(marginal(workload.input_tokens), marginal(workload.output_tokens), cached)


def independent(first: Marginal, second: Marginal, cached_input_tokens: float = 0.0) -> Lengths:
    """Return the product of two distributions, each collapsed first where the product would be too large."""
    if first.values.size * second.values.size > MAX_ATOMS:
        first, second = (side if side.values.size <= _SIDE else binned(side) for side in (first, second))
    inputs, outputs = np.meshgrid(first.values, second.values, indexing="ij")
    weight = np.outer(first.weights, second.weights)
    return Lengths(inputs.ravel(), outputs.ravel(), weight.ravel(), cached_input_tokens)
