"""How replicas of several sizes fit into one unit."""

from hypothesis import given
from hypothesis import strategies as st

from planner.solve.packing import fillings


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
