"""A search that is watched, stopped or short of time, and the same answer twice."""

import math
from threading import Event

from hypothesis import given, settings

from planner.solve.effort import Progress
from planner.solve.problem import Problem
from planner.solve.solver import solve_problem
from tests.solve.instances import scarce, tangled
from tests.solve.test_solve_plain import medium


def test_progress_tells_of_ever_better_plans_and_never_of_a_bound_beyond_them() -> None:
    news: list[Progress] = []
    solution = solve_problem(medium(0, 1), progress=news.append)
    best = [each.best for each in news if each.best is not None]
    assert best == sorted(best, reverse=True)
    assert best[-1] == solution.stages[0].value
    assert all(each.bound <= solution.stages[0].value for each in news)
    assert news[-1].gap is not None


def test_a_search_that_is_stopped_keeps_what_it_has() -> None:
    """Stopped with the first plan told: the answer is that plan or a better one, and says what is proven."""
    stop, first = Event(), math.inf

    def tell(now: Progress) -> None:
        nonlocal first
        if now.best is not None:
            first = min(first, now.best)
            stop.set()

    solution = solve_problem(medium(1, 2), progress=tell, stop=stop)
    assert solution.status in {"feasible", "optimal"}
    assert solution.stages[0].value <= first
    assert solution.stages[0].bound <= solution.stages[0].value


def test_a_search_that_is_stopped_before_it_begins_ends_at_once() -> None:
    stop = Event()
    stop.set()
    solution = solve_problem(medium(1, 2), stop=stop)
    assert solution.status in {"unknown", "feasible", "optimal"}
    assert bool(solution.pools) == (solution.status != "unknown")


@given(tangled() | scarce())
@settings(max_examples=40, deadline=None)
def test_same_input_same_answer(problem: Problem) -> None:
    assert solve_problem(problem, seed=3) == solve_problem(problem, seed=3)
