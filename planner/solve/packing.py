"""How replicas of several sizes fit into units of one size."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise


def divide_one_another(sizes: Iterable[int]) -> bool:
    """Whether each size divides the next larger one: a mix then fits into units of the largest when its sum does."""
    return all(large % small == 0 for small, large in pairwise(sorted(sizes)))


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
