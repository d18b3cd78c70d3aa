"""Tables read at any batch: what plain interpolation reads, and columns that are taken read the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from planner.perf.curves import Curves

Floats = NDArray[np.float64]


def curves(rows: int, grid: int, *, series: bool, seed: int = 0) -> Curves:
    """Random fields over geometric grids, or over grids without a rule."""
    random = np.random.default_rng(seed)
    steps = random.uniform(0.1, 1.0, (rows, 1 if series else grid))
    batch = np.exp(steps * np.arange(grid)) if series else np.cumsum(steps, axis=1)
    return Curves(batch, random.uniform(1.0, 2.0, (rows * grid, 3)), np.arange(rows))


@given(st.integers(1, 6), st.integers(1, 9), st.booleans(), st.floats(0.0, 400.0))
def test_equal_to_plain_interpolation(rows: int, grid: int, series: bool, batch: float) -> None:
    read = curves(rows, grid, series=series)
    table = read.table.reshape(rows, grid, 3)
    plain = [[np.interp(batch, read.batch[row], table[row, :, f]) for row in range(rows)] for f in range(3)]
    assert read.at(np.full(rows, batch)) == pytest.approx(np.array(plain))
    assert read.first_at(np.full(rows, batch)) == pytest.approx(np.array(plain[0]))


@pytest.mark.parametrize("series", [True, False])
def test_columns_that_are_taken_twice_read_their_own_rows(series: bool) -> None:
    read = curves(8, 6, series=series)
    batch = np.linspace(0.5, 20.0, 8)
    some = read.take(np.array([7, 3, 3, 0])).take(np.array([True, False, True, True]))
    assert np.array_equal(some.at(batch[[7, 3, 0]]), read.at(batch)[:, [7, 3, 0]])
    assert np.array_equal(some.first_at(batch[[7, 3, 0]]), read.first_at(batch)[[7, 3, 0]])


def test_a_grid_that_begins_at_nothing_is_no_series_and_reads_all_the_same() -> None:
    read = Curves(np.array([[0.0, 1.0, 2.0, 4.0]]), np.array([[1.0], [3.0], [4.0], [9.0]]), np.arange(1))
    assert [read.at(np.array([batch]))[0, 0] for batch in (0.0, 0.5, 1.0, 3.0, 4.0, 9.0)] == [
        1.0,
        2.0,
        3.0,
        6.5,
        9.0,
        9.0,
    ]
