"""How far measured values lie from estimates, by class: the standard deviation of log(measured / predicted)."""

from collections.abc import Mapping
from functools import cache

from planner.candidates.precision import lineage


def band_sigma(factors: Mapping[str, float], architecture: str, engine: str, quantity: str) -> float:
    """Return the standard deviation of log(measured / predicted) of a quantity.

    Parameters
    ----------
    factors
        Calibration factors with ``band.<quantity>[.<architecture>[.<engine>]]``.
    architecture
        Id of ``catalog/architectures``.
    engine
        Family of the engine.
    quantity
        ``ttft``, ``tpot``, ``e2e`` or ``throughput``.

    Returns
    -------
    float
        That of the most specific class with evidence; the widest, ``band.<quantity>``, where there is none.
    """
    return next(factors[key] for key in band_keys(architecture, engine, quantity) if key in factors)


@cache
def band_keys(architecture: str, engine: str, quantity: str) -> tuple[str, ...]:
    """Return the classes of an estimate, the most specific first."""
    families = lineage(architecture)
    with_engine = (f"band.{quantity}.{family}.{engine}" for family in families)
    return *with_engine, *(f"band.{quantity}.{family}" for family in families), f"band.{quantity}"
