"""CP-SAT finds what trying everything finds, infeasibility included."""

import pytest
from hypothesis import HealthCheck, given, settings

from planner.solve import narrowing, solver
from planner.solve.problem import Problem
from planner.solve.solver import is_feasible, solve_problem
from tests.solve.brute_force import best_values
from tests.solve.instances import problems


def check(problem: Problem) -> None:
    expected = best_values(problem)
    solution = solve_problem(problem)
    if expected is None:
        assert solution.status == "infeasible"
    else:
        assert solution.status == "optimal"
        assert tuple(stage.value for stage in solution.stages if stage.name != "key") == expected
        assert all(stage.gap == 0 for stage in solution.stages)
    assert is_feasible(problem) is (expected is not None)


@given(problems())
@settings(max_examples=200, deadline=None)
def test_optimum_equals_enumeration(problem: Problem) -> None:
    check(problem)


@given(problem=problems())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_optimum_equals_enumeration_with_patterns_priced_out(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "SMALL", 0)
    monkeypatch.setattr(narrowing, "FIRST", 1)
    check(problem)


@given(problems(sizes=(1, 2, 3, 6)))
@settings(max_examples=100, deadline=None)
def test_optimum_equals_enumeration_where_sizes_do_not_divide(problem: Problem) -> None:
    check(problem)
