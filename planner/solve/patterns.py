"""A pattern is a complete answer for one workload: replicas of a few columns that together meet its demand."""

from dataclasses import dataclass

import numpy as np

from planner.solve.problem import Ints, Workload


@dataclass(frozen=True, eq=False)
class Patterns:
    """Patterns of one workload; ``column`` and ``replicas`` of shape ``(patterns, pools)``.

    ``column`` is a position in the workload's columns, -1 (with no replicas) where a pattern has fewer pools.
    """

    column: Ints
    replicas: Ints

    def __len__(self) -> int:
        return len(self.column)

    def joined(self, other: "Patterns") -> "Patterns":
        """Return these patterns and then the ``other`` ones."""
        return Patterns(np.concatenate([self.column, other.column]), np.concatenate([self.replicas, other.replicas]))

    def take(self, index: Ints) -> "Patterns":
        """Return the patterns at ``index``, in that order."""
        return Patterns(self.column[index], self.replicas[index])


def single_pool(workload: Workload, columns: Ints) -> Patterns:
    """Return one pattern for each of ``columns`` (positions): the fewest replicas that meet the demand."""
    replicas = np.maximum(1, -(-workload.demand_urps // workload.columns.capacity_urps[columns]))
    return Patterns(columns[:, None], replicas[:, None])
