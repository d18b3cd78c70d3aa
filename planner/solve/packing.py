"""How replicas of several sizes fit into units of one size."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise


def divide_one_another(sizes: Iterable[int]) -> bool:
    """Whether each size divides the next larger one: a mix then fits into units of the largest when its sum does."""
    return all(large % small == 0 for small, large in pairwise(sorted(sizes)))


@cache
def fewest_units(unit: int, sizes: tuple[int, ...], counts: tuple[int, ...]) -> int:
    """Return the fewest units that hold ``counts`` replicas of ``sizes``, each no larger than a unit."""
    if divide_one_another({unit, *sizes}):
        return -(-sum(size * count for size, count in zip(sizes, counts, strict=True)) // unit)
    if not any(counts):
        return 0
    ways = {tuple(map(min, way, counts)) for way in fillings(unit, sizes)}
    rest = [tuple(n - m for n, m in zip(counts, way, strict=True)) for way in sorted(ways) if any(way)]
    return 1 + min(fewest_units(unit, sizes, left) for left in rest)


def fillings(unit: int, sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """Return every way to fill one unit until no further replica fits, as numbers of replicas of each of ``sizes``.

    Without sizes it stays empty, in one way.
    """
    return [filling for filling, room in _fillings(unit, sizes) if not sizes or room < min(sizes)]


def _fillings(unit: int, sizes: Sequence[int]) -> Iterator[tuple[tuple[int, ...], int]]:
    if not sizes:
        yield (), unit
        return
    for count in range(unit // sizes[0], -1, -1):
        for rest, room in _fillings(unit - count * sizes[0], sizes[1:]):
            yield (count, *rest), room
