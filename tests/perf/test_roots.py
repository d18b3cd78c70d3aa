"""Roots of rising functions: as close as asked, from above, in few steps."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from planner.perf.roots import Points, rising_root, steep_root

Floats = NDArray[np.float64]

SHAPES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "straight": lambda x, root: x - root,
    "saturating": lambda x, root: x / (1.0 + x) - root / (1.0 + root),
    "steep": lambda x, root: x**9 - root**9,
    "cubic": lambda x, root: (x - root) ** 3,
    "jump": lambda x, root: np.where(x >= root, 3.0, -1.0),
    "queue": lambda x, root: np.where(x < 1.2 * root, x / (root + x) - 0.5, 7.0),
}
CLOSE, FLOOR, TOP = 1e-12, 1e-3, 100.0


def found(shape: str, root: Floats, rises: Callable[[Floats], Floats]) -> Floats:
    low, high = np.zeros_like(root), np.full_like(root, TOP)
    points = Points.between((low, high), (np.minimum(SHAPES[shape](low, root), -1e-300), rises(high)))
    return rising_root(points, rises, close=CLOSE, floor=FLOOR)


@given(st.sampled_from(sorted(SHAPES)), st.lists(st.floats(1e-3, 99.0), min_size=1, max_size=6))
def test_not_below_the_root_and_hardly_above(shape: str, roots: list[float]) -> None:
    root = np.array(roots)
    at = found(shape, root, lambda x: SHAPES[shape](x, root))
    assert (SHAPES[shape](at, root) >= 0.0).all()
    assert (at <= root + CLOSE * (at + FLOOR) + 1e-5 * (shape == "cubic")).all()


@pytest.mark.parametrize(("shape", "most"), [("straight", 8), ("saturating", 14), ("steep", 40), ("jump", 60)])
def test_few_steps(shape: str, most: int) -> None:
    root, steps = np.geomspace(1.0, 90.0, 50), 0

    def rises(x: Floats) -> Floats:
        nonlocal steps
        steps += 1
        return SHAPES[shape](x, root)

    found(shape, root, rises)
    assert steps <= most


def test_the_upper_end_where_there_is_no_root() -> None:
    root = np.array([50.0, 150.0])
    assert found("straight", root, lambda x: x - root) == pytest.approx(np.array([50.0, TOP]), rel=1e-11)


def test_a_straight_line_is_met_at_once() -> None:
    one = np.ones(2)
    assert steep_root(lambda x: 6.0 - x, one, 10.0 * one, 0).tolist() == [6.0, 6.0]
    assert steep_root(lambda x: 0.5 - x, one, 10.0 * one, 0).tolist() == [0.5, 0.5]
    assert steep_root(lambda x: 3.0 - 1.5 * x, 0.0 * one, 10.0 * one, 1).tolist() == [2.0, 2.0]
    assert steep_root(lambda x: 6.0 - 3.0 * x, one, 10.0 * one, 1) == pytest.approx(2.0 * one)


def test_a_curve_is_met_wherever_it_is_begun() -> None:
    start = np.array([0.5, 3.0, 9.0])
    assert steep_root(lambda x: 20.0 - x - x * x, start, np.full(3, 10.0), 8) == pytest.approx(np.full(3, 4.0))


def test_an_inverse_that_is_a_square_is_met_by_the_third_step() -> None:
    """y = 2 - sqrt(x) - x falls more steeply than -1; x = ((sqrt(9 - 4 y) - 1) / 2)^2 is one at zero."""
    found = steep_root(lambda x: 2.0 - np.sqrt(x) - x, np.full(1, 1.5), np.full(1, 10.0), 4)
    assert found == pytest.approx(np.ones(1), rel=1e-9)


def test_the_end_where_nothing_crosses_before_it() -> None:
    assert steep_root(lambda x: 20.0 - x, np.ones(1), np.full(1, 10.0), 4).tolist() == [10.0]
    assert steep_root(lambda x: -x - 1.0, np.ones(1), np.full(1, 10.0), 4).tolist() == [0.0]
