"""The mix that several workloads share: brute force on small instances, laws of order, the single mix as its twin."""

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.solve.joint_mix import solve_joint_mix
from planner.solve.joint_model import JointMix
from planner.solve.joint_ways import JointProblem, Market, Served, Way
from planner.solve.mix import Kind, MixProblem, Profile, Source, solve_mix
from planner.solve.problem import Offer, Stock
from planner.solve.spot import tradeoff

BIG = 2**60


def source(way: str, units: int, cost: int, market: int) -> Source:
    offer = Offer(f"m{market}:{way}", f"m{market}", "a", "p", units, cost, purchase=way)
    return Source(f"m{market}:{way}", offer, units, units, cost, committed=way.startswith("res"), spot=way == "spot")


def market(at: int, base: int, hired: int, units: tuple[int, int]) -> Market:
    sold = (source("reserved_1y", units[0], base * units[0], at), source("on_demand", units[1], hired * units[1], at))
    return Market(
        sold, tuple((size, tuple(i for i in (0, 1) if units[i] >= size)) for size in (1, 2) if max(units) >= size)
    )


def hours(count: int, *, start_share: float = 0.0) -> Profile:
    nothing = np.zeros(count, dtype=np.int64)
    return Profile(nothing, nothing + 1, np.arange(count), start_share)


def served(name: str, rates: list[int], ways: list[Way]) -> Served:
    return Served(name, np.array(rates, dtype=np.int64), tuple(ways))


markets = st.builds(
    market, st.just(0), st.integers(2, 9), st.integers(5, 14), st.tuples(st.sampled_from([1, 2]), st.just(2))
)
ways = st.lists(st.builds(Way, st.just(0), st.sampled_from([1, 2]), st.integers(3, 8)), min_size=1, max_size=2)


@st.composite
def problems(draw: st.DrawFn) -> JointProblem:
    count = draw(st.integers(1, 3))
    rates = st.lists(st.integers(0, 14), min_size=count, max_size=count)
    sold = (draw(markets), replace(draw(markets)))
    each = []
    for name in ("one", "two"):
        own = [replace(way, market=draw(st.integers(0, 1))) for way in draw(ways)]
        each.append(served(name, draw(rates), [w for w in own if dict(sold[w.market].fits).get(w.size)]))
    share = draw(st.sampled_from([0.0, 0.5]))
    return JointProblem(hours(count, start_share=share), tuple(each), sold)


def enumerated(problem: JointProblem) -> int:
    """Every way of every workload, every number of committed units, every number of hired ones in each hour."""
    best = BIG
    for chosen in itertools.product(*(each.ways for each in problem.served)):
        best = min(best, sum(_market_cost(problem, chosen, at) for at in range(len(problem.markets))))
    return best


