"""No bound of the relaxed model lies above a plan, no pattern that pays is priced out, no first plan breaks a limit."""

from collections.abc import Iterator
from dataclasses import replace
from time import monotonic

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.solve.choice import Choice
from planner.solve.effort import Effort
from planner.solve.greedy import greedy_plan
from planner.solve.improving import improved
from planner.solve.instance import Instance, prepare
from planner.solve.lexicographic import Aim, Known, in_turn
from planner.solve.mixing import OutOfTime, completed, mixes
from planner.solve.objective import NOTHING, own_values
from planner.solve.prices import Prices
from planner.solve.problem import Offer, Problem, Stock, Workload
from planner.solve.relaxation import Relaxation, relax
from planner.solve.solver import SURELY
from tests.solve.brute_force import Pools, best_values, plan_values
from tests.solve.instances import columns_of, problems, scarce, tangled
from tests.solve.test_solve_energy import powered

NAMES = ("cost", "accelerators", "ttft", "energy")
several = problems(sizes=(1, 2, 3, 6)) | problems() | tangled() | powered()
mixed = scarce() | scarce(max_pools=3, workloads=1) | tangled(max_pools=2)


@st.composite
def crowded(draw: st.DrawFn) -> Problem:
    """One workload, with another beside it or not, whose pools share the units of one or two offers."""
    sold = tuple(Offer(key, key, key, "p", draw(st.sampled_from([4, 8])), draw(st.integers(20, 30))) for key in "ab")
    row = st.tuples(st.integers(0, 1), st.sampled_from([1, 2, 3, 4]), st.integers(1, 3), st.integers(1, 3))
    rows = draw(st.lists(row, min_size=3, max_size=4))
    need = Workload("need", draw(st.integers(4, 9)), columns_of(rows), max_pools=draw(st.integers(2, 3)))
    need = replace(need, survive_replicas=draw(st.sampled_from([0, 0, 1, 2])))
    other = Workload("other", 2, columns_of([(0, 2, 2, 1), (1, 1, 1, 1)]))
    stock = Stock("a", draw(st.sampled_from([4, 8, 16])), accelerator="a")
    return Problem(sold, (need, other)[: draw(st.integers(1, 2))], (stock,))


def effort(seconds: float = 60.0) -> Effort:
    return Effort(monotonic() + seconds)


def relaxed(instance: Instance, name: str) -> Relaxation:
    found = relax(instance, name, effort())
    assert found is not None
    return found


def least(instance: Instance, name: str) -> int | None:
    """The least value of an objective among the patterns of an instance, each of which is complete."""
    answer = in_turn(instance, Aim((name,), 1), effort())
    assert answer.status in {"OPTIMAL", "INFEASIBLE"}
    return answer.stages[0].value if answer.known else None


@given(several | mixed, st.sampled_from(NAMES))
@settings(max_examples=90)
def test_no_bound_is_above_the_least_of_trying_everything(problem: Problem, name: str) -> None:
    best = best_values(replace(problem, objectives=(name,)))
    instance = prepare(problem)
    found = relax(instance, name, effort())
    if best is not None:
        assert found is not None
        assert found.bound <= best[0] + 1e-6
        assert found.least_value <= best[0]
        assert found.unserved <= 1e-6
        assert relaxed(instance, NOTHING).bound <= SURELY


@given(several | mixed, st.sampled_from(NAMES))
@settings(max_examples=60)
def test_one_workload_that_nothing_limits_is_bounded_by_what_it_costs(problem: Problem, name: str) -> None:
    one = replace(problem, workloads=problem.workloads[:1], stocks=(), max_accelerators=None, max_cost_uusd_per_h=None)
    one = replace(one, apart=())
    best = best_values(replace(one, objectives=(name,)))
    found = relax(prepare(one), name, effort())
    assert found is not None
    assert found.least_value == (best[0] if best is not None else found.least_value)
    assert found.unserved == pytest.approx(0.0 if best is not None else 1.0)
    assert relaxed(prepare(one), NOTHING).bound == pytest.approx(0.0 if best is not None else 1e3)


@given(several | mixed, st.sampled_from(NAMES), st.data())
@settings(max_examples=60)
def test_a_plan_with_a_pattern_costs_no_less_than_the_bound_and_what_it_raises_that_by(
    problem: Problem, name: str, data: st.DataObject
) -> None:
    instance = completed(prepare(problem))
    w = data.draw(st.integers(0, len(instance.choices) - 1))
    assume(all(len(choice) for choice in instance.choices))
    found = relaxed(prepare(problem), name)
    every = [np.arange(len(choice)) for choice in instance.choices]
    for p in data.draw(st.lists(st.integers(0, len(every[w]) - 1), max_size=4, unique=True)):
        raised = float(found.costs(instance, w)[p] - found.least[w])
        forced = least(instance.take([*every[:w], np.array([p]), *every[w + 1 :]]), name)
        if forced is not None:
            assert found.bound + raised <= forced + 1e-6


