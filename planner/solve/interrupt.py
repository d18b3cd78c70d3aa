"""Running the solver so that Ctrl-C is heard at once, and no handler of the process is replaced."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, CpSolverSolutionCallback

GLANCE_S = 0.05
"""How often the main thread looks after a search."""


def run(solver: "CpSolver", model: "CpModel", callback: "CpSolverSolutionCallback | None" = None) -> Any:  # noqa: ANN401  CP-SAT's own
    """Return the status of a solve.

    Python hears a signal in its main thread and between two of its own instructions only, so from there the search
    runs in another thread: an interrupt stops it, and goes on as ``KeyboardInterrupt``.
    """
    solver.parameters.catch_sigint_signal = False  # it would leave the process without a handler of its own
    if threading.current_thread() is not threading.main_thread():
        return solver.solve(model, callback)
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(solver.solve, model, callback)
        try:
            while wait([running], timeout=GLANCE_S).not_done:
                pass  # back in Python now and then, where a signal that another thread received is heard
        except KeyboardInterrupt:
            solver.stop_search()
            raise
        return running.result()
