"""Measured rows with their predictions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.measure.residuals import QUANTITIES, Residuals

if TYPE_CHECKING:
    from planner.measure.predict import Predictions
    from planner.measure.rows import Measurement


@dataclass(frozen=True, eq=False)
class Validation:
    """Rows with their predictions, and what they say of one another."""

    rows: "tuple[Measurement, ...]"
    predictions: "Predictions"
    found: Residuals

    @property
    def sigma(self) -> NDArray[np.float64]:
        """Band width of every entry of ``found``."""
        classes = [quantity.band for quantity in QUANTITIES]
        widths = np.stack([self.predictions.deviation(name) for name in classes])
        return np.asarray(widths[np.asarray(self.found.quantity, dtype=np.int64), self.found.row])
