"""Ctrl-C during a search: the search stops at once, and the interrupt goes on."""

import os
import signal
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ortools.sat.python.cp_model import CpModel, CpSolver

from planner.solve.interrupt import run


class Endless:
    """A solver that searches until it is stopped."""

    def __init__(self) -> None:
        self.parameters = SimpleNamespace(catch_sigint_signal=True)
        self.stopped = threading.Event()

    def solve(self, _model: object, _callback: object) -> str:
        return "stopped" if self.stopped.wait(timeout=60.0) else "went on"

    def stop_search(self) -> None:
        self.stopped.set()


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_stops_the_search() -> None:
    solver = Endless()
    timer = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run(cast("Any", solver), cast("Any", None))
    assert solver.stopped.is_set()


@pytest.mark.parametrize("aside", [False, True])
def test_a_search_ends_by_itself_in_any_thread(*, aside: bool) -> None:
    model, solver, found = CpModel(), CpSolver(), []
    number = model.new_int_var(0, 9, "x")
    model.maximize(number)
    solver.parameters.num_workers = 1
    if aside:
        thread = threading.Thread(target=lambda: found.append(run(solver, model)))
        thread.start()
        thread.join()
    else:
        found.append(run(solver, model))
    assert solver.status_name(found[0]) == "OPTIMAL"
    assert solver.value(number) == 9
    assert not solver.parameters.catch_sigint_signal
