"""The mix over a profile: brute force on small instances, laws of order, three tests a rule, a week in time."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.solve.mix import Kind, Mix, MixProblem, Profile, Source, lower_bound, needs, solve_mix
from planner.solve.problem import Offer, Stock

BIG = 2**62


def source(way: str, replicas: int, cost: int, *, at: int = 0) -> Source:
    offer = Offer(f"o{at}:{way}", f"o{at}", "a", "p", replicas, cost, purchase=way)
    committed = way.startswith("reserved")
    return Source(f"o{at}:{way}", offer, replicas, replicas, cost, committed=committed, spot=way == "spot")


def profile(rates: list[int], hours: list[int] | None = None) -> Profile:
    order = np.argsort(rates)[::-1]
    count = np.array(hours or [1] * len(rates), dtype=np.int64)
    return Profile(np.array(rates, dtype=np.int64)[order], count[order])


def cost_of(mix: Mix) -> int:
    return mix.cost_uusd if mix.kind >= 0 else BIG


def enumerated(problem: MixProblem) -> int:
    """Every step of every source in every period, one kind at a time."""
    return min((_enumerated(problem, kind) for kind in problem.kinds), default=BIG)


def _enumerated(problem: MixProblem, kind: Kind) -> int:
    need, hours = needs(problem, kind), problem.profile.hours
    fixed = [s for s in kind.sources if s.committed]
    hired = [s for s in kind.sources if not s.committed]
    every = range(int(need.max()) * 2 + 1)
    best = BIG
    for counts in itertools.product(every, repeat=len(fixed)):
        total = 0
        for replicas, hour in zip(need.tolist(), hours.tolist(), strict=True):
            ways = (
                _paid(problem, (*fixed, *hired), (*counts, *more), replicas)
                for more in itertools.product(every, repeat=len(hired))
            )
            total += int(hour) * min(ways, default=BIG)
            if total >= best:
                break
        best = min(best, total)
    return best


def _paid(problem: MixProblem, sources: tuple[Source, ...], counts: tuple[int, ...], need: int) -> int:
    pairs = list(zip(sources, counts, strict=True))
    held = sum(n * s.replicas * (1000 - (problem.spot_loss if s.spot else 0)) for s, n in pairs)
    spot = sum(n * s.replicas for s, n in pairs if s.spot)
    every = sum(n * s.replicas for s, n in pairs)
    most = problem.max_accelerators
    if held < 1000 * need or 1000 * spot > problem.spot_most * every:
        return BIG
    if most is not None and sum(n * s.accelerators for s, n in pairs) > most:
        return BIG
    return sum(n * s.cost_uusd_per_h for s, n in pairs)


ways = st.lists(
    st.builds(source, st.sampled_from(["on_demand", "reserved_1y", "spot"]), st.integers(1, 2), st.integers(1, 30)),
    min_size=1,
    max_size=3,
)
problems = st.builds(
    MixProblem,
    st.lists(st.integers(0, 12), min_size=1, max_size=3).filter(any).map(profile),
    st.lists(st.builds(Kind, st.integers(4, 9), ways.map(tuple)), min_size=1, max_size=2).map(tuple),
    spot_loss=st.sampled_from([0, 200]),
    spot_most=st.sampled_from([500, 1000]),
    max_accelerators=st.sampled_from([None, 4]),
)


@given(problems)
def test_the_optimum_is_that_of_enumeration(problem: MixProblem) -> None:
    found = solve_mix(problem)
    assert found.status in {"OPTIMAL", "INFEASIBLE"}
    assert cost_of(found) == min(enumerated(problem), BIG)


@given(problems)
def test_no_mix_costs_less_than_its_bound(problem: MixProblem) -> None:
    assert min(lower_bound(problem, kind) for kind in problem.kinds) <= cost_of(solve_mix(problem)) * (1.0 + 1e-9)


@given(problems)
def test_without_time_nothing_is_claimed(problem: MixProblem) -> None:
    hasty = solve_mix(problem, time_limit_s=0.0)
    if hasty.status == "INFEASIBLE":
        assert not np.isfinite([lower_bound(problem, kind) for kind in problem.kinds]).any()
    else:
        assert (hasty.status, hasty.kind) == ("UNKNOWN", -1)


@given(problems)
def test_together_is_never_dearer_than_either_way_alone(problem: MixProblem) -> None:
    whole = cost_of(solve_mix(problem))
    for committed in (True, False):
        kinds = tuple(
            Kind(k.capacity_urps, tuple(s for s in k.sources if s.committed == committed)) for k in problem.kinds
        )
        alone = replace(problem, kinds=tuple(k for k in kinds if k.sources))
        assert whole <= cost_of(solve_mix(alone))


@given(problems, st.integers(0, 12))
def test_a_period_added_never_lowers_the_cost(problem: MixProblem, rate: int) -> None:
    old = problem.profile
    more = profile([*old.demand_urps.tolist(), rate], [*old.hours.tolist(), 1])
    assert cost_of(solve_mix(replace(problem, profile=more))) >= cost_of(solve_mix(problem))


@pytest.mark.parametrize(
    ("tight", "loose"),
    [
        ({"max_accelerators": 2}, {"max_accelerators": 3}),
        ({"max_cost_uusd_per_h": 29}, {"max_cost_uusd_per_h": 30}),
        ({"stocks": (Stock("s", 2, accelerator="a"),)}, {"stocks": (Stock("s", 3, provider="p"),)}),
        ({"spot_most": 0}, {"spot_most": 1000}),
        ({"spot_loss": 300, "max_accelerators": 3}, {"spot_loss": 300, "max_accelerators": 5}),
    ],
)
def test_each_rule_refuses_and_admits(tight: dict[str, object], loose: dict[str, object]) -> None:
    problem = MixProblem(profile([3, 1]), (Kind(1, (source("spot", 1, 10),)),))
    assert solve_mix(problem).status == "OPTIMAL"
    assert solve_mix(replace(problem, **tight)).status == "INFEASIBLE"  # type: ignore[arg-type]
    assert solve_mix(replace(problem, **loose)).status == "OPTIMAL"  # type: ignore[arg-type]


def test_commit_to_the_base_and_hire_the_peak() -> None:
    """1 replica in 20 hours, 5 in 4: a commitment at 60 % pays for what is busy in more than 60 % of the hours."""
    sources = (source("reserved_1y", 1, 6), source("on_demand", 1, 10))
    found = solve_mix(MixProblem(profile([5, 1], [4, 20]), (Kind(1, sources),)))
    assert found.steps.tolist() == [[1, 1], [4, 0]]
    assert found.cost_uusd == 6 * 24 + 4 * 10 * 4


def test_a_kind_that_saves_a_single_micro_dollar_is_found() -> None:
    """By its parts the first kind costs five, but whole units cost ten: the second costs nine."""
    kinds = (Kind(1, (source("on_demand", 2, 10),)), Kind(1, (source("on_demand", 1, 9),)))
    found = solve_mix(MixProblem(profile([1]), kinds))
    assert (found.kind, found.cost_uusd, found.status) == (1, 9, "OPTIMAL")


def test_a_week_of_hours_with_four_ways_to_buy_is_proven() -> None:
    random = np.random.default_rng(0)
    rates, hours = np.unique(random.integers(100, 4000, 168), return_counts=True)
    costs = {"on_demand": 1000, "reserved_1y": 640, "reserved_3y": 430, "spot": 380}
    kinds = tuple(
        Kind(capacity, tuple(source(way, 2, int(cost * price), at=at) for at, (way, cost) in enumerate(costs.items())))
        for capacity, price in ((90, 1.0), (110, 1.15), (70, 0.8), (210, 2.4))
    )
    week = MixProblem(Profile(rates[::-1].copy(), hours[::-1].copy()), kinds, spot_loss=50, spot_most=300)
    found = solve_mix(week)
    assert found.status == "OPTIMAL"
