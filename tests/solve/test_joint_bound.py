"""What is said of a joint mix against HiGHS: no bound above the optimum, no optimum lost, every promise kept."""

from dataclasses import replace
from math import ceil, inf
from time import monotonic

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.solve import joint_mix, joint_search, joint_ways
from planner.solve.effort import Effort
from planner.solve.joint_bound import relaxed
from planner.solve.joint_mix import solve_joint_mix
from planner.solve.joint_model import JointMix
from planner.solve.joint_ways import JointProblem, Market, Served, Way, narrowed
from planner.solve.mix import Profile
from tests.oracle.joint_model import holding, solve_joint
from tests.solve.joint_instances import joint_problems
from tests.solve.test_joint_mix import hours, source

fixtured = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def least(problem: JointProblem) -> float:
    found = solve_joint(problem)
    return inf if found is None else found


def fixed(problem: JointProblem, w: int, k: int) -> JointProblem:
    """The problem in which workload ``w`` has no way but its ``k``-th."""
    served = list(problem.served)
    served[w] = replace(served[w], ways=(served[w].ways[k],))
    return replace(problem, served=tuple(served))


def effort(seconds: float = 60.0) -> Effort:
    return Effort(monotonic() + seconds)


def audit(problem: JointProblem, found: JointMix) -> None:
    """Hold an answer against what it must keep, hour by hour."""
    profile, loss = problem.profile, problem.spot_loss
    sources = [s for market in problem.markets for s in market.sources]
    assert (found.steps >= 0).all()
    assert (found.spot >= 0).all()
    for w, (k, served) in enumerate(zip(found.way, problem.served, strict=True)):
        all_of, spot = found.replicas[w], found.spot[w]
        assert (1000 * all_of - loss * spot >= 1000 * served.needs(served.ways[k])).all()
        assert (1000 * spot <= problem.spot_most * all_of).all()
    cost = 0
    for sold, row in zip(sources, found.steps, strict=True):
        assert row.max() <= sold.most
        assert len(set(row.tolist())) == 1 or not sold.committed
        hourly = row[profile.order]
        cost += sold.cost_uusd_per_h * int(hourly.sum())
        if not sold.committed:
            begun = np.maximum(hourly - np.roll(hourly, 1), 0).sum()
            cost += ceil(sold.cost_uusd_per_h * profile.start_share) * int(begun)
    assert found.cost_uusd == cost
    for weights, most in problem.limits():
        assert (np.array(weights) @ found.steps <= most).all()
    for m in range(len(problem.markets)):
        _packs(problem, found, m)


def _packs(problem: JointProblem, found: JointMix, m: int) -> None:
    """Replicas of a size and larger ones find room in the units that hold that size, on spot and off it."""
    offset = sum(len(market.sources) for market in problem.markets[:m])
    sold = problem.markets[m].sources
    mine = [(w, served.ways[k]) for w, (k, served) in enumerate(zip(found.way, problem.served, strict=True))]
    for size in {way.size for _, way in mine if way.market == m}:
        inside = [(w, way) for w, way in mine if way.market == m and way.size >= size]
        places = holding(problem, next(way for _, way in inside if way.size == size))
        for spot in (False, True) if problem.discounted else (None,):
            room = sum(sold[at].replicas * found.steps[offset + at] for at in places if spot in {None, sold[at].spot})
            counted = {None: found.replicas, True: found.spot, False: found.replicas - found.spot}[spot]
            assert (sum(way.size * counted[w] for w, way in inside) <= room).all()


@settings(max_examples=80)
@given(joint_problems())
def test_highs_finds_the_same_optimum_and_the_answer_keeps_every_promise(problem: JointProblem) -> None:
    found, best = solve_joint_mix(problem), least(problem)
    assert found.status == ("OPTIMAL" if best < inf else "INFEASIBLE")
    if found.way:
        assert found.cost_uusd == found.bound_uusd == best
        audit(problem, found)


@settings(max_examples=60)
@given(joint_problems(), st.data())
def test_no_bound_is_above_the_optimum_whatever_way_is_taken(problem: JointProblem, data: st.DataObject) -> None:
    known = relaxed(problem, effort())
    if known is None:
        return
    assert known.uusd <= least(problem) * (1 + 1e-9)
    w = data.draw(st.integers(0, len(problem.served) - 1))
    for k, bound in enumerate(known.ways[w]):
        assert bound <= least(fixed(problem, w, k)) * (1 + 1e-9)


