"""The nearest number of a grid with a property, found by bisection."""

from hypothesis import given
from hypothesis import strategies as st

from planner.reasons.grids import Grid, nearest

GRIDS = [Grid(), Grid(digits=2), Grid(digits=4), Grid(whole=True)]
numbers = st.floats(1.0, 9e5)


@given(st.sampled_from(GRIDS), numbers)
def test_a_place_is_the_last_number_at_most_the_value(grid: Grid, value: float) -> None:
    place = grid.place(value)
    assert grid.at(place) <= value * (1 + 1e-11)
    assert grid.at(place + 1) > value * (1 - 1e-11)
    assert grid.place(grid.at(place)) == place


@given(st.sampled_from(GRIDS), numbers, st.floats(1.2, 50.0), st.floats(0.0, 1.3))
def test_up_the_nearest_number_holds_and_its_neighbour_does_not(
    grid: Grid, start: float, factor: float, share: float
) -> None:
    end = start * factor
    threshold = start + share * (end - start)
    found = nearest(grid, start, end, lambda value: value >= threshold)
    last = grid.at(grid.place(end))
    if last < threshold or grid.place(end) <= grid.place(start):
        assert found is None
        return
    assert found is not None
    at, before = found
    assert at >= threshold
    assert before == start or before < threshold
    assert before == start or grid.place(at) - grid.place(before) == 1


@given(st.sampled_from(GRIDS[:3]), numbers, st.floats(1.2, 50.0), st.floats(0.0, 0.99))
def test_down_it_is_the_same(grid: Grid, start: float, factor: float, share: float) -> None:
    end = start / factor
    threshold = end + share * (start - end)
    found = nearest(grid, start, end, lambda value: value <= threshold)
    if found is None:
        assert threshold < grid.at(grid.place(end) + 1)
        return
    at, before = found
    assert at <= threshold
    assert end <= at
    assert before == start or before > threshold


def test_three_digits_as_they_are_written() -> None:
    grid = Grid()
    assert [grid.at(grid.place(value)) for value in (50.0, 741.091, 0.0123456, 1999.9, 1000.0)] == [
        50.0, 741.0, 0.0123, 1990.0, 1000.0,
    ]  # fmt: skip
