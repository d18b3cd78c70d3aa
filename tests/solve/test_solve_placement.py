"""Which replicas lie in which shared unit: an arrangement wherever there is one, and never a wrong one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.solve.placement import Item, placed
from tests.solve.brute_force import fewest_bins

drawn = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 3)), min_size=1, max_size=3)


@settings(max_examples=30)
@given(st.integers(2, 8), drawn)
def test_whatever_fits_is_placed_and_nothing_else(unit: int, sizes: list[tuple[int, int]]) -> None:
    items = [Item(0, at, min(size, unit), 0, count) for at, (size, count) in enumerate(sizes)]
    each = tuple(sorted(((item.size, item.pool, unit) for item in items for _ in range(item.count)), reverse=True))
    fewest = fewest_bins(each, unit)
    assert placed(unit, fewest - 1, items) is None
    rows = placed(unit, fewest, items)
    assert rows is not None
    assert rows.sum(axis=0).tolist() == [item.count for item in items]
    assert all(sum(n * item.size for n, item in zip(row, items, strict=True)) <= unit for row in rows.tolist())


def test_where_the_largest_first_fails_every_way_is_tried() -> None:
    """Into two units of ten: 5 + 3 + 2 twice; 4 + 3 + 3 and 4 + 4 + 2 as well, where the fullest first goes astray."""
    items = [Item(0, at, size, 0, count) for at, (size, count) in enumerate([(4, 3), (3, 2), (2, 1)])]
    rows = placed(10, 2, items)
    assert rows is not None
    assert sorted(rows.tolist()) == [[1, 2, 0], [2, 0, 1]]


def test_a_cap_a_unit_spreads_replicas() -> None:
    assert placed(8, 2, [Item(0, 0, 2, 0, 4)]) is not None
    assert placed(8, 2, [Item(0, 0, 2, 1, 3)]) is None, "one a unit, and two units"
    rows = placed(8, 3, [Item(0, 0, 2, 1, 3)])
    assert rows is not None
    assert rows.tolist() == [[1], [1], [1]]
