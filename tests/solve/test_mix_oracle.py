"""The single mix against HiGHS: starts of hired units, spot, stocks, caps, sources of which there are few."""

from math import inf

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.solve.effort import Effort
from planner.solve.mix import Kind, Mix, MixProblem, Profile, lower_bound, needs, solve_mix
from tests.oracle.joint_model import counts, solve_single
from tests.solve.joint_instances import mix_problems
from tests.solve.test_mix import source


def least(problem: MixProblem, kind: Kind) -> float:
    found = solve_single(problem, kind)
    return inf if found is None else found


def audit(problem: MixProblem, found: Mix) -> None:
    """Hold an answer against what it must keep, hour by hour."""
    kind, profile, steps = problem.kinds[found.kind], problem.profile, found.steps
    need = np.maximum(np.ceil(profile.demand_urps / kind.capacity_urps), problem.least)
    assert found.needs.tolist() == needs(problem, kind).tolist() == need.tolist()
    every = np.array([s.replicas for s in kind.sources]) @ steps
    spot = np.array([s.replicas * s.spot for s in kind.sources]) @ steps
    assert (steps >= 0).all()
    assert (1000 * every - problem.spot_loss * spot >= 1000 * need).all()
    assert (1000 * spot <= problem.spot_most * every).all()
    cost = 0
    for sold, row in zip(kind.sources, steps, strict=True):
        assert row.max() <= sold.most
        assert len(set(row.tolist())) == 1 or not sold.committed
        hourly = row[profile.order]
        begun = 0 if sold.committed else np.maximum(hourly - np.roll(hourly, 1), 0).sum()
        cost += sold.cost_uusd_per_h * int(hourly.sum())
        cost += int(np.ceil(sold.cost_uusd_per_h * profile.start_share)) * int(begun)
        assert profile.starts(row) == np.maximum(hourly - np.roll(hourly, 1), 0).sum()
    assert found.cost_uusd == cost
    for stock in problem.stocks:
        taken = np.array([s.accelerators * counts(stock, s) for s in kind.sources]) @ steps
        assert (taken <= stock.max_accelerators).all()


@settings(max_examples=100)
@given(mix_problems())
def test_highs_finds_the_same_optimum_and_the_answer_keeps_every_promise(problem: MixProblem) -> None:
    found, best = solve_mix(problem), [least(problem, kind) for kind in problem.kinds]
    assert found.status == ("OPTIMAL" if min(best) < inf else "INFEASIBLE")
    if found.kind >= 0:
        assert found.cost_uusd == found.bound_uusd == min(best) == best[found.kind]
        audit(problem, found)


@settings(max_examples=60)
@given(mix_problems())
def test_no_kind_costs_less_than_its_bound(problem: MixProblem) -> None:
    for kind in problem.kinds:
        assert lower_bound(problem, kind) <= least(problem, kind) * (1 + 1e-9)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(problem=mix_problems(), times=st.integers(0, 4))
def test_when_time_runs_out_between_kinds_the_bound_holds(
    problem: MixProblem, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stops after so many looks: what was found is no better than proven."""
    looks = iter([60.0] * times)
    monkeypatch.setattr(Effort, "left_s", property(lambda _: next(looks, 0.0)))
    found, best = solve_mix(problem), min(least(problem, kind) for kind in problem.kinds)
    if found.status == "INFEASIBLE":
        assert best == inf
    if found.kind >= 0:
        audit(problem, found)
        assert found.bound_uusd <= best <= found.cost_uusd
        assert found.status == ("OPTIMAL" if found.bound_uusd == found.cost_uusd else "FEASIBLE")


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True),
    st.tuples(st.integers(3, 9), st.integers(3, 20), st.integers(3, 30)),
    st.sampled_from([0.0, 0.5]),
)
def test_where_every_part_is_whole_the_bound_is_the_optimum(
    rates: list[int], costs: tuple[int, int, int], start: float
) -> None:
    order = np.arange(len(rates))
    profile = Profile(np.sort(np.array(rates))[::-1].copy(), np.ones(len(rates), dtype=np.int64), order, start)
    ways = ("reserved_1y", "on_demand", "spot")
    kind = Kind(1, tuple(source(way, 1, 2 * cost) for way, cost in zip(ways, costs, strict=True)))
    problem = MixProblem(profile, (kind,))
    assert lower_bound(problem, kind) == pytest.approx(least(problem, kind), rel=1e-9)