@settings(max_examples=40)
@given(joint_problems(limited=False))
def test_there_is_a_bound_wherever_there_is_a_mix(problem: JointProblem) -> None:
    best, known = least(problem), relaxed(problem, effort())
    if best < inf:
        assert known is not None
        assert [len(each) for each in known.ways] == [len(served.ways) for served in problem.served]
        assert known.uusd > 0 or best == 0


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=3),
    st.tuples(st.integers(3, 9), st.integers(3, 20)),
    st.sampled_from([0.0, 0.4]),
)
def test_where_every_part_is_whole_the_bound_is_the_optimum(
    rates: list[tuple[int, int]], costs: tuple[int, int], start: float
) -> None:
    """One accelerator a unit and a slot a replica: the relaxed model has nothing to share out."""
    sold = Market((source("reserved_1y", 1, costs[0], 0), source("on_demand", 1, 10 * costs[1], 0)), ((1, (0, 1)),))
    each = [
        Served(name, np.array(row, dtype=np.int64), (Way(0, 1, 1),))
        for name, row in zip("ab", zip(*rates, strict=True), strict=True)
    ]
    profile = replace(hours(len(rates)), start_share=start)
    for problem in (
        JointProblem(profile, tuple(each), (sold,)),
        JointProblem(profile, tuple(each), (sold,), max_cost_uusd_per_h=10 * costs[1] * 18),
    ):
        known = relaxed(problem, effort())
        assert known is not None
        assert least(problem) * (1 - 1e-6) <= known.uusd <= least(problem)


def test_where_spot_is_whole_too_the_bound_is_the_optimum() -> None:
    """Of ten, nine on spot of which a tenth is lost stand in for eight."""
    sold = Market((source("on_demand", 1, 10, 0), source("spot", 1, 4, 0), source("spot", 1, 5, 0)), ((1, (0, 1, 2)),))
    problem = JointProblem(hours(2), (Served("one", np.array([10, 20]), (Way(0, 1, 1),)),), (sold,), spot_loss=200)
    known, best = relaxed(problem, effort()), least(problem)
    assert known is not None
    assert best * (1 - 1e-6) <= known.uusd <= best


@fixtured
@given(problem=joint_problems() | joint_problems(limited=False), most=st.integers(1, 2))
def test_ways_left_out_lose_no_optimum_below_the_floor(
    problem: JointProblem, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joint_ways, "MOST_WAYS", most * len(problem.served))
    small, best = narrowed(problem), least(problem)
    assert min(least(small.problem), small.floor_uusd) <= best * (1 + 1e-9)
    assert least(small.problem) >= best
    for kept, few, served in zip(small.kept, small.problem.served, problem.served, strict=True):
        assert len(kept) <= most
        assert few.ways == tuple(served.ways[at] for at in kept)


@fixtured
@given(problem=joint_problems(), seconds=st.sampled_from([60.0, 60.0, 0.0]))
def test_with_few_ways_looked_at_no_more_is_claimed_than_is_so(
    problem: JointProblem, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joint_mix, "MOST_WAYS", 1)
    monkeypatch.setattr(joint_search, "KICKS", 2)
    found, best = solve_joint_mix(problem, time_limit_s=seconds), least(problem)
    if found.status == "INFEASIBLE":
        assert best == inf
    if not found.way:
        return
    audit(problem, found)
    assert found.bound_uusd <= best <= found.cost_uusd
    assert found.status == ("OPTIMAL" if found.bound_uusd == found.cost_uusd else "FEASIBLE")


def test_whole_micro_dollars_of_every_start_count_before_a_way_is_dropped() -> None:
    """Hired by the hour it is 13 x 5 and four starts of 1.5, which are charged as 2: 73. A commitment is 9 x 8."""
    profile = Profile(np.zeros(2, dtype=np.int64), np.array([4, 5]), np.array([0, 1] * 4 + [1]), 0.3)
    sold = (source("on_demand", 1, 5, 0), source("reserved_1y", 1, 8, 1))
    markets = tuple(Market((each,), ((1, (0,)),)) for each in sold)
    ways = (Way(0, 1, 1), Way(1, 1, 2))
    found = solve_joint_mix(JointProblem(profile, (Served("one", np.array([2, 1]), ways),), markets))
    assert (found.status, found.way, found.cost_uusd) == ("OPTIMAL", (1,), 72)
    assert solve_joint_mix(JointProblem(profile, (Served("one", np.array([2, 1]), ways[:1]),), markets)).cost_uusd == 73


def test_where_only_spot_can_hold_what_is_needed_it_is_bought() -> None:
    spot = Market((source("spot", 1, 3, 0),), ((1, (0,)),))
    problem = JointProblem(hours(1), (Served("one", np.array([1]), (Way(0, 1, 2),)),), (spot,), spot_loss=100)
    found = solve_joint_mix(problem)
    assert (found.status, found.cost_uusd, found.spot.tolist()) == ("OPTIMAL", 6, [[2]])
    none = Market((replace(spot.sources[0], most=0),), spot.fits)
    assert solve_joint_mix(replace(problem, markets=(none,))).status == "INFEASIBLE"
