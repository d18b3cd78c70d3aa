"""Scores of predictions: absolute percentage errors, bias, share within 20 %, coverage of bands and of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from planner.measure.residuals import QUANTITIES, Residuals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.measure.residuals import Floats
    from planner.measure.rows import Measurement

BAND_COVERAGE = 0.8
CLOSE = 0.2
SHOWN = {"ttft": "ttft", "tpot": "tpot", "throughput": "throughput", "e2e": "latency"}


@dataclass(frozen=True)
class Score:
    """How well one group of rows is predicted in one quantity; shares and errors as fractions.

    ``bias`` is the median of predicted over measured less one; ``in_band`` the share of measured values inside the
    band that is meant to cover 80 %; ``rows`` those that measure the quantity, ``predicted`` those of them predicted.
    """

    group: tuple[str, ...]
    quantity: str
    rows: int
    predicted: int
    median_ape: float
    mean_ape: float
    bias: float
    within_20: float
    in_band: float


def scores(
    rows: "Sequence[Measurement]", found: Residuals, sigma: "Floats", by: Sequence[str] = ()
) -> tuple[Score, ...]:
    """Score every group (rows that agree in the columns ``by``) and quantity, in order of first appearance."""
    groups = [tuple(rows[index].text(column) or "-" for column in by) for index in found.row]
    classes = [QUANTITIES[index].band for index in found.quantity]
    keys = list(zip(groups, classes, strict=True))
    order = sorted(dict.fromkeys(keys), key=lambda key: (key[0], list(SHOWN).index(key[1])))
    places: dict[tuple[tuple[str, ...], str], list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return tuple(_score(*key, found, sigma, np.array(places[key])) for key in order)


def _score(
    group: tuple[str, ...], quantity: str, found: Residuals, sigma: "Floats", places: "NDArray[np.int64]"
) -> Score:
    error, width = found.error[places], sigma[places]
    known = np.isfinite(error)
    error, width = error[known], width[known]
    if not len(error):
        return Score(group, SHOWN[quantity], len(places), 0, *(float("nan"),) * 5)
    off = np.abs(np.expm1(error))
    reach = NormalDist().inv_cdf((1.0 + BAND_COVERAGE) / 2.0) * width
    return Score(
        group,
        SHOWN[quantity],
        len(places),
        len(error),
        float(np.median(off)),
        float(off.mean()),
        float(np.expm1(np.median(error))),
        float((off <= CLOSE).mean()),
        float((np.abs(error) <= reach).mean()),
    )
