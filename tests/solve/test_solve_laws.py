"""Order laws of the optimum: what helps never hurts, and names and order do not matter."""

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.solve.problem import Ints, Offer, Problem, Workload, consumed, supplied
from planner.solve.solver import solve_problem
from tests.solve.instances import columns_of, problems

COSTLY = 10**9


def least_cost(problem: Problem) -> int:
    """Cost of the best plan; more than any plan where there is none."""
    solution = solve_problem(replace(problem, objectives=("cost",)))
    return solution.stages[0].value if solution.status == "optimal" else COSTLY


@given(problems(), st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_more_room_never_raises_cost(problem: Problem, more: int) -> None:
    before = least_cost(problem)
    stocks = tuple(replace(stock, max_accelerators=stock.max_accelerators + more) for stock in problem.stocks)
    assert least_cost(replace(problem, stocks=stocks)) <= before
    if problem.max_accelerators is not None:
        assert least_cost(replace(problem, max_accelerators=problem.max_accelerators + more)) <= before
    if problem.max_cost_uusd_per_h is not None:
        assert least_cost(replace(problem, max_cost_uusd_per_h=problem.max_cost_uusd_per_h + more)) <= before


@given(problems(), st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_more_demand_never_lowers_cost(problem: Problem, more: int) -> None:
    grown = tuple(replace(workload, demand_urps=workload.demand_urps + more) for workload in problem.workloads)
    assert least_cost(replace(problem, workloads=grown)) >= least_cost(problem)


@given(problems())
@settings(max_examples=50, deadline=None)
def test_one_column_less_never_lowers_cost(problem: Problem) -> None:
    first = problem.workloads[0]
    fewer = replace(first, columns=first.columns.take(np.arange(len(first.columns) - 1)))
    assert least_cost(replace(problem, workloads=(fewer, *problem.workloads[1:]))) >= least_cost(problem)


@given(problems(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_order_and_names_change_no_total(problem: Problem, random: Random) -> None:
    places = list(range(len(problem.offers)))
    random.shuffle(places)
    offers = tuple(replace(problem.offers[o], key=f"x{o}") for o in places)
    workloads = [renamed(workload, np.argsort(places)) for workload in problem.workloads]
    random.shuffle(workloads)
    shuffled = replace(problem, offers=offers, workloads=tuple(workloads))
    before, after = solve_problem(problem), solve_problem(shuffled)
    assert [stage.value for stage in before.stages] == [stage.value for stage in after.stages]


def renamed(workload: Workload, offer_now_at: Ints) -> Workload:
    columns = replace(workload.columns, offer=offer_now_at[workload.columns.offer])
    return replace(workload, name=f"z{workload.name}", columns=columns)


@given(problems())
@settings(max_examples=30, deadline=None)
def test_same_input_same_answer(problem: Problem) -> None:
    assert solve_problem(problem, seed=3) == solve_problem(problem, seed=3)


@given(st.floats(0, 1e6, allow_nan=False))
def test_scaling_rounds_consumption_up_and_capacity_down(value: float) -> None:
    assert supplied(value) <= consumed(value) <= supplied(value) + 1
    assert abs(int(consumed(value)) - value * 1e6) <= 1.001


def test_scaling_does_not_charge_the_noise_of_binary_fractions() -> None:
    assert int(consumed(12.3)) == int(supplied(12.3)) == 12_300_000
    assert consumed(np.array([0.0, 1e-10, 1e-8, 1.0])).tolist() == [0, 0, 1, 10**6]


def test_many_patterns_of_real_size_stay_within_the_arithmetic_of_the_solver() -> None:
    """Every column is cheaper or faster than each other one, so none is dominated and all stand in the objective."""
    count = 400
    sold = tuple(Offer(f"o{i}", f"o{i}", "a", "p", 1, 10_000_019 + 50_021 * i + 7 * i * i % 101) for i in range(count))
    rows = [(i, 1, 7, 14_000_003 - 20_011 * i - i * i % 97) for i in range(count)]
    found = solve_problem(Problem(sold, (Workload("w", 5, columns_of(rows)),)))
    assert found.status == "optimal"
    assert found.stages[0].value == 10_000_019
