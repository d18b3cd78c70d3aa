"""Validation: measured rows in, scores out; by the catalogue as it is, or with groups left out of its fit."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.errors import SpecError
from planner.measure.cases import gather
from planner.measure.leave_out import predict_left_out
from planner.measure.predict import predict
from planner.measure.report import Report, Section
from planner.measure.residuals import residuals
from planner.measure.score import scores
from planner.measure.validation import Validation

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.measure.rows import Measurement

REASON_NUMBERS = 3


def validate(
    rows: "Sequence[Measurement]",
    catalog: "Catalog",
    left_out: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Validation:
    """Predict the rows: by the catalogue's factors, or by factors refitted without the rows of the same ``left_out``.

    Raises
    ------
    SpecError
        When there are no rows, or none remains to refit to.
    """
    if not rows:
        raise SpecError("no measurement rows (give a CSV file with at least one)")
    if left_out and len({row.text(left_out) for row in rows}) < 2:
        raise SpecError(f"--leave-out {left_out}: all rows are of one {left_out} (nothing remains to refit to)")
    if left_out:
        predictions = predict_left_out(rows, catalog, left_out, say)
    else:
        predictions = predict(gather(rows, catalog), catalog)
    return Validation(tuple(rows), predictions, residuals(rows, predictions))


def report(validation: Validation, by: Sequence[str] = ()) -> Report:
    """Score a validation: overall, by the columns asked for, and the flagged rows apart.

    Raises
    ------
    SpecError
        When no row has one of the columns.
    """
    known = {column for row in validation.rows for column in row.cells}
    for column in by:
        if column not in known:
            raise SpecError(f"--by {column}: no such column in the measurements (there are {', '.join(sorted(known))})")
    flagged = np.array([bool(validation.rows[index].text("flag")) for index in validation.found.row], dtype=bool)
    sections = [_section("All rows without a flag", validation, ~flagged, ())]
    if by:
        sections.append(_section(f"By {', '.join(by)}", validation, ~flagged, tuple(by)))
    sections.append(_section("Flagged rows, apart", validation, flagged, ("flag", "load", *by)))
    reasons = Counter(reason for reason in validation.predictions.because if reason)
    return Report(tuple(section for section in sections if section.scores), tuple(reasons.most_common()))


def _section(title: str, validation: Validation, chosen: NDArray[np.bool_], by: tuple[str, ...]) -> Section:
    columns = tuple(dict.fromkeys(by))
    found = validation.found.take(chosen)
    return Section(title, columns, scores(validation.rows, found, validation.sigma[chosen], columns))
