"""Each point of a front is what solving at its bound gives, and nothing lies between two of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import SpecError
from planner.plan.frontier import Front
from planner.reasons.frontier import GRID, frontier
from tests.pipeline.requests import catalog, request
from tests.reasons.asking import answer, cost, spec_with

LIMITS = "{accelerators: [h100-sxm-80gb, l40s], providers: [hyperstack, runpod]}"


def front(text: str, against: str, times: float = 3.0) -> Front:
    return frontier(spec_with(text), against, catalog=catalog(), time_limit_s=600.0, times=times)  # type: ignore[arg-type]


def asked(rate: float, **changes: str) -> str:
    workload = f"{{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}"
    return request(**({"workload": workload, "limits": LIMITS} | changes))


@settings(max_examples=2)
@given(st.floats(5.0, 80.0).map(lambda value: round(value, 1)), st.sampled_from(["ttft", "tpot"]))
def test_every_corner_of_the_staircase_is_proven_on_both_sides(rate: float, against: str) -> None:
    text = asked(rate)
    found = front(text, against)
    key = found.key
    assert found.points
    assert found.complete
    values, costs = [p.value for p in found.points], [p.usd_per_mtok for p in found.points]
    assert values == sorted(values, reverse=True)
    assert costs == sorted(costs)
    assert len(set(values)) == len(set(costs)) == len(values)
    assert cost(answer(text, f"{key}=1000000")) == pytest.approx(costs[0], rel=1e-5)
    for at, point in enumerate(found.points):
        assert cost(answer(text, f"{key}={point.value:.9g}")) == pytest.approx(point.usd_per_mtok, rel=1e-5)
        below = answer(text, f"{key}={GRID.at(GRID.place(point.value) - 1):.9g}")
        if at + 1 < len(found.points):
            assert cost(below) == pytest.approx(costs[at + 1], rel=1e-5)
        elif found.least_infeasible is not None:
            assert below.status == "infeasible"
        else:
            assert cost(below) > 3.0 * costs[0]


def test_against_accelerators_it_is_the_least_cost_of_every_number() -> None:
    text = asked(60.0, limits="{accelerators: [h100-sxm-80gb, l40s, h200-sxm-141gb, b200-sxm]}")
    found = front(text, "accelerators", times=1000.0)
    most = int(found.points[0].value)
    least = {number: cost(answer(text, f"limits.max_accelerators={number}")) for number in range(1, most + 1)}
    for number, usd in least.items():
        within = [point.usd_per_mtok for point in found.points if point.value <= number]
        assert usd == pytest.approx(min(within), rel=1e-5) if within else usd == float("inf")


def test_a_front_is_refused_where_the_demand_follows_from_the_promise() -> None:
    text = request(workload="{concurrency: 64, input_tokens: 1000, output_tokens: 200}", slo=None)
    with pytest.raises(SpecError, match="state requests_per_s"):
        front(text, "ttft")
    one = request(workload="{requests_per_s: 5, input_tokens: 1000, output_tokens: 1}", slo="{ttft_p95_ms: 900}")
    with pytest.raises(SpecError, match="no time between tokens"):
        front(one, "tpot")
    with pytest.raises(SpecError, match="against: 'speed' is not known"):
        front(asked(5.0), "speed")
    with pytest.raises(SpecError, match="is below 1"):
        front(asked(5.0), "ttft", times=0.5)


def test_a_request_that_nothing_meets_has_an_empty_front() -> None:
    found = front(asked(5.0, limits="{accelerators: [l4], max_usd_per_h: 0.01}"), "ttft")
    assert found.points == ()
    assert found.complete
