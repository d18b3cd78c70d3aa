"""How long and how hard a solve may search, and who hears of its progress."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING

from planner.solve.interrupt import GLANCE_S, run

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, CpSolverSolutionCallback


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a solve stands: the first objective's best value and proven bound, and the seconds since it began."""

    best: int | None
    bound: int
    elapsed_s: float

    @property
    def gap(self) -> float | None:
        """Relative distance between best and bound; None without a plan."""
        return None if self.best is None else max(0, self.best - self.bound) / max(1, abs(self.best))


@dataclass(frozen=True)
class Effort:
    """How long [s, on the monotonic clock] and how a solve may search, and who hears of its progress.

    ``floor`` and ``ceiling`` hold the bound on the first objective: what is known of the whole problem when only a part
    of it is searched. Once ``stop`` is set, by another thread or a signal's handler, no time is left.
    """

    deadline_s: float
    seed: int = 0
    workers: int = 1
    progress: Callable[[Progress], None] | None = None
    stop: Event | None = None
    floor: float = -math.inf
    ceiling: float = math.inf
    started_s: float = field(default_factory=time.monotonic)

    def share(self, part: float) -> "Effort":
        """Return the effort with only ``part`` of the time that is left."""
        return replace(self, deadline_s=time.monotonic() + part * self.left_s)

    def within(self, floor: float, ceiling: float) -> "Effort":
        """Return the effort for a part of the problem outside of which no plan is better than ``ceiling``."""
        return replace(self, floor=floor, ceiling=ceiling)

    def held(self, bound: int) -> int:
        """Return the bound on the whole problem when ``bound`` is proven for the part that is searched."""
        return int(max(math.ceil(self.floor - 0.5) if math.isfinite(self.floor) else bound, min(bound, self.ceiling)))

    def tell(self, best: int | None, bound: int) -> None:
        """Report the best value and the proven bound of the first objective."""
        if self.progress is not None:
            self.progress(Progress(best, self.held(bound), time.monotonic() - self.started_s))

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        if self.stop is not None and self.stop.is_set():
            return -1.0
        return self.deadline_s - time.monotonic()

    def solver(self) -> "CpSolver":
        """Return a solver that stops at the deadline."""
        from ortools.sat.python.cp_model import CpSolver  # noqa: PLC0415  half a second, wanted only when solving

        solver = CpSolver()
        solver.parameters.max_time_in_seconds = max(0.01, self.left_s)
        solver.parameters.random_seed = self.seed
        solver.parameters.num_workers = self.workers
        solver.parameters.catch_sigint_signal = self.stop is None
        return solver

    def run(self, solver: "CpSolver", model: "CpModel", told: "CpSolverSolutionCallback | None" = None) -> str:
        """Solve ``model`` and return the status, at the deadline or soon after ``stop`` at the latest.

        The search runs in a thread of its own where it may be stopped: signals reach none but the main one.
        """
        if self.stop is None:
            return str(solver.status_name(run(solver, model, told)))
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(solver.solve, model, told)
            while wait([running], timeout=GLANCE_S).not_done:
                if self.stop.is_set():
                    solver.stop_search()
        return str(solver.status_name(running.result()))
