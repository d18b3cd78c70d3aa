"""What surrounds a plan agrees with the plan: costs, latencies, the front, the load curve."""

from itertools import pairwise

import pytest

from tests import reviewed

WIDE = (reviewed.SPEC, "limits.accelerators=null")


def test_the_chosen_candidate_says_what_the_plan_says() -> None:
    plan, around = reviewed.plan(*WIDE), reviewed.surroundings(*WIDE).workloads[0]
    (pool,) = plan.workloads[0].pools
    (chosen,) = [candidate for candidate in around.candidates if candidate.chosen]
    assert plan.totals is not None
    assert (chosen.accelerator, chosen.replicas, chosen.accelerators) == (
        pool.accelerator,
        pool.replicas,
        pool.accelerators,
    )
    assert chosen.usd_per_h == pytest.approx(pool.usd_per_h)
    assert chosen.usd_per_mtok == pytest.approx(plan.totals.usd_per_mtok, rel=1e-4)
    assert chosen.ttft_ms == pytest.approx(pool.ttft_ms.mean, rel=1e-4)
    assert chosen.tpot_ms == pytest.approx(pool.tpot_ms.mean, rel=1e-4)


def test_no_candidate_undercuts_a_proven_optimum_and_they_stand_by_cost() -> None:
    around = reviewed.surroundings(*WIDE).workloads[0]
    cost = [candidate.usd_per_h for candidate in around.candidates]
    assert cost == sorted(cost)
    assert cost[0] == next(candidate.usd_per_h for candidate in around.candidates if candidate.chosen)
    assert around.considered >= around.admitted >= around.distinct >= len(around.candidates)
    assert around.considered == around.admitted + sum(around.rejected.values())


def test_the_front_is_what_nothing_else_beats_in_cost_and_speed() -> None:
    candidates = reviewed.surroundings(*WIDE).workloads[0].candidates
    for one in candidates:
        beaten = any(other.usd_per_h <= one.usd_per_h and other.tpot_ms < one.tpot_ms for other in candidates)
        if one.front:
            assert not any(other.usd_per_h < one.usd_per_h and other.tpot_ms <= one.tpot_ms for other in candidates)
        else:
            same = any(
                other.front and other.usd_per_h <= one.usd_per_h and other.tpot_ms <= one.tpot_ms
                for other in candidates
            )
            assert beaten or same


def test_latency_rises_with_load_and_passes_through_the_plan() -> None:
    plan, around = reviewed.plan(*WIDE), reviewed.surroundings(*WIDE).workloads[0]
    pool = plan.workloads[0].pools[0]
    (load,) = around.loads
    rates = [point.requests_per_s for point in load]
    assert rates == sorted(rates)
    for metric, shown in (("ttft_ms", pool.ttft_ms), ("tpot_ms", pool.tpot_ms)):
        means = [getattr(point, metric)["mean"] for point in load]
        assert all(later >= earlier * (1.0 - 1e-3) for earlier, later in pairwise(means))
        below = max(m for r, m in zip(rates, means, strict=True) if r <= pool.requests_per_s)
        above = min(m for r, m in zip(rates, means, strict=True) if r >= pool.requests_per_s)
        assert below * (1.0 - 1e-3) <= shown.mean <= above * (1.0 + 1e-3)


def test_hardware_is_no_candidate_beyond_its_stock() -> None:
    owned = (
        reviewed.SPEC,
        "limits.accelerators=null",
        "owned=[{node: l40s-x8-no-fabric, count: 1, sunk: true}]",
        "workload.requests_per_s=40",
    )
    candidates = reviewed.surroundings(*owned).workloads[0].candidates
    assert all(each.accelerators <= 8 for each in candidates if each.offer.startswith("owned/"))


def test_an_infeasible_request_has_surroundings_too() -> None:
    around = reviewed.surroundings(reviewed.SPEC, "slo.ttft_p95_ms=1").workloads[0]
    assert (around.admitted, around.candidates, around.loads) == (0, (), ())
    assert around.considered == sum(around.rejected.values()) > 0
