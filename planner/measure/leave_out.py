"""Predictions of rows that took no part: each group is left out of the fit in turn and predicted by the rest."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.measure.fit import fit, problem, solve
from planner.measure.overrides import with_values
from planner.measure.parameters import values_at
from planner.measure.predict import PREDICTED, Predictions, predict, widths
from planner.measure.residual_bands import band_factors
from planner.measure.residuals import against
from planner.measure.validation import Validation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.catalog.catalog import Catalog
    from planner.measure.fit import Linear, Problem
    from planner.measure.rows import Measurement
    from planner.perf.hardware import Floats

COLUMNS = ("model", "accelerator")


def predict_left_out(
    rows: "Sequence[Measurement]", catalog: "Catalog", column: str, say: "Callable[[str], None]" = lambda _: None
) -> Predictions:
    """Predict every row by factors refitted, from their priors, to the rows that differ from it in ``column``.

    The fit is made once; what leaving a group out changes is found in its linearisation, what is predicted is exact.
    The bands of a group come from the errors of all others, each left out in its turn.
    """
    task = problem(rows, catalog)
    say(f"fitting {len(task.parameters)} factors to {len(rows)} rows")
    return left_out_of(task, fit(task)[1], column, say)


def left_out_of(
    task: "Problem", around: "Linear", column: str, say: "Callable[[str], None]" = lambda _: None
) -> Predictions:
    """Do the same with a fit that has been made."""
    labels = np.array([row.text(column) for row in task.rows])
    merged = predict(task.gathered, task.catalog)
    for label in dict.fromkeys(labels.tolist()):
        say(f"leaving out {label}")
        merged = _replaced(merged, _without(task, around, labels == label), labels == label)
    return replace(merged, sigma=_bands(task, merged, column))


def _bands(task: "Problem", merged: Predictions, column: str) -> "dict[str, Floats]":
    """Band widths of every row, from the errors of the rows that differ from it in ``column``."""
    found = Validation(task.rows, merged, against(task.measured, merged))
    labels = np.array([row.text(column) for row in task.rows])
    sigma = merged.sigma
    for label in dict.fromkeys(labels.tolist()):
        factors = band_factors(found, task.catalog, partial(_differs, column, label))
        own = widths(task.gathered, task.catalog, factors)
        sigma = {name: np.where(labels == label, own[name], old) for name, old in sigma.items()}
    return sigma


def _differs(column: str, label: str, row: "Measurement") -> bool:
    return row.text(column) != label


def _without(task: "Problem", around: "Linear", left_out: NDArray[np.bool_]) -> Predictions:
    """Refit to the other rows and predict the groups that hold these."""
    z = solve(task, around, ~left_out[task.measured.row])
    kept = tuple(group for group in task.groups if left_out[group.case.row].any())
    return predict(task.gathered, with_values(task.catalog, values_at(task.parameters, z)), kept)


def _replaced(old: Predictions, new: Predictions, chosen: NDArray[np.bool_]) -> Predictions:
    arrays = {name: np.where(chosen, getattr(new, name), getattr(old, name)) for name in PREDICTED}
    because = tuple(n if use else o for n, o, use in zip(new.because, old.because, chosen, strict=True))
    return replace(old, **arrays, because=because)
