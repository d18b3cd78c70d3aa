"""How far replicas on spot stand in for others: interruptions take a share of them, and a cap bounds their part."""

from dataclasses import dataclass
from functools import cache

PER_MILLE = 1000


@dataclass(frozen=True)
class Tradeoff:
    """What spot can do for a need: the most replicas on it, the most others saved, the steepest saving as a ratio.

    ``corners`` are the pairs (others, spot) that a linear price may choose, the first without spot.
    """

    most: int
    saves: int
    slope: tuple[int, int]
    corners: tuple[tuple[int, int], ...]


@cache
def tradeoff(need: int, loss: int, most: int) -> Tradeoff:
    """Return what spot can do for ``need`` replicas.

    It loses ``loss`` of what it holds and may be ``most`` of all replicas, both in thousandths.
    """
    held = PER_MILLE - loss
    top, saves, slope = 0, 0, (0, 1)
    points = [(0, 0)]
    for spot in range(1, -(-PER_MILLE * need // held) + 1):
        less = min(held * spot // PER_MILLE, need)
        if most < PER_MILLE:
            # what is not saved stands beside spot: the cap allows this much saving with this much spot
            less = min(less, need + spot - -(-PER_MILLE * spot // most)) if most else 0
        if less > points[-1][1]:
            points.append((spot, less))
        if less > 0:
            top, saves = spot, max(saves, less)
            slope = max(slope, (less, spot), key=lambda pair: pair[0] / pair[1])
    return Tradeoff(top, saves, slope, tuple((need - less, spot) for spot, less in _hull(points)))


def _hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the corners of the upper hull of points that rise in both coordinates."""
    kept: list[tuple[int, int]] = []
    for x, y in points:
        while len(kept) > 1 and (kept[-1][1] - kept[-2][1]) * (x - kept[-1][0]) <= (y - kept[-1][1]) * (
            kept[-1][0] - kept[-2][0]
        ):
            kept.pop()
        kept.append((x, y))
    return kept