@given(mixed | crowded(), st.sampled_from(NAMES), st.sampled_from([0.0, 0.5, 2.0, 20.0]), st.integers(1, 4))
@settings(max_examples=60)
def test_every_mix_below_a_price_is_found_and_no_other(problem: Problem, name: str, margin: float, few: int) -> None:
    instance, listed = prepare(problem), completed(prepare(problem))
    assume(instance.mixing)
    prices = relaxed(instance, name)
    for w, parts in enumerate(instance.parts):
        if parts is None:
            continue
        costs = prices.costs(listed, w)
        ceiling = prices.least[w] + margin
        below = prices.below(instance, w, margin, effort())
        assert pools_of(below) == pools_of(listed.choices[w].take(np.flatnonzero(costs <= ceiling + 1e-6)))
        known = mixes(instance, w, (name, prices.prices), np.inf, few)
        others = listed.choices[w].beyond(instance.choices[w])
        best = np.sort(prices.prices.of(others, w, own_values(name, others, instance.offers)))[:few]
        found = np.sort(prices.prices.of(known, w, own_values(name, known, instance.offers)))
        assert found == pytest.approx(best, abs=1e-6)


def pools_of(choice: Choice) -> list[Pools]:
    """The pools of each pattern, in an order of their own."""
    rows = zip(*(part.tolist() for part in choice.patterns.arrays), strict=True)
    return sorted(tuple(sorted(p for p in zip(*row, strict=True) if p[1])) for row in rows)


def chosen_pools(known: Known, problem: Problem) -> Iterator[Pools]:
    mine = {c.workload.name: pools_of(known.pattern(w))[0] for w, c in enumerate(known.instance.choices)}
    yield from (mine[workload.name] for workload in problem.workloads)


@given(several | scarce(), st.sampled_from(NAMES))
@settings(max_examples=60)
def test_a_first_plan_keeps_every_limit_and_costs_no_less_than_it_says(problem: Problem, name: str) -> None:
    instance = completed(prepare(problem))
    assume(all(len(choice) for choice in instance.choices))
    prices = relaxed(instance, name)
    found = greedy_plan(instance, prices)
    assume(found is not None)
    assert found is not None
    first = Known(instance, found)
    better = improved(first, prices, effort())
    assert better.value(name) <= first.value(name)
    assert improved(first, prices, effort(0.0)) is first
    for known in (first, better):
        values = plan_values(problem, tuple(chosen_pools(known, problem)))
        assert values is not None
        assert prices.bound - 1e-6 <= values[name] <= known.value(name)


def test_three_small_pools_are_found_where_one_large_part_would_cost_much() -> None:
    offers = tuple(Offer(key, key, key, "p", 1, price) for key, price in (("a", 1), ("b", 1), ("c", 1), ("d", 100)))
    need = Workload("need", 6, columns_of([(0, 1, 2, 1), (1, 1, 2, 1), (2, 1, 2, 1), (3, 1, 4, 1)]), max_pools=3)
    instance = prepare(Problem(offers, (need,), tuple(Stock(key, 1, accelerator=key) for key in "abc")))
    found = mixes(instance, 0, ("cost", Prices.none(instance)), 50.0)
    assert pools_of(found) == [((0, 1, 0), (1, 1, 0), (2, 1, 0))]


def test_two_pools_that_share_a_unit_are_found_beside_a_third() -> None:
    """A unit for each would cost 23 together; 13 when the first two lie in the same."""
    offers = (Offer("a", "a", "a", "p", 4, 10), Offer("b", "b", "b", "p", 1, 3))
    need = Workload("need", 6, columns_of([(0, 2, 2, 1), (0, 1, 2, 1), (1, 1, 2, 1)]), max_pools=3)
    instance = prepare(Problem(offers, (need,), (Stock("a", 4, accelerator="a"), Stock("b", 1, accelerator="b"))))
    others = completed(instance).choices[0].beyond(instance.choices[0])
    cheap = others.take(np.flatnonzero(others.usage.cost(others.usage.units) <= 15))
    found = pools_of(mixes(instance, 0, ("cost", Prices.none(instance)), 15.0))
    assert found == pools_of(cheap)
    assert ((0, 1, 0), (1, 1, 0), (2, 1, 0)) in found


def test_a_search_for_mixes_says_when_its_time_is_over() -> None:
    offers = tuple(Offer(key, key, key, "p", accelerators=1, cost_uusd_per_h=1) for key in ("a", "b"))
    need = Workload("need", 5, columns_of([(0, 1, 2, 1), (1, 1, 2, 1)]), max_pools=2)
    instance = prepare(Problem(offers, (need,)))
    prices = relaxed(instance, "cost")
    with pytest.raises(OutOfTime):
        mixes(instance, 0, ("cost", prices.prices), np.inf, effort=effort(0.0))
