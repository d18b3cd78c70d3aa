"""Tables over a grid of batches, read at any batch of any column: linear in between, constant beyond the ends."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Curves:
    """``batch`` ``(rows, grid)`` rises along the grid; ``table`` holds the fields there, ``(rows x grid, fields)``.

    ``row`` ``(columns,)`` is the row that each column reads, so that columns are taken without copying a table.
    """

    batch: Floats
    table: Floats
    row: Ints

    def take(self, index: Any) -> "Curves":  # noqa: ANN401  whatever NumPy takes as an index of the first axis
        """Return the curves of the columns at ``index``."""
        some = Curves(self.batch, self.table, self.row[index])
        vars(some)["_ratio"] = self._ratio
        return some

    def at(self, batch: Floats) -> Floats:
        """Return every field at ``batch`` ``(columns,)``; shape ``(fields, columns)``."""
        if self.batch.shape[1] == 1:
            return np.ascontiguousarray(self.table[self.row].T)
        left, share = self._place(batch)
        lower, upper = self.table.take(left, axis=0).T, self.table.take(left + 1, axis=0).T
        return np.ascontiguousarray(lower + share * (upper - lower))

    def first_at(self, batch: Floats) -> Floats:
        """Return the first field alone at ``batch`` ``(columns,)``."""
        if self.batch.shape[1] == 1:
            return np.asarray(self.table[self.row, 0])
        left, share = self._place(batch)
        lower = self.table[left, 0]
        return np.asarray(lower + share * (self.table[left + 1, 0] - lower))

    def _place(self, batch: Floats) -> tuple[Ints, Floats]:
        """Place of the grid point left of ``batch`` in the flattened table, and how far it lies towards the next."""
        points = self.batch.shape[1]
        last, begin = points - 1, self.row * points
        if self._ratio is None:
            right = (self.batch[self.row] <= batch[:, None]).sum(axis=1)
        else:
            ratio = self._ratio[self.row]
            with np.errstate(divide="ignore", invalid="ignore"):
                steps = np.log(np.maximum(batch / self.batch.take(begin), 1.0)) / ratio
            right = np.where(ratio > 0.0, np.minimum(steps, last), 0.0).astype(np.int64) + 1
        left = begin + np.clip(right, 1, last) - 1
        low, high = self.batch.take(left), self.batch.take(left + 1)
        return left, np.clip((batch - low) / np.maximum(high - low, 1e-300), 0.0, 1.0)

    @cached_property
    def _ratio(self) -> Floats | None:
        """Logarithm of the ratio of neighbouring grid points where every row is a geometric series, else ``None``."""
        if np.any(self.batch[:, 0] <= 0.0):
            return None
        last = self.batch.shape[1] - 1
        step = np.log(self.batch[:, -1] / self.batch[:, 0]) / last
        series = self.batch[:, :1] * np.exp(step[:, None] * np.arange(last + 1))
        return step if np.allclose(series, self.batch, rtol=1e-9) else None
