"""A CSV trace of request lengths as a joint distribution."""

import csv
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.errors import SpecError
from planner.files import read_bounded, read_lines
from planner.perf.lengths import Lengths
from planner.spec.names import nearest
from planner.spec.problems import Place, Problem, quoted, refusal
from planner.spec.quantiles import EDGES, NARROW

Floats = NDArray[np.float64]
COLUMNS = ("input_tokens", "output_tokens")
MAX_BYTES = 64 * 2**20
MAX_LINES = 1_000_000
_MAX_ATOMS = 1024
_MAX_PROBLEMS = 10
_MAX_TOKENS = 1e8
_CUTS = np.sort(np.concatenate([EDGES, ((EDGES[1:] + EDGES[:-1]) / 2.0)[~NARROW]]))
"""32 bins: the wide ones of :mod:`planner.spec.quantiles` halved."""


@dataclass(frozen=True)
class TraceLengths:
    """The joint distribution of a trace, and the tokens of its longest request."""

    joint: Lengths
    longest_tokens: float


def read_trace(path: Path) -> TraceLengths:
    """Return the lengths of a trace, its rows binned to at most 1,024 atoms with exactly their means.

    Raises
    ------
    OSError
        When the file cannot be read.
    SpecError
        When its text is not such a trace; up to ten rows are named.
    """
    try:
        rows = csv.reader(read_lines(read_bounded(path, MAX_BYTES), MAX_LINES))
    except UnicodeDecodeError as error:
        raise _wrong(path, 1, 1, "trace", f"byte {error.start} is not UTF-8", "save it as CSV text") from None
    try:
        pairs = _pairs(rows, path)
    except csv.Error as error:
        raise _wrong(path, rows.line_num or 1, 1, "trace", f"is not CSV: {error}", "save it as CSV text") from None
    if not pairs.size:
        raise _wrong(path, 1, 1, "trace", "holds no rows", "write one row a request below the header")
    return TraceLengths(binned_jointly(pairs[:, 0], pairs[:, 1]), float(pairs.sum(axis=1).max()))


def _wrong(path: Path, line: int, column: int, key: str, problem: str, remedy: str) -> SpecError:
    return SpecError(str(Problem(Place(str(path), line, column), key, problem, remedy)))


def _pairs(rows: Iterator[list[str]], path: Path) -> Floats:
    """Return the rows as an array ``(rows, 2)``."""
    header = [name.strip() for name in next(rows, [])]
    absent = [name for name in COLUMNS if name not in header]
    if absent:
        near = nearest(absent[0], set(header) - set(COLUMNS))
        remedy = f"rename {near[0]!r}?" if near else f"the header must name {' and '.join(COLUMNS)}"
        raise _wrong(path, 1, 1, absent[0], "has no such column", remedy)
    where = [header.index(name) for name in COLUMNS]
    found = array("d")
    problems: list[Problem] = []
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        values = [_tokens(row, index) for index in where]
        for name, index, value in zip(COLUMNS, where, values, strict=True):
            if value is None:
                shown = quoted(row[index]) if index < len(row) else "nothing"
                place = Place(str(path), line, index + 1)
                problems.append(Problem(place, name, f"{shown} is no length", "write 1 token or more, or drop the row"))
        if len(problems) >= _MAX_PROBLEMS:
            break
        found.extend(value or 0.0 for value in values)
    if problems:
        raise refusal(problems)
    return np.frombuffer(found, dtype=float).reshape(-1, 2)


def _tokens(row: list[str], index: int) -> float | None:
    try:
        value = float(row[index])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) and 1.0 <= value <= _MAX_TOKENS else None


def binned_jointly(inputs: Floats, outputs: Floats) -> Lengths:
    """Return equally likely pairs as at most 1,024 atoms: binned by input, then by output within each bin.

    Each atom stands at the mean of its cell, so both means are exact.
    """
    pairs, counts = np.unique(np.column_stack([inputs, outputs]), axis=0, return_counts=True)
    weights = counts / counts.sum()
    if len(pairs) <= _MAX_ATOMS:
        return Lengths(pairs[:, 0].copy(), pairs[:, 1].copy(), weights)
    cell = _bins(pairs[:, 0], weights) * len(_CUTS)
    for first in np.unique(cell):
        inside = cell == first
        cell[inside] += _bins(pairs[inside, 1], weights[inside])
    _, index = np.unique(cell, return_inverse=True)
    total: Floats = np.bincount(index, weights=weights).astype(float)
    means = [np.bincount(index, weights=weights * pairs[:, side]) / total for side in (0, 1)]
    return Lengths(means[0], means[1], total)


def _bins(values: Floats, weights: Floats) -> NDArray[np.intp]:
    """Return the bin of each value by its cumulative weight; equal values share one."""
    order = np.argsort(values, kind="stable")
    middle = np.empty(len(values))
    middle[order] = (np.cumsum(weights[order]) - weights[order] / 2.0) / weights.sum()
    _, group = np.unique(values, return_inverse=True)
    shared = np.bincount(group, weights=middle * weights) / np.bincount(group, weights=weights)
    return np.searchsorted(_CUTS, shared[group], side="right") - 1
