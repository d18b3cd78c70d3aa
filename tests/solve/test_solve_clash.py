"""A clash is impossible to satisfy together, and every member of it is needed."""

from dataclasses import replace
from itertools import chain, combinations

from hypothesis import given, settings

from planner.solve.clash import clash
from planner.solve.problem import Problem
from planner.solve.solver import solve_problem
from tests.solve.brute_force import best_values
from tests.solve.instances import problems

GROUPS = ("inventory", "max_accelerators", "budget")


def without(problem: Problem, groups: frozenset[str]) -> Problem:
    """The problem with the limits of ``groups`` taken away by hand."""
    bare = problem
    if "inventory" in groups:
        bare = replace(bare, stocks=())
    if "max_accelerators" in groups:
        free = tuple(replace(workload, max_accelerators=None) for workload in bare.workloads)
        bare = replace(bare, max_accelerators=None, workloads=free)
    if "budget" in groups:
        free = tuple(replace(workload, max_cost_uusd_per_h=None) for workload in bare.workloads)
        bare = replace(bare, max_cost_uusd_per_h=None, workloads=free)
    return bare


@given(problems())
@settings(max_examples=100, deadline=None)
def test_clash_is_a_smallest_set_that_cannot_hold_together(problem: Problem) -> None:
    members = clash(lambda left_out: replace(problem, left_out=left_out), GROUPS)
    outside = frozenset(GROUPS) - set(members)
    if best_values(without(problem, frozenset(GROUPS))) is None:
        assert members == ()
    elif best_values(problem) is None:
        assert members
        assert best_values(without(problem, outside)) is None
        assert all(best_values(without(problem, outside | {member})) is not None for member in members)


@given(problems())
@settings(max_examples=50, deadline=None)
def test_leaving_a_group_out_is_taking_its_limits_away(problem: Problem) -> None:
    for groups in chain.from_iterable(combinations(GROUPS, size) for size in (1, 2, 3)):
        solution = solve_problem(replace(problem, left_out=frozenset(groups)))
        expected = best_values(without(problem, frozenset(groups)))
        assert (tuple(stage.value for stage in solution.stages if stage.name != "key") or None) == expected
