"""Short of time a search says less, and nothing that is wrong."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.solve import mixing, solver
from planner.solve.effort import Effort
from planner.solve.losses import left_urps
from planner.solve.problem import Problem, Workload
from planner.solve.solver import is_feasible, solve_problem
from tests.solve.brute_force import best_values
from tests.solve.instances import columns_of, scarce, tangled
from tests.solve.test_solve_plain import medium


@settings(max_examples=25)
@given(tangled(max_pools=2) | scarce())
def test_without_time_the_answer_is_right_or_none(problem: Problem) -> None:
    least, hasty = solve_problem(problem), solve_problem(problem, time_limit_s=0.0)
    if hasty.status == "infeasible":
        assert least.status == "infeasible"
    if hasty.stages and least.stages:
        assert hasty.stages[0].value >= least.stages[0].value
        assert hasty.stages[0].bound <= least.stages[0].value
    whether = is_feasible(problem, time_limit_s=0.0)
    assert whether in {None, least.status != "infeasible"}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(problem=scarce(), time_limit_s=st.sampled_from([0.0, 60.0]))
def test_without_time_for_mixes_the_answer_is_right_or_none(
    problem: Problem, time_limit_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixing, "MOST_PAIRS", 0)
    monkeypatch.setattr(solver, "MOST_FOR_MIXES", 0.0)
    least, hasty = best_values(problem), solve_problem(problem, time_limit_s=time_limit_s)
    assert hasty.status in ({"infeasible", "unknown"} if least is None else {"optimal", "feasible", "unknown"})
    if hasty.stages and least is not None:
        assert hasty.stages[0].bound <= least[0] <= hasty.stages[0].value, (
            "of a plan without mixes nothing more is said"
        )
        assert hasty.status != "optimal" or hasty.stages[0].value == least[0]
    assert is_feasible(problem, time_limit_s=time_limit_s) in {None, least is not None}


@pytest.mark.parametrize("time_limit_s", [0.0, 0.02, 0.1, 0.4])
def test_an_unproven_plan_is_no_better_than_the_optimum_and_its_bound_no_worse(time_limit_s: float) -> None:
    problem = medium(3, 2)
    least, hasty = solve_problem(problem), solve_problem(problem, time_limit_s=time_limit_s)
    assert least.status == "optimal"
    assert hasty.status in {"optimal", "feasible", "unknown"}
    for stage in hasty.stages[:1]:
        assert stage.bound <= least.stages[0].value <= stage.value


def pigeons(holes: int) -> object:
    """More birds than holes, one a hole: refuted only by looking at very many ways."""
    from ortools.sat.python import cp_model  # noqa: PLC0415  slow to import

    model = cp_model.CpModel()
    sits = [[model.new_bool_var(f"{bird} in {hole}") for hole in range(holes)] for bird in range(holes + 1)]
    for row in sits:
        model.add_bool_or(row)
    for hole in range(holes):
        for bird in range(holes + 1):
            for other in range(bird):
                model.add_bool_or(sits[bird][hole].Not(), sits[other][hole].Not())
    return model


def test_a_search_is_stopped_while_it_runs() -> None:
    stop = threading.Event()
    effort = Effort(time.monotonic() + 60.0, 0, 1, None, stop)
    solver = effort.solver()
    solver.parameters.cp_model_presolve = False
    solver.parameters.symmetry_level = 0
    later = threading.Timer(0.3, stop.set)
    later.start()
    assert effort.run(solver, pigeons(40)) == "UNKNOWN"  # type: ignore[arg-type]
    later.join()
    assert time.monotonic() < effort.deadline_s, "it ended before its time was over"


def test_a_workload_that_survives_nothing_loses_nothing() -> None:
    workload = Workload("w", 9, columns_of([(0, 1, 3, 1), (0, 2, 5, 1)]))
    replicas, column = np.array([[2, 1], [4, 0]]), np.array([[0, 1], [0, 0]])
    lost = np.ones_like(column)
    assert left_urps(workload, replicas, column, lost).tolist() == [2 * 3 + 5, 12]
    assert left_urps(replace(workload, survive_replicas=1), replicas, column, lost).tolist() == [6, 9]
