"""How replicas of several sizes fit into units of one size."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise


def divide_one_another(sizes: Iterable[int]) -> bool:
    """Whether each size divides the next larger one: a mix then fits into units of the largest when its sum does."""
    return all(large % small == 0 for small, large in pairwise(sorted(sizes)))


FEW = 30
"""Replicas of which every way to pack them is tried."""


@cache
def fewest_units(unit: int, sizes: tuple[int, ...], counts: tuple[int, ...]) -> int:
    """Return the fewest units that hold ``counts`` replicas of ``sizes``, each no larger than a unit."""
    least = -(-sum(size * count for size, count in zip(sizes, counts, strict=True)) // unit)
    if divide_one_another({unit, *sizes}) or _filled_up(unit, sizes, counts) == least:
        return least
    if sum(counts) > FEW:
        return _proven(unit, sizes, counts)
    ways = {tuple(map(min, way, counts)) for way in fillings(unit, sizes)}
    rest = [tuple(n - m for n, m in zip(counts, way, strict=True)) for way in sorted(ways) if any(way)]
    return 1 + min(fewest_units(unit, sizes, left) for left in rest)


def _filled_up(unit: int, sizes: tuple[int, ...], counts: tuple[int, ...]) -> int:
    """Return the units taken when the fullest ways to fill one are repeated for as long as they can be."""
    ways = fillings(unit, sizes)
    ways.sort(key=lambda way: -sum(size * n for size, n in zip(sizes, way, strict=True)))
    left, units = list(counts), 0
    while any(left):
        for way in ways:
            times = min((n // m for n, m in zip(left, way, strict=True) if m), default=0)
            left = [n - m * times for n, m in zip(left, way, strict=True)]
            units += times
        if any(left):
            best = max(ways, key=lambda way: sum(s * min(m, n) for s, m, n in zip(sizes, way, left, strict=True)))
            left = [max(n - m, 0) for n, m in zip(left, best, strict=True)]
            units += 1
    return units


def _proven(unit: int, sizes: tuple[int, ...], counts: tuple[int, ...]) -> int:
    from ortools.sat.python.cp_model import CpModel, CpSolver  # noqa: PLC0415  slow to import

    model, ways = CpModel(), fillings(unit, sizes)
    filled = [model.new_int_var(0, sum(counts), f"filled[{way}]") for way in ways]
    for at, count in enumerate(counts):
        model.add(sum(way[at] * units for way, units in zip(ways, filled, strict=True)) >= count)
    model.minimize(sum(filled))
    solver = CpSolver()
    solver.parameters.num_workers = 1
    solver.solve(model)
    return round(solver.objective_value)


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
