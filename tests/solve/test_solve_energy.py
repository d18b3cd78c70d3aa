"""The least power is found and proven: idle power of whole units, and what the demand adds."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.solve.problem import Problem
from planner.solve.solver import solve_problem
from tests.solve.brute_force import best_values
from tests.solve.instances import problems

ORDERS = st.sampled_from([("energy",), ("energy", "cost"), ("cost", "energy"), ("accelerators", "energy")])


@st.composite
def powered(draw: st.DrawFn) -> Problem:
    """A small problem whose offers idle and whose columns draw something."""
    problem = draw(problems())
    offers = tuple(replace(offer, idle_mw=draw(st.integers(0, 9))) for offer in problem.offers)
    workloads = tuple(
        replace(
            workload,
            columns=replace(
                workload.columns,
                power_mw=np.array([draw(st.integers(0, 30)) for _ in range(len(workload.columns))], dtype=np.int64),
            ),
        )
        for workload in problem.workloads
    )
    return replace(problem, offers=offers, workloads=workloads, objectives=draw(ORDERS))


@given(powered())
@settings(max_examples=150, deadline=None)
def test_the_least_power_is_that_of_brute_force(problem: Problem) -> None:
    solution = solve_problem(problem)
    found = tuple(stage.value for stage in solution.stages if stage.name != "key") or None
    assert found == best_values(problem)
