"""How replicas of several sizes fit into one unit."""

from hypothesis import given
from hypothesis import strategies as st

from planner.solve.packing import fewest_units, fillings
from tests.solve.brute_force import fewest_bins


@given(st.integers(1, 16), st.lists(st.integers(1, 16), unique=True, max_size=3).map(tuple))
def test_a_filling_leaves_no_room_for_another_replica(unit: int, sizes: tuple[int, ...]) -> None:
    """Each way fits, is filled up, and stands once; a unit into which nothing goes stays empty."""
    ways = fillings(unit, sizes)
    taken = [sum(count * size for count, size in zip(way, sizes, strict=True)) for way in ways]
    assert len(set(ways)) == len(ways) >= 1
    assert all(total <= unit for total in taken)
    assert all(unit - total < size for total in taken for size in sizes)
    if not sizes:
        assert ways == [()]


@given(st.integers(2, 12), st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4)), min_size=1, max_size=3))
def test_the_fewest_units_are_those_of_trying_every_place(unit: int, drawn: list[tuple[int, int]]) -> None:
    items = [(min(size, unit), count) for size, count in drawn if count]
    sizes, counts = tuple(size for size, _ in items), tuple(count for _, count in items)
    each = tuple(sorted(((size, k, unit) for k, (size, n) in enumerate(items) for _ in range(n)), reverse=True))
    assert fewest_units(unit, sizes, counts) == fewest_bins(each, unit)


def test_many_replicas_pack_as_few_do() -> None:
    """Of 3, 3 and 2 accelerators each fill a unit of eight; a 5 takes a 3 beside it."""
    assert fewest_units(8, (3, 2), (2000, 1000)) == 1000
    assert fewest_units(8, (5, 3), (700, 700)) == 700
    assert fewest_units(8, (5, 2), (100, 3)) == 100
    assert fewest_units(7, (3, 5), (101, 40)) == 40 + 51


def test_what_fits_beside_nothing_takes_a_unit_of_its_own() -> None:
    """Of eight: each 6 and each 5 alone, the 4s in pairs, although their sum would fill seven units."""
    assert fewest_units(8, (6, 5, 4), (4, 2, 5)) == 4 + 2 + 3
