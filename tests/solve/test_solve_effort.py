"""A search that is watched, stopped or short of time, and the same answer twice."""

import math
from dataclasses import replace
from threading import Event
from time import monotonic

import pytest
from hypothesis import given, settings

from planner.solve import solver
from planner.solve.effort import Effort, Progress
from planner.solve.problem import Problem
from planner.solve.solution import Stage
from planner.solve.solver import solve_problem
from tests.solve.instances import scarce, tangled
from tests.solve.test_solve_plain import medium


@pytest.mark.parametrize("small", [0, 1000])
def test_progress_tells_of_ever_better_plans_and_never_of_a_bound_beyond_them(
    small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "SMALL", small)
    news: list[Progress] = []
    solution = solve_problem(medium(0, 1), progress=news.append)
    best = [each.best for each in news if each.best is not None]
    assert best == sorted(best, reverse=True)
    assert best[-1] == solution.stages[0].value
    assert all(each.bound <= solution.stages[0].value for each in news)
    assert news[-1].gap is not None


def test_a_bound_of_a_part_is_held_to_what_is_known_of_the_whole() -> None:
    """Outside the part nothing is better than its ceiling; the floor holds everywhere, rounded with care."""
    effort = Effort(0.0)
    assert [effort.held(bound) for bound in (-3, 7, 100)] == [-3, 7, 100]
    part = effort.within(3.6, 9.5)
    assert [part.held(bound) for bound in (1, 7, 100)] == [4, 7, 9]
    assert effort.within(3.2, 9.5).held(1) == 3


def test_a_gap_is_what_is_not_proven_as_a_share_of_the_best() -> None:
    assert Progress(None, 8, 0.0).gap is None
    assert [Progress(best, 8, 0.0).gap for best in (10, 8, 7)] == [0.2, 0.0, 0.0]
    assert Progress(0, -1, 0.0).gap == 1.0
    assert [Stage("cost", best, 8).gap for best in (10, 8, 7)] == [0.2, 0.0, 0.0]
    assert Stage("cost", 0, -1).gap == 1.0


def test_a_share_of_an_effort_is_a_share_of_its_time() -> None:
    whole = Effort(monotonic() + 1e5, seed=5, workers=2)
    part = whole.share(0.3)
    assert 2.9e4 < part.left_s <= 3e4
    assert replace(part, deadline_s=whole.deadline_s) == whole
    parameters = part.solver().parameters
    assert (parameters.random_seed, parameters.num_workers) == (5, 2)
    assert 2.9e4 < parameters.max_time_in_seconds <= 3e4
    stop = Event()
    stopped = replace(whole, stop=stop)
    assert stopped.left_s > 0
    stop.set()
    assert stopped.left_s < 0


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
