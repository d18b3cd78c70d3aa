"""Losses to survive, regions to keep apart and mixes of pools: CP-SAT finds what trying everything finds."""

from hypothesis import given, settings

from planner.solve.problem import Problem
from tests.solve.instances import tangled
from tests.solve.test_solve_brute_force import check


@given(tangled())
@settings(max_examples=200, deadline=None)
def test_optimum_equals_enumeration_with_losses_and_regions(problem: Problem) -> None:
    check(problem)


@given(tangled(max_pools=2))
@settings(max_examples=150, deadline=None)
def test_optimum_equals_enumeration_with_two_pools(problem: Problem) -> None:
    check(problem)
