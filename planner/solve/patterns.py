"""A pattern is a complete answer for one workload: replicas of a few columns that together meet its demand."""

from dataclasses import dataclass

import numpy as np

from planner.solve.losses import most_a_node
from planner.solve.problem import Ints, Offer, Workload
from planner.solve.usage import OfferArrays, on_hosts


@dataclass(frozen=True, eq=False)
class Patterns:
    """Patterns of one workload; ``column``, ``replicas`` and ``spread`` of shape ``(patterns, pools)``.

    ``column`` is a position in the workload's columns, -1 (with no replicas) where a pattern has fewer pools. No more
    than ``spread`` replicas of a pool lie on one host (0: as many as fit).
    """

    column: Ints
    replicas: Ints
    spread: Ints

    def __len__(self) -> int:
        return len(self.column)

    def joined(self, other: "Patterns") -> "Patterns":
        """Return these patterns and then the ``other`` ones."""
        return Patterns(*(np.concatenate(pair) for pair in zip(self.arrays, other.arrays, strict=True)))

    def take(self, index: Ints) -> "Patterns":
        """Return the patterns at ``index``, in that order."""
        return Patterns(*(array[index] for array in self.arrays))

    def padded(self, pools: int) -> "Patterns":
        """Return the patterns with room for ``pools`` pools each."""
        room = ((0, 0), (0, pools - self.column.shape[1]))
        return Patterns(
            np.pad(self.column, room, constant_values=-1), np.pad(self.replicas, room), np.pad(self.spread, room)
        )

    @property
    def arrays(self) -> tuple[Ints, Ints, Ints]:
        """All arrays, in the order of the fields."""
        return self.column, self.replicas, self.spread


def single_pool(workload: Workload, columns: Ints, sold: tuple[Offer, ...], offers: OfferArrays) -> Patterns:
    """Return the patterns of one pool for ``columns`` (positions): the fewest replicas that meet the demand.

    Where hosts may be lost there is one for each number of replicas a host that shared units can make worthwhile.
    """
    needed = np.maximum(1, -(-workload.demand_urps // workload.columns.capacity_urps[columns]))
    if not workload.survive_nodes:
        made = needed + workload.survive_replicas
        return Patterns(columns[:, None], made[:, None], np.zeros((len(columns), 1), dtype=np.int64))
    at, spread = _spreads(workload, columns, needed, (sold, offers))
    lost = most_a_node(workload, columns[at], spread, sold)
    replicas = needed[at] + workload.survive_nodes * lost
    return Patterns(columns[at][:, None], replicas[:, None], spread[:, None])


def _spreads(
    workload: Workload, columns: Ints, needed: Ints, market: tuple[tuple[Offer, ...], OfferArrays]
) -> tuple[Ints, Ints]:
    """Return positions in ``columns`` and replicas a host to try with each; 0 where the unit is less than a host.

    Units of one's own hold as few replicas each as the fewest units allow: that takes the fewest replicas.
    """
    sold, offers = market
    offer = workload.columns.offer[columns]
    most = np.maximum(offers.accelerators[offer] // workload.columns.accelerators[columns], 1)
    full = -(-needed // most)
    least = -(-needed // full)
    whole = on_hosts(sold)[offer]
    alone = ~(offers.shared[offer] & (most > 1))
    at = [np.flatnonzero(~whole), np.flatnonzero(whole & alone)]
    spread = [np.zeros(len(at[0]), dtype=np.int64), least[at[1]]]
    for each in range(1, int(most.max(initial=0)) + 1):
        fits = np.flatnonzero(whole & ~alone & (each <= np.minimum(most, needed)))
        at.append(fits)
        spread.append(np.full(len(fits), each))
    return np.concatenate(at), np.concatenate(spread)
