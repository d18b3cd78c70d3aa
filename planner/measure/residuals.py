"""Predictions beside measurements, quantity by quantity: what scores, fits and bands are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.measure.rows import Measurement, measured
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from planner.measure.predict import Predictions

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """A measured column, the prediction it is held against, its unit's size, and the class of its error."""

    column: str
    predicted: str
    per_unit: float
    band: str


QUANTITIES = (
    Quantity("ttft_ms", "ttft_s", MS_PER_S, "ttft"),
    Quantity("tpot_ms", "tpot_s", MS_PER_S, "tpot"),
    Quantity("output_tokens_per_s", "output_tokens_per_s", 1.0, "throughput"),
    Quantity("total_tokens_per_s", "total_tokens_per_s", 1.0, "throughput"),
    Quantity("latency_s", "latency_s", 1.0, "e2e"),
)
COLUMNS = tuple(quantity.column for quantity in QUANTITIES)


@dataclass(frozen=True, eq=False)
class Residuals:
    """One entry a measured quantity: ``row`` into the table, ``quantity`` into :data:`QUANTITIES`, both logarithms.

    ``log_predicted`` is NaN where there is no prediction.
    """

    row: NDArray[np.int64]
    quantity: NDArray[np.int64]
    log_measured: Floats
    log_predicted: Floats

    @property
    def error(self) -> Floats:
        """Log of predicted over measured."""
        return self.log_predicted - self.log_measured

    def take(self, chosen: NDArray[np.bool_]) -> "Residuals":
        """Return the entries where ``chosen``."""
        return Residuals(self.row[chosen], self.quantity[chosen], self.log_measured[chosen], self.log_predicted[chosen])


def residuals(rows: Sequence[Measurement], predictions: "Predictions") -> Residuals:
    """Hold every scored quantity of every row against its prediction."""
    return against(measured_quantities(rows), predictions)


def measured_quantities(rows: Sequence[Measurement]) -> Residuals:
    """Return what the rows measure, without predictions: of throughputs the first stated, nothing of an unstated queue.

    Latencies of a saturated engine depend on how many requests wait, which such rows do not say.
    """
    found = [(index, *pair) for index, row in enumerate(rows) for pair in _scored(row)]
    row = np.array([index for index, _, _ in found], dtype=np.int64)
    quantity = np.array([COLUMNS.index(column) for _, column, _ in found], dtype=np.int64)
    unit = np.array([each.per_unit for each in QUANTITIES])[quantity]
    values = np.array([value for _, _, value in found], dtype=np.float64) / unit
    return Residuals(row, quantity, np.log(values), np.full(len(found), np.nan))


def against(measured_: Residuals, predictions: "Predictions") -> Residuals:
    """Put predictions beside what was measured."""
    table = np.stack([getattr(predictions, quantity.predicted) for quantity in QUANTITIES])
    values = table[measured_.quantity, measured_.row]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(np.isfinite(values) & (values > 0.0), np.log(values), np.nan)
    return Residuals(measured_.row, measured_.quantity, measured_.log_measured, logs)


def _scored(row: Measurement) -> list[tuple[str, float]]:
    values = measured(row)
    if row.load == "saturated":
        values = {column: value for column, value in values.items() if column not in {"ttft_ms", "tpot_ms"}}
    if "output_tokens_per_s" in values:
        values.pop("total_tokens_per_s", None)
    return list(values.items())