def _market_cost(problem: JointProblem, chosen: tuple[Way, ...], at: int) -> int:
    base, hired = problem.markets[at].sources
    inside = [(way, each.needs(way)) for way, each in zip(chosen, problem.served, strict=True) if way.market == at]
    if not inside:
        return 0
    count, best = len(problem.profile.hours), BIG
    for held in range(31):
        least = []
        for t in range(count):
            rows = []
            for size in (1, 2):
                slots = sum(way.size * int(need[t]) for way, need in inside if way.size >= size)
                have = held * base.replicas if base.replicas >= size else 0
                rows.append(-(-(slots - have) // hired.replicas))
            least.append(max(0, *rows))
        hires = [range(n, max(least) + 1) for n in least] if problem.profile.start_share else [(n,) for n in least]
        for steps in itertools.product(*hires):
            begun = sum(max(steps[(t + 1) % count] - steps[t], 0) for t in range(count))
            start = int(np.ceil(hired.cost_uusd_per_h * problem.profile.start_share)) * begun
            best = min(best, held * base.cost_uusd_per_h * count + hired.cost_uusd_per_h * sum(steps) + start)
    return best


def cost(mix: JointMix) -> int:
    return mix.cost_uusd if mix.way else BIG


@settings(max_examples=40)
@given(problems())
def test_the_optimum_is_that_of_enumeration(problem: JointProblem) -> None:
    found = solve_joint_mix(problem)
    assert found.status in {"OPTIMAL", "INFEASIBLE"}
    assert cost(found) == enumerated(problem)


@settings(max_examples=10)
@given(problems())
def test_a_stock_of_what_nobody_buys_changes_nothing(problem: JointProblem) -> None:
    idle = replace(problem, stocks=(Stock("of others", 0, accelerator="another"),))
    assert cost(solve_joint_mix(idle)) == cost(solve_joint_mix(problem))


def test_a_workload_without_a_way_has_no_plan_and_none_is_claimed_without_time() -> None:
    sold = (market(0, 5, 9, (2, 2)),)
    one, none = served("one", [3, 5], [Way(0, 1, 4)]), served("two", [1, 1], [])
    assert solve_joint_mix(JointProblem(hours(2), (one, none), sold)).status == "INFEASIBLE"
    problem = JointProblem(hours(2), (one, replace(one, name="two")), sold)
    hasty, least = solve_joint_mix(problem, time_limit_s=0.0), solve_joint_mix(problem)
    assert least.status == "OPTIMAL"
    assert hasty.status in {"UNKNOWN", "FEASIBLE"}
    assert cost(hasty) >= cost(least)


@settings(max_examples=25)
@given(problems())
def test_together_is_never_dearer_than_each_workload_alone(problem: JointProblem) -> None:
    alone = [cost(solve_joint_mix(replace(problem, served=(each,)))) for each in problem.served]
    assert cost(solve_joint_mix(problem)) <= min(sum(alone), BIG)


@settings(max_examples=25)
@given(problems(), st.integers(0, 14))
def test_a_period_added_never_lowers_the_cost(problem: JointProblem, rate: int) -> None:
    longer = tuple(replace(each, demand_urps=np.append(each.demand_urps, rate)) for each in problem.served)
    more = replace(problem, served=longer, profile=hours(len(problem.profile.hours) + 1))
    fewer = replace(problem, profile=hours(len(problem.profile.hours)))
    assert cost(solve_joint_mix(more)) >= cost(solve_joint_mix(fewer))


def test_one_workload_costs_what_the_single_mix_costs() -> None:
    rates = [9, 4, 0, 7, 3, 8]
    sold = market(0, 5, 9, (1, 1))
    problem = JointProblem(hours(6), (served("one", rates, [Way(0, 1, 2)]),), (sold,))
    order = np.argsort(rates)[::-1]
    single = MixProblem(Profile(np.array(rates)[order], np.ones(6, dtype=np.int64)), (Kind(2, sold.sources),))
    assert solve_joint_mix(problem).cost_uusd == solve_mix(single).cost_uusd


def test_a_commitment_serves_one_by_day_and_the_other_by_night() -> None:
    sold = market(0, 6, 10, (1, 1))
    day, night = served("day", [4, 0], [Way(0, 1, 1)]), served("night", [0, 4], [Way(0, 1, 1)])
    both = solve_joint_mix(JointProblem(hours(2), (day, night), (sold,)))
    assert both.cost_uusd == 4 * 6 * 2
    assert solve_joint_mix(JointProblem(hours(2), (day,), (sold,))).cost_uusd == 4 * 10


def test_stock_is_shared_refuses_and_admits() -> None:
    sold = market(0, 6, 10, (1, 1))
    pair = tuple(served(name, [2, 1], [Way(0, 1, 1)]) for name in ("one", "two"))
    problem = JointProblem(hours(2), pair, (sold,))
    for most, status in ((3, "INFEASIBLE"), (4, "OPTIMAL")):
        assert solve_joint_mix(replace(problem, stocks=(Stock("s", most, accelerator="a"),))).status == status
        assert solve_joint_mix(replace(problem, max_accelerators=most)).status == status
        assert solve_joint_mix(replace(problem, max_cost_uusd_per_h=most * 6)).status == status


@given(st.integers(0, 12), st.sampled_from([0, 50, 200]), st.sampled_from([0, 300, 500, 1000]))
def test_spot_saves_what_every_count_of_it_could_save(need: int, loss: int, most: int) -> None:
    able = [
        (others, spot)
        for others in range(need + 1)
        for spot in range(2 * need + 2)
        if 1000 * others + (1000 - loss) * spot >= 1000 * need and 1000 * spot <= most * (others + spot)
    ]
    found = tradeoff(need, loss, most)
    assert set(found.corners) <= set(able)
    for price in (0.1, 0.4, 0.7, 0.95):
        assert min(o + price * s for o, s in found.corners) <= min(o + price * s for o, s in able) + 1e-9


def test_spot_that_is_interrupted_is_made_good_by_each_workload() -> None:
    sold = Market((source("on_demand", 1, 10, 0), source("spot", 1, 4, 0)), ((1, (0, 1)),))
    pair = tuple(served(name, [10], [Way(0, 1, 1)]) for name in ("one", "two"))
    found = solve_joint_mix(JointProblem(hours(1), pair, (sold,), spot_loss=100, spot_most=500))
    assert found.status == "OPTIMAL"
    assert found.spot.tolist() == [[5], [5]]
    assert found.replicas.tolist() == [[11], [11]]
    assert found.cost_uusd == 2 * (6 * 10 + 5 * 4)
