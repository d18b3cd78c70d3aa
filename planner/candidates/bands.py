"""How far measured values lie from estimates, by class: the standard deviation of log(measured / predicted)."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from planner.candidates.precision import lineage

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture

KINDS = ("dense", "moe")


def kind_of(model: "Architecture") -> str:
    """Return which kind of model an estimate is of, as bands tell them apart."""
    return KINDS[model.mixes_experts]


def band_sigma(factors: Mapping[str, float], place: tuple[str, str], kind: str, quantity: str) -> float:
    """Return the standard deviation of log(measured / predicted) of a quantity.

    Parameters
    ----------
    factors
        Calibration factors with ``band.<quantity>[.<architecture>[.<engine>]]`` and ``band.<quantity>.kind.<kind>``.
    place
        Id of ``catalog/architectures`` and family of the engine.
    kind
        One of :data:`KINDS`.
    quantity
        ``ttft``, ``tpot``, ``e2e`` or ``throughput``.

    Returns
    -------
    float
        That of the most specific class with evidence (the widest, ``band.<quantity>``, where there is none), times
        what the kind of model adds or takes.
    """
    width = next(factors[key] for key in band_keys(*place, quantity) if key in factors)
    return width * factors.get(f"band.{quantity}.kind.{kind}", 1.0)


@cache
def band_keys(architecture: str, engine: str, quantity: str) -> tuple[str, ...]:
    """Return the classes of an estimate, the most specific first."""
    families = lineage(architecture)
    with_engine = (f"band.{quantity}.{family}.{engine}" for family in families)
    return *with_engine, *(f"band.{quantity}.{family}" for family in families), f"band.{quantity}"
