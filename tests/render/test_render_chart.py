"""Curves as characters: every point inside, a straight line straight, the first curve on top."""

from hypothesis import given
from hypothesis import strategies as st

from planner.render.chart import ROWS, chart

Points = list[tuple[float, float]]
positive = st.floats(1e-3, 1e9)
points = st.lists(st.tuples(positive, positive), min_size=1, max_size=20)


@given(points, points, st.integers(20, 140))
def test_every_line_keeps_the_width_and_every_curve_shows(one: Points, other: Points, width: int) -> None:
    lines = chart({"#": one, ".": other}, width)
    assert len(lines) == ROWS + 2
    assert all(len(line) <= max(width, 40) for line in lines)
    assert "#" in "".join(lines)


def test_a_power_law_is_a_diagonal() -> None:
    lines = chart({"#": [(10.0**k, 10.0 ** (2 * k)) for k in range(14)]}, 60)[:ROWS]
    columns = [line.index("#") for line in lines]
    assert columns == sorted(columns, reverse=True)


def test_the_first_curve_lies_on_top_and_zeros_are_left_out() -> None:
    lines = chart({"#": [(1.0, 1.0), (10.0, 10.0)], ".": [(1.0, 1.0), (0.0, 5.0)]}, 40)
    assert not any(line.endswith(".") for line in lines[:ROWS])
    assert chart({"#": [(0.0, 1.0)]}, 40) == []
