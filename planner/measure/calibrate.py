"""A user's calibration: few numbers a (model, accelerator, engine, format), as many as the rows can tell apart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.scales import scale_key
from planner.errors import SpecError
from planner.measure.cases import gather
from planner.measure.floors import too_fast
from planner.measure.overrides import with_values
from planner.measure.parameters import part_of
from planner.measure.predict import predict
from planner.measure.residuals import QUANTITIES, Residuals, against, measured_quantities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.catalog.catalog import Catalog
    from planner.measure.cases import Case, Gathered
    from planner.measure.rows import Measurement

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST, SEVERAL, FIRST_TOKEN_LEAST = 2, 5, 6
"""Rows for one scale; for decode, prefill and step apart; rows with a TTFT for a first-token offset."""
NOISE = {"tpot": 0.12, "throughput": 0.12, "e2e": 0.12, "ttft": 0.3}
IDENTIFIED = 0.7
"""A number counts as found when the data leave less than this share of its prior's standard deviation."""
ROUNDS = 6


@dataclass(frozen=True)
class Knob:
    """A calibrated number: ``start exp(z)``, or ``start + z`` for an offset, where z has deviation ``sigma``."""

    whats: tuple[str, ...]
    start: float
    sigma: float
    offset: bool = False

    def value(self, z: float) -> float:
        """Return the number at ``z``."""
        return self.start + z if self.offset else float(self.start * np.exp(z))

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return "scale of all times" if len(self.whats) > 1 else self.whats[0]


ONE = (Knob(("decode", "prefill"), 1.0, 0.17),)
"""One scale: with residuals of 0.12 a row, k rows pull it to ``k / (k + 0.5)`` of their median."""
APART = (Knob(("decode",), 1.0, 0.3), Knob(("prefill",), 1.0, 0.3), Knob(("step_ms",), 0.0, 2.0, offset=True))
FIRST_TOKEN = Knob(("first_token_ms",), 0.0, 100.0, offset=True)


@dataclass(frozen=True)
class Number:
    """What one number came out as; not ``identified``: the rows cannot tell it, it stayed near its start."""

    name: str
    value: float
    identified: bool


@dataclass(frozen=True)
class Calibrated:
    """One group: its rows, its numbers, and its median absolute error before and, cross-validated, after."""

    model: str
    accelerator: str
    engine: str
    weight_format: str
    rows: int
    numbers: tuple[Number, ...]
    factors: tuple[tuple[str, float], ...]
    error_before: float
    error_after: float


@dataclass(frozen=True)
class _Group:
    catalog: "Catalog"
    names: tuple[str, str, str, str]
    gathered: "Gathered"
    measured: Residuals
    knobs: tuple[Knob, ...]

    def factors(self, z: Floats) -> dict[str, float]:
        return {
            scale_key(what, *self.names): knob.value(step)
            for knob, step in zip(self.knobs, z, strict=True)
            for what in knob.whats
        }

    def error(self, z: Floats) -> Floats:
        """Log of predicted over measured."""
        found = predict(self.gathered, with_values(self.catalog, self.factors(z)))
        return against(self.measured, found).error


def calibrate(rows: "Sequence[Measurement]", catalog: "Catalog") -> tuple[Calibrated, ...]:
    """Refit each group of rows of one model, accelerator, engine and format.

    Raises
    ------
    SpecError
        When rows beat physics, or no group has two rows that can be predicted; one message a row.
    """
    gathered = gather(rows, catalog)
    impossible = too_fast(tuple(rows), gathered, catalog)
    if impossible:
        raise SpecError(*impossible)
    measured_ = measured_quantities(rows)
    groups = [group for case in gathered.cases for group in _groups(case, gathered, measured_, catalog)]
    if not groups:
        reasons = sorted({reason for reason in gathered.refused if reason})
        raise SpecError(
            f"no model, accelerator, engine and format has {LEAST} measured rows"
            + (f" ({'; '.join(reasons[:5])})" if reasons else "")
        )
    return tuple(_calibrated(group) for group in groups)


def _groups(case: "Case", gathered: "Gathered", measured_: Residuals, catalog: "Catalog") -> list[_Group]:
    groups = []
    for index in dict.fromkeys(name for name, _ in case.machines):
        sockets = [place for place, (name, _) in enumerate(case.machines) if name == index]
        part = case.take(np.flatnonzero(np.isin(case.socket, sockets)))
        mine = measured_.take(np.isin(measured_.row, part.row))
        if len(np.unique(mine.row)) >= LEAST:
            family = catalog.engines[case.engine].family
            names = (case.model.name, index, family, case.weight_format)
            groups.append(_Group(catalog, names, part_of(gathered, [part]), mine, _knobs(mine)))
    return groups


def _knobs(mine: Residuals) -> tuple[Knob, ...]:
    """As many numbers as the rows can carry."""
    first_tokens = sum(QUANTITIES[index].band == "ttft" for index in mine.quantity)
    knobs = APART if len(np.unique(mine.row)) >= SEVERAL else ONE
    return (*knobs, FIRST_TOKEN) if first_tokens >= FIRST_TOKEN_LEAST else knobs


def _calibrated(group: _Group) -> Calibrated:
    usable = np.isfinite(group.error(np.zeros(len(group.knobs))))
    z, spread = _fit(group, usable)
    before = np.abs(np.expm1(group.error(np.zeros(len(z)))[usable]))
    numbers = tuple(
        Number(knob.name, knob.value(step), bool(width < IDENTIFIED * knob.sigma))
        for knob, step, width in zip(group.knobs, z, spread, strict=True)
    )
    return Calibrated(
        *group.names,
        len(np.unique(group.measured.row)),
        numbers,
        tuple(group.factors(z).items()),
        float(np.median(before)),
        float(np.median(np.abs(np.expm1(_left_out(group, usable))))),
    )


def _left_out(group: _Group, usable: Bools) -> Floats:
    """Errors of every row as predicted from the other rows."""
    errors = np.zeros(len(usable))
    for row in np.unique(group.measured.row):
        mine = group.measured.row == row
        z, _ = _fit(group, usable & ~mine)
        errors[mine] = group.error(z)[mine]
    return errors[usable]


def _fit(group: _Group, kept: Bools) -> tuple[Floats, Floats]:
    """Most probable z and its standard deviation, robust against single odd rows."""
    scale = np.array([NOISE[QUANTITIES[index].band] for index in group.measured.quantity])[kept]
    precision = np.diag([knob.sigma**-2.0 for knob in group.knobs])
    z = np.zeros(len(group.knobs))
    for _ in range(ROUNDS):
        error = group.error(z)[kept] / scale
        steps = np.array([1e-2 * knob.sigma for knob in group.knobs])
        slopes = np.stack(
            [
                (group.error(z + step * unit)[kept] / scale - error) / step
                for step, unit in zip(steps, np.eye(len(z)), strict=True)
            ],
            axis=1,
        )
        shares = 1.0 / np.sqrt(1.0 + error**2)
        normal = slopes.T @ (slopes * shares[:, None]) + precision
        move = np.linalg.solve(normal, slopes.T @ (shares * error) + precision @ z)
        z = z - move
        if np.max(np.abs(move) / np.array([knob.sigma for knob in group.knobs])) < 1e-3:
            break
    return z, np.sqrt(np.diag(np.linalg.inv(normal)))
