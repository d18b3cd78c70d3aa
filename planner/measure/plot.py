"""Predicted against measured, log-log, one panel a quantity."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import SpecError
from planner.measure.residuals import QUANTITIES
from planner.measure.score import SHOWN

if TYPE_CHECKING:
    from planner.measure.validation import Validation

SUFFIXES = (".png", ".svg")


def plot(validation: "Validation", path: Path) -> None:
    """Write the picture; the diagonal is a perfect prediction, the grey lines 20 % off.

    Raises
    ------
    SpecError
        When the suffix is neither PNG nor SVG, or Matplotlib is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise SpecError(f"--plot {path}: {path.suffix or 'no suffix'} is not understood (use {' or '.join(SUFFIXES)})")
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  an extra
    except ImportError:
        raise SpecError("--plot: Matplotlib is not installed (pip install 'servingplan[plot]')") from None
    found = validation.found
    classes = np.array([QUANTITIES[index].band for index in found.quantity])
    shown = [name for name in SHOWN if (np.isfinite(found.error) & (classes == name)).any()]
    figure = Figure(figsize=(4.2 * max(len(shown), 1), 4.2), layout="constrained")
    for place, name in enumerate(shown, start=1):
        axes = figure.add_subplot(1, len(shown), place)
        chosen = np.isfinite(found.error) & (classes == name)
        measured, predicted = np.exp(found.log_measured[chosen]), np.exp(found.log_predicted[chosen])
        ends = np.array([min(measured.min(), predicted.min()), max(measured.max(), predicted.max())])
        for share, colour in ((1.0, "black"), (1.2, "0.7"), (1.0 / 1.2, "0.7")):
            axes.plot(ends, ends * share, color=colour, linewidth=0.8)
        axes.scatter(measured, predicted, s=5, alpha=0.4, linewidths=0)
        unit = "tokens/s" if name == "throughput" else "s"
        axes.set(xscale="log", yscale="log", xlabel=f"measured {SHOWN[name]} [{unit}]", ylabel=f"predicted [{unit}]")
    figure.savefig(path, dpi=150)
