"""One distribution as a few atoms that keep its mean, its variance and the quantiles in which latency is promised.

Probability is cut into bins: narrow ones around 0.5, 0.9, 0.95 and 0.99, whose single atom is the quantile, and wide
ones between them, each replaced by two atoms with the bin's own mean and variance.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NORMAL = NormalDist()
_HALF = 0.0005
"""Half the width of a narrow bin: the quantile's error is below 0.1 % for the heaviest tail admitted."""
_QUANTILES = (0.5, 0.9, 0.95, 0.99)
_CUTS_Z = (-2.2, -1.4, -0.7, 0.32, 0.64, 0.96, 2.0, 2.8, 3.3)
"""Where the wide bins are cut, as standard normal deviates."""
EDGES: Floats = np.array(
    sorted((0.0, 1.0, *(q + side for q in _QUANTILES for side in (-_HALF, _HALF)), *map(_NORMAL.cdf, _CUTS_Z)))
)
NARROW = np.abs(np.diff(EDGES) - 2.0 * _HALF) < 1e-9


@dataclass(frozen=True, eq=False)
class Marginal:
    """A discrete distribution: ``values`` [token] and ``weights``, arrays ``(atoms,)``; weights sum to one."""

    values: Floats
    weights: Floats


def spread_out(mu: float, sigma: float) -> Marginal:
    """Return a lognormal as 32 atoms; ``mu`` and ``sigma`` are those of the logarithm.

    Partial moments up to probability p: E[X; X < Q(p)] = m1 Phi(z - sigma), E[X^2; X < Q(p)] = m2 Phi(z - 2 sigma).
    """
    deviates = np.array([_NORMAL.inv_cdf(p) for p in EDGES[1:-1]])
    first = np.exp(mu + sigma**2 / 2.0) * _partial(deviates - sigma)
    second = np.exp(2.0 * mu + 2.0 * sigma**2) * _partial(deviates - 2.0 * sigma)
    quantiles = np.concatenate([[0.0], np.exp(mu + sigma * deviates), [np.inf]])
    return _atoms(first, second, quantiles)


def _partial(deviates: Floats) -> Floats:
    return np.array([0.0, *(_NORMAL.cdf(float(z)) for z in deviates), 1.0])


def binned(marginal: Marginal) -> Marginal:
    """Return a distribution of many atoms as 32."""
    order = np.argsort(marginal.values, kind="stable")
    values, weights = marginal.values[order], marginal.weights[order]
    knots = np.concatenate([[0.0], np.cumsum(weights)])
    knots[-1] = 1.0
    first = np.interp(EDGES, knots, np.concatenate([[0.0], np.cumsum(weights * values)]))
    second = np.interp(EDGES, knots, np.concatenate([[0.0], np.cumsum(weights * values**2)]))
    place = np.searchsorted(knots, EDGES, side="right") - 1
    return _atoms(first, second, values[np.clip(place, 0, values.size - 1)])


def _atoms(first: Floats, second: Floats, quantiles: Floats) -> Marginal:
    """Return the atoms from partial moments and quantiles at ``EDGES``."""
    weight = np.diff(EDGES)
    mean = np.diff(first) / weight
    variance = np.maximum(np.diff(second) / weight - mean**2, 0.0)
    below = _reach(mean, variance, quantiles)
    one = NARROW | (below <= 1e-9 * mean)
    share = variance / (below**2 + variance + one)
    down = np.where(one, mean, mean - below)
    up = np.where(one, mean, mean + variance / np.where(one, 1.0, below))
    values = np.concatenate([down, up[~one]])
    weights = np.concatenate([np.where(one, weight, weight * share), (weight * (1.0 - share))[~one]])
    order = np.argsort(values, kind="stable")
    return Marginal(values[order], weights[order])


def _reach(mean: Floats, variance: Floats, quantiles: Floats) -> Floats:
    """Return how far the lower of two atoms lies below the mean.

    Both stay in the bin, and above one token if they can.

    Atoms at ``mean - d`` and ``mean + variance / d`` have the bin's mean and variance for any d > 0.
    """
    low, high = quantiles[:-1], quantiles[1:]
    low = np.where(mean > 1.0, np.maximum(low, 1.0), low)
    room = np.maximum(high - mean, 1e-12)
    least = np.where(np.isfinite(room), variance / room, 0.0)
    wanted = np.minimum(np.maximum(np.sqrt(variance), least), np.maximum(mean - low, 0.0))
    return np.maximum(wanted, least)
