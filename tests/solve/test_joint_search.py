"""A first joint mix can be bought at what it costs, and is the best where one source of each sort is all there is."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.solve.joint_mix import solve_joint_mix
from planner.solve.joint_model import JointMix
from planner.solve.joint_search import Search
from planner.solve.joint_ways import JointProblem, Market, Served, Way
from planner.solve.mix import Profile
from tests.solve.joint_instances import joint_problems, profiles
from tests.solve.test_joint_bound import audit, effort, fixed, least
from tests.solve.test_joint_mix import hours, source


@settings(max_examples=40)
@given(joint_problems(limited=False), st.data())
def test_what_the_search_finds_can_be_bought_at_its_cost(problem: JointProblem, data: st.DataObject) -> None:
    """Where spot is worth less and units take time to start, its cost is an estimate of which nothing is claimed."""
    first = [data.draw(st.integers(0, len(served.ways) - 1)) for served in problem.served]
    if problem.discounted:
        problem = replace(problem, profile=replace(problem.profile, start_share=0.0))
    search = Search(problem, effort(0.0))
    chosen, cost = search.best(first)
    taken = problem
    for w, k in enumerate(chosen):
        taken = fixed(taken, w, k)
    start = [search.cost(m, first) for m in range(len(problem.markets))]
    assert least(taken) <= cost * (1 + 1e-9)
    assert cost <= sum(start) * (1 + 1e-9)
    if cost < inf:
        steps, replicas, spot = search.answer(chosen)
        audit(problem, JointMix(tuple(chosen), replicas, spot, steps, round(cost), 0, "FEASIBLE"))


@settings(max_examples=30)
@given(st.data(), profiles(), st.integers(3, 9), st.integers(3, 30), st.booleans())
def test_one_to_commit_to_and_one_to_hire_are_bought_in_the_best_numbers(
    data: st.DataObject,
    profile: Profile,
    base: int,
    hired: int,
    alone: bool,
) -> None:
    sold = (source("reserved_1y", 1, base, 0), source("on_demand", 1, hired, 0))[1 if alone else 0 :]
    count = len(profile.hours)
    rates = st.lists(st.integers(0, 9), min_size=count, max_size=count)
    each = tuple(Served(name, np.array(data.draw(rates)), (Way(0, 1, 2),)) for name in ("one", "two"))
    problem = JointProblem(profile, each, (Market(sold, ((1, tuple(range(len(sold)))),)),))
    assert Search(problem, effort()).cost(0, [0, 0]) == pytest.approx(least(problem), rel=1e-9)
    hasty = solve_joint_mix(problem, time_limit_s=0.0)
    audit(problem, hasty)
    assert hasty.bound_uusd <= least(problem) == hasty.cost_uusd


def test_what_only_a_commitment_can_serve_is_committed_to() -> None:
    sold = Market((source("reserved_1y", 2, 7, 0),), ((1, (0,)),))
    problem = JointProblem(hours(2), (Served("one", np.array([3, 1]), (Way(0, 1, 1),)),), (sold,))
    search = Search(problem, effort())
    assert search.cost(0, [0]) == 2 * 7 * 2
    assert search.answer([0])[0].tolist() == [[2, 2]]


def test_without_time_for_more_as_many_are_committed_to_as_pay() -> None:
    """Four replicas in one hour and one in three: two commitments at 60 % and six for an hour, 108 for eight hours."""
    sold = Market((source("reserved_1y", 1, 6, 0), source("on_demand", 1, 10, 0)), ((1, (0, 1)),))
    pair = tuple(Served(name, np.array([8, 2, 2, 2]), (Way(0, 1, 2),)) for name in ("one", "two"))
    hasty = solve_joint_mix(JointProblem(hours(4), pair, (sold,)), time_limit_s=0.0)
    assert hasty.steps.tolist() == [[2, 2, 2, 2], [6, 0, 0, 0]]
    assert (hasty.cost_uusd, hasty.status) == (108, "FEASIBLE")


def test_workloads_move_into_one_market_where_they_share_a_unit() -> None:
    """Alone each is best served by a small unit; both together by the large one."""
    sold = (source("on_demand", 1, 6, 0), source("on_demand", 2, 11, 1))
    markets = tuple(Market((each,), ((1, (0,)),)) for each in sold)
    pair = tuple(Served(name, np.array([1]), (Way(0, 1, 1), Way(1, 1, 1))) for name in ("one", "two"))
    assert Search(JointProblem(hours(1), pair, markets), effort()).best([0, 0]) == ([1, 1], 11.0)
