"""Roots of rising functions: as close as asked, from above, in few steps."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from planner.perf.roots import Points, rising_root

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
