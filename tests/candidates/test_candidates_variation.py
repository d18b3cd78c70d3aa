"""Machines that vary: the promise holds on slow ones, noise and the error of estimates add in quadrature."""

from dataclasses import replace

import numpy as np
import pytest

from planner.candidates.bounds import slowdown, tightened
from planner.candidates.table import ADMITTED, Table, candidates
from planner.errors import SpecError
from planner.perf.capacity import Bounds, capacity
from planner.pipeline import solve
from planner.spec.schema import Spec
from tests.pipeline.requests import catalog, request, spec_of

H100 = "accelerators: [h100-sxm-80gb]"
Z80 = 0.8416212335729143
"""Quantile 0.8 of the normal distribution."""


def asked(variation: str = "", slo: str = "{ttft_p95_ms: 2000, tpot_p95_ms: 50}", more: str = "") -> Spec:
    stated = f", throughput_variation: {variation}" if variation else ""
    return spec_of(request(slo=slo, limits=f"{{{H100}{stated}{more}}}"))


def table(variation: str = "", **options: str) -> Table:
    spec = asked(variation, **options)
    return candidates(spec, spec.workloads[0], catalog())


def rates(found: Table, tenancy: str) -> dict[str, float]:
    return {
        found.key(at): float(found.requests_per_s[at])
        for at in np.flatnonzero(found.rejected == ADMITTED).tolist()
        if found.sellers[found.seller[at]].offer.tenancy == tenancy
    }


@pytest.mark.parametrize("factor", [1.05, 1.3])
def test_a_machine_slower_by_f_sustains_what_the_mean_one_does_within_tighter_bounds(factor: float) -> None:
    """The law of headroom: all times longer by f, then rate(bound) is the mean machine's rate(bound / f) / f."""
    found = table(slo="{ttft_p95_ms: 1500, tpot_p95_ms: 60}")
    assert found.physical is not None
    mean = found.physical.service
    times = ("decode_s", "full_s", "prompt_s", "prompt_quantile_s", "alone_s", "supply_s")
    longer = replace(mean.steps, **{name: getattr(mean.steps, name) * factor for name in times})
    slow = replace(mean, tables=longer, columns=None, front_s=mean.front_s * factor)
    bounds = tightened(found.spec, found.workload, found.physical, frozenset())
    tighter = Bounds(bounds.ttft_s / factor, bounds.tpot_s / factor, bounds.e2e_s / factor)
    one, other = capacity(slow, bounds).rate_per_s, capacity(mean, tighter).rate_per_s / factor
    assert (one > 0.0).any()
    assert np.allclose(one, other, rtol=5e-3)


def test_noise_and_the_error_of_estimates_add_in_quadrature() -> None:
    spec = asked("{shared: 0.1}", slo="{tpot_p95_ms: 60}")
    found = candidates(spec, spec.workloads[0], catalog())
    assert found.physical is not None
    bare, noisy, certain = (
        tightened(each, each.workloads[0], found.physical, frozenset(), v)
        for each, v in ((spec, 0.0), (spec, 0.1), (replace(spec, confidence=0.5), 0.0))
    )
    error, both = (np.log(certain.tpot_s[:, 3] / each.tpot_s[:, 3]) for each in (bare, noisy))
    noise = np.log(slowdown(spec, spec.workloads[0], 0.1))
    assert np.allclose(both**2, error**2 + noise**2)


def test_more_noise_never_adds_capacity_and_spares_other_tenancies() -> None:
    still, some, much = table(), table("{shared: 0.05}"), table("{shared: 0.2}")
    for tenancy, moves in (("shared", True), ("dedicated", False)):
        before, between, after = (rates(each, tenancy) for each in (still, some, much))
        assert set(after) <= set(between) <= set(before)
        assert after
        for key, rate in after.items():
            assert rate <= between[key] <= before[key]
            assert (rate < before[key]) is moves


def test_without_an_slo_the_demand_is_still_carried_on_slow_machines() -> None:
    still, noisy = rates(table(slo="{}"), "shared"), rates(table("{shared: 0.1}", slo="{}"), "shared")
    for key, rate in noisy.items():
        assert rate == pytest.approx(still[key] / np.exp(Z80 * 0.1))


def cost(variation: str, tenancy: str) -> float:
    plan = solve(asked(variation, more=f", tenancy: [{tenancy}]"), catalog=catalog())
    assert plan.totals is not None
    return plan.totals.usd_per_h


def test_tenancies_compare_at_equal_risk() -> None:
    variation = "{shared: 0.25, dedicated: 0.03}"
    plan = solve(asked(variation), catalog=catalog(), costs=True)
    assert plan.costs is not None
    found = {each.tenancy: each for each in plan.costs.equal_risk or ()}
    assert set(found) == {"shared", "dedicated"}
    assert found["shared"].usd_per_h == pytest.approx(cost(variation, "shared"), rel=1e-5)
    assert found["shared"].steady_usd_per_h == pytest.approx(cost("", "shared"), rel=1e-5)
    for each in found.values():
        assert each.usd_per_h is not None
        assert each.steady_usd_per_h is not None
        assert each.usd_per_h >= each.steady_usd_per_h
    assert plan.totals is not None
    assert plan.totals.usd_per_h == pytest.approx(min(e.usd_per_h or 1e9 for e in found.values()), rel=1e-5)


def test_nothing_is_compared_where_nothing_is_stated() -> None:
    plan = solve(asked(), catalog=catalog(), costs=True)
    assert plan.costs is not None
    assert plan.costs.equal_risk is None


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("{shared: 0.6}", "0.6 is out of range (it must be at most 0.5)"),
        ("0.1", "is not a section of keys"),
        ("{public: 0.1}", "is an unknown key"),
        ("{shared: -0.1}", "it must be at least 0"),
    ],
)
def test_a_wrong_variation_is_refused(stated: str, expected: str) -> None:
    with pytest.raises(SpecError) as refused:
        asked(stated)
    assert expected in str(refused.value)
