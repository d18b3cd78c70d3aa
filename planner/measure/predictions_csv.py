"""Predictions as CSV, one line a measured row: estimates, their upper bounds at a confidence, or why there is none."""

import csv
import io
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from planner.cells import cell
from planner.perf.bands import upper_factor
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from planner.measure.validation import Validation
    from planner.perf.hardware import Floats

COLUMNS = (
    "id",
    "predicted_ttft_ms",
    "predicted_tpot_ms",
    "predicted_output_tokens_per_s",
    "predicted_latency_s",
    "predicted_ttft_upper_ms",
    "predicted_tpot_upper_ms",
    "unpredicted_because",
)
BOUNDS = 1
"""Each upper bound holds by itself."""


def predictions_csv(validation: "Validation", confidence: float) -> str:
    """Return the predictions; each upper bound holds with probability ``confidence``."""
    found = validation.predictions
    ttft, tpot = found.ttft_s * MS_PER_S, found.tpot_s * MS_PER_S
    arrays = (
        ttft,
        tpot,
        found.output_tokens_per_s,
        found.latency_s,
        ttft * upper_factor(found.deviation("ttft"), confidence, BOUNDS),
        tpot * upper_factor(found.deviation("tpot"), confidence, BOUNDS),
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for index, row in enumerate(validation.rows):
        writer.writerow([cell(row.id), *(_text(values, index) for values in arrays), cell(found.because[index])])
    return out.getvalue()


def _text(values: "Floats", index: int) -> str:
    value = float(np.asarray(values)[index])
    return f"{value:.6g}" if isfinite(value) else ""
