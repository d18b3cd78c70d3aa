"""The proven optimum against plain enumeration of every column of the real catalogue, infeasibility included."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.pipeline import candidates, solve
from tests.pipeline.requests import LLAMA_8B, catalog, cost, request, spec_of


def cheapest(text: str, cap: int | None) -> float:
    """USD an hour of the best single column: whole units, enough replicas; infinite when none serves."""
    spec = spec_of(text)
    (table,) = candidates(spec, catalog=catalog())
    best = math.inf
    for column in range(len(table)):
        if table.rejected[column] >= 0 or table.requests_per_s[column] <= 0:
            continue
        seller = table.sellers[table.seller[column]]
        size, unit = int(table.accelerators[column]), seller.offer.unit_accelerators
        replicas = math.ceil(table.demand / table.requests_per_s[column] * (1 - 1e-9))
        units = math.ceil(replicas / (unit // size)) if size <= unit else replicas * math.ceil(size / unit)
        if cap is None or units * unit <= cap:
            best = min(best, units * seller.price.usd_per_unit_h)
    return best


@settings(max_examples=15)
@given(
    st.floats(0.5, 400.0).map(lambda value: round(value, 2)),
    st.integers(150, 3000),
    st.sampled_from([None, 1, 4, 8, 16]),
    st.sets(st.sampled_from(["h100-sxm-80gb", "h200-sxm-141gb", "l40s", "l4", "a100-sxm-80gb"]), min_size=1),
)
def test_the_plan_is_what_enumeration_finds(rate: float, ttft: int, cap: int | None, names: set[str]) -> None:
    limits = f"accelerators: [{', '.join(sorted(names))}]" + (f", max_accelerators: {cap}" if cap else "")
    text = request(
        model=LLAMA_8B,
        workload=f"{{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}",
        slo=f"{{ttft_p95_ms: {ttft}, tpot_p95_ms: 50}}",
        limits=f"{{{limits}}}",
    )
    plan = solve(spec_of(text), catalog=catalog())
    expected = cheapest(text, cap)
    assert (plan.status == "infeasible") == math.isinf(expected)
    assert cost(plan) == pytest.approx(expected, rel=1e-5) or math.isinf(expected)
    if plan.found:
        assert plan.status == "optimal"
        assert plan.objective.gap == 0.0
