"""What a solve answers, in the integers of the problem."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, slots=True)
class Pool:
    """``replicas`` of the workload's column at position ``column``, at most ``spread`` on a host (0: any number)."""

    column: int
    replicas: int
    spread: int = 0


@dataclass(frozen=True, slots=True)
class Units:
    """``count`` groups of ``across`` units of one offer that hold the same: (workload, pool, replicas) each."""

    offer: int
    count: int
    across: int
    holds: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One objective of the lexicographic list, its value and the proven bound."""

    name: str
    value: int
    bound: int

    @property
    def gap(self) -> float:
        """Relative distance between value and bound: 0 is a proof."""
        return 0.0 if self.value <= self.bound else (self.value - self.bound) / max(1, abs(self.value))


@dataclass(frozen=True, slots=True)
class Solution:
    """The plan found: pools of each workload and units of each offer, both in the order of the problem.

    ``arrangement`` says what lies in which unit. Without a plan (``infeasible``, or ``unknown`` when the time ran out)
    ``pools``, ``units`` and ``stages`` are empty.
    """

    status: Status
    pools: tuple[tuple[Pool, ...], ...]
    units: tuple[int, ...]
    stages: tuple[Stage, ...]
    solver_status: str
    seed: int
    arrangement: tuple[Units, ...] = ()
    solver_name: str = "CP-SAT"
    solver_version: str = ""
