"""Maximum a posteriori fit of the parameters to measured rows, by linearisation around the last point."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.measure.cases import gather
from planner.measure.overrides import with_values
from planner.measure.parameters import Parameter, priors, relevant, values_at
from planner.measure.predict import Ready, predict, ready
from planner.measure.residuals import QUANTITIES, Residuals, against, measured_quantities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.catalog.catalog import Catalog
    from planner.measure.cases import Gathered
    from planner.measure.rows import Measurement

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NOISE = {"ttft": 0.4, "tpot": 0.12, "throughput": 0.12, "e2e": 0.12}
"""Scale of log residuals at which the loss turns from square to linear."""
ALIKE = 0.1
"""Correlation between the errors of rows of one model, accelerator, engine and format: many such rows count less."""
STEP = 0.02
OUTER, INNER = 3, 30


@dataclass(frozen=True, eq=False)
class Problem:
    """What is fitted: rows in groups, what they measure, and the weight of each entry (zero: not fitted to)."""

    catalog: "Catalog"
    rows: "tuple[Measurement, ...]"
    gathered: "Gathered"
    measured: Residuals
    weight: Floats
    parameters: tuple[Parameter, ...]
    groups: tuple[Ready, ...]

    def log_predicted(self, values: dict[str, float], groups: tuple[Ready, ...] | None = None) -> Floats:
        """Return the logarithm of every prediction; NaN outside ``groups``."""
        chosen = self.groups if groups is None else groups
        found = predict(self.gathered, with_values(self.catalog, values), chosen)
        return against(self.measured, found).log_predicted


@dataclass(frozen=True, eq=False)
class Linear:
    """Predictions around ``z``: ``log_predicted + jacobian (z' - z)``."""

    z: Floats
    log_predicted: Floats
    jacobian: Floats


def problem(rows: "Sequence[Measurement]", catalog: "Catalog") -> Problem:
    """Set up a fit of every parameter that the rows can depend on; flagged rows take no part."""
    gathered, found = gather(rows, catalog), measured_quantities(rows)
    parameters = relevant(priors(catalog), gathered, catalog)
    return Problem(catalog, tuple(rows), gathered, found, _weights(rows, found), parameters, ready(gathered, catalog))


def _weights(rows: "Sequence[Measurement]", found: Residuals) -> Floats:
    """One over the noise, less for rows that have many like them."""
    classes = [QUANTITIES[index] for index in found.quantity]
    alike = [
        (*(rows[index].text(key) for key in ("model", "accelerator", "engine", "weight_format")), quantity.band)
        for index, quantity in zip(found.row, classes, strict=True)
    ]
    counts = Counter(alike)
    weights = []
    for index, quantity, key in zip(found.row, classes, alike, strict=True):
        fitted = _fitted(rows[index], quantity.column)
        weights.append(fitted / NOISE[quantity.band] / np.sqrt(1.0 + ALIKE * (counts[key] - 1)))
    return np.array(weights)


def _fitted(row: "Measurement", column: str) -> float:
    """Whether a quantity is fitted to: nothing flagged, derived or of an unknown start burst."""
    if row.text("flag") or column not in row.numbers:
        return 0.0
    if (
        column == "ttft_ms"
        and row.load == "closed"
        and not row.text("ttft_statistic")
        and row.numbers["concurrency"] > 1
    ):
        return 0.0
    return float(not (row.load == "open" and column.endswith("tokens_per_s")))


def linearise(task: Problem, z: Floats) -> Linear:
    """Predict at ``z`` and change one parameter at a time, each only where it matters."""
    base = task.log_predicted(values_at(task.parameters, z))
    jacobian = np.zeros((len(base), len(z)))
    for column, parameter in enumerate(task.parameters):
        kept = tuple(group for group in task.groups if parameter.touches(group.case, task.catalog))
        moved = z.copy()
        moved[column] += STEP
        changed = task.log_predicted(values_at(task.parameters, moved), kept)
        slope = (changed - base) / STEP
        jacobian[:, column] = np.where(np.isfinite(slope), slope, 0.0)
    return Linear(z, base, jacobian)


def solve(task: Problem, around: Linear, kept: Bools) -> Floats:
    """Minimise ``2 sum (sqrt(1 + r^2) - 1) + sum (z / sigma)^2`` of the linearised residuals (reweighted squares)."""
    usable = kept & (task.weight > 0.0) & np.isfinite(around.log_predicted)
    slopes = around.jacobian[usable] * task.weight[usable, None]
    offset = (around.log_predicted - task.measured.log_measured)[usable] * task.weight[usable] - slopes @ around.z
    precision = np.diag([parameter.sigma**-2.0 for parameter in task.parameters])
    z: Floats = around.z
    for _ in range(INNER):
        shares = 1.0 / np.sqrt(1.0 + (offset + slopes @ z) ** 2)
        weighted = slopes * shares[:, None]
        better = np.asarray(np.linalg.solve(slopes.T @ weighted + precision, -weighted.T @ offset))
        if np.max(np.abs(better - z), initial=0.0) < 1e-6:
            break
        z = better
    return z


def fit(task: Problem) -> tuple[Floats, Linear]:
    """Return the best ``z`` for all rows, and the linearisation around the point before it."""
    z = np.zeros(len(task.parameters))
    everything = np.ones(len(task.weight), dtype=bool)
    for _ in range(OUTER):
        around = linearise(task, z)
        z = solve(task, around, everything)
    return z, around
