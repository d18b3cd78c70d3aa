"""Several objectives as one number: it orders plans as they do one after the other, and gives the first one back."""

from itertools import islice, pairwise, product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from planner.solve import terms
from planner.solve.instance import Instance, prepare
from planner.solve.mixing import completed
from planner.solve.objective import LAST, staged
from planner.solve.problem import Columns, Offer, Problem, Workload
from planner.solve.solver import solve_problem
from planner.solve.terms import Found, blocks, objective
from tests.solve.brute_force import best_values
from tests.solve.instances import columns_of, problems, scarce
from tests.solve.test_solve_brute_force import check
from tests.solve.test_solve_energy import powered


def plans(instance: Instance, most: int) -> list[Found]:
    """Some choices of patterns, with the units that hold what is shared, and with one more or the most."""
    found = []
    shared = np.flatnonzero(instance.offers.shared)
    for chosen in islice(product(*(range(len(choice)) for choice in instance.choices)), most):
        units = np.zeros(len(instance.problem.offers), dtype=np.int64)
        for choice, p in zip(instance.choices, chosen, strict=True):
            inside = choice.usage.slots[p] > 0
            np.add.at(units, choice.usage.offer[p][inside], choice.usage.units[p][inside])
        several = (units, np.minimum(units + 1, instance.most_units), instance.most_units)
        found += [Found(np.array(chosen), np.where(instance.offers.shared, more, 0)) for more in several]
    return found if len(shared) else found[::3]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems() | scarce() | powered(), most=st.sampled_from([2**57, 2**57, 1000, 1]))
def test_the_blended_number_orders_plans_as_the_objectives_do(
    problem: Problem, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms, "MOST", most)
    instance = completed(prepare(problem))
    assume(all(len(choice) for choice in instance.choices))
    names = staged(problem.objectives)
    made = blocks(instance, names)
    assert [name for block in made for name in block.names] == list(names)
    assert most > 1 or len(made) == len(names)
    every = plans(instance, 40)
    assume(all((found.units <= instance.most_units).all() for found in every))
    for block in made:
        seen = []
        for found in every:
            values = tuple(objective(instance, name).value(found) for name in block.names)
            blended = block.blended.value(found)
            seen.append((blended, values))
            assert block.first(blended) == values[0] == block.bound_of_first(blended)
            assert block.bound_of_first(blended - 1) <= values[0]
        seen.sort()
        for (less, one), (more, other) in pairwise(seen):
            assert (less == more) == (one == other)
            assert one <= other
        assert block.bound_of_first(seen[0][0] - block.weight) < seen[0][1][0] or block.weight == 0


def graded(draw: st.DrawFn, problem: Problem) -> Problem:
    def with_losses(columns: Columns) -> Columns:
        losses = [draw(st.integers(0, 3)) for _ in range(len(columns))]
        zero = columns.power_mw
        return Columns(
            columns.keys, columns.offer, columns.accelerators, columns.capacity_urps, columns.ttft_us, zero,
            np.array(losses, dtype=np.int64),
        )  # fmt: skip

    served = tuple(
        Workload(w.name, w.demand_urps, with_losses(w.columns), w.max_pools, w.max_accelerators)
        for w in problem.workloads
    )
    orders = st.sampled_from([("quality",), ("quality", "cost"), ("cost", "quality")])
    return Problem(problem.offers, served, problem.stocks, problem.max_accelerators, objectives=draw(orders))


graded_problems = st.composite(lambda draw: graded(draw, draw(problems() | scarce())))


@settings(max_examples=50)
@given(graded_problems())
def test_the_least_loss_of_quality_is_that_of_brute_force(problem: Problem) -> None:
    solution = solve_problem(problem)
    assert (tuple(s.value for s in solution.stages if s.name != LAST) or None) == best_values(problem)


def test_the_last_tie_falls_to_the_earlier_column() -> None:
    sold = tuple(Offer(key, key, "h", "p", 1, 5, node_accelerators=at) for at, key in enumerate("abc"))
    rows = [(2, 1, 3, 1), (0, 1, 3, 1), (1, 1, 3, 1)]
    one = Problem(sold, (Workload("w", 9, columns_of(rows)),))
    assert [pool.column for pool in solve_problem(one).pools[0]] == [0]
    both = Problem(sold, (Workload("w", 9, columns_of(rows)), Workload("v", 9, columns_of(rows[1:]))))
    assert [[pool.column for pool in pools] for pools in solve_problem(both).pools] == [[0], [0]]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems() | powered())
def test_one_objective_a_run_finds_what_all_in_one_do(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier run has proven holds in every later one."""
    monkeypatch.setattr(terms, "MOST", 1)
    check(problem)
