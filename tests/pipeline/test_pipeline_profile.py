"""A demand over time, from its specification to a plan that the independent checker agrees with."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from planner.errors import SpecError
from planner.pipeline import solve
from planner.plan.check import check_plan
from planner.plan.record import Plan
from planner.spec.loader import load_spec
from tests.pipeline.requests import catalog, request, spec_of

DAY = [2] * 8 + [30] * 8 + [12] * 8
HYPERSTACK = "{providers: [hyperstack], accelerators: [h100-pcie-80gb, l40]}"
ALL = "{purchase: [on_demand, reserved_1y]}"


def text(hours: Sequence[float], **changes: str) -> str:
    demand = f"{{demand: {{hourly_requests_per_s: {list(hours)}}}, input_tokens: 1000, output_tokens: 200}}"
    return request(**({"workload": demand, "limits": HYPERSTACK, "prices": ALL} | changes))


def solved(hours: Sequence[float], **changes: str) -> Plan:
    return solve(spec_of(text(hours, **changes)), catalog=catalog())


def mean_cost(plan: Plan) -> float:
    assert plan.totals is not None
    return plan.totals.usd_per_h


def test_the_mix_is_no_dearer_than_any_way_alone_and_than_the_peak_always() -> None:
    plan = solved(DAY)
    assert plan.status == "optimal"
    assert plan.profile is not None
    assert {each.purchase for each in plan.profile.alone} == {"on_demand", "reserved_1y"}
    for alone in plan.profile.alone:
        assert alone.usd_per_h is None or mean_cost(plan) <= alone.usd_per_h * (1.0 + 1e-5)
    assert plan.profile.fixed_usd_per_h is not None
    assert mean_cost(plan) <= plan.profile.fixed_usd_per_h
    steady = solve(
        spec_of(
            request(
                workload="{requests_per_s: 30, input_tokens: 1000, output_tokens: 200}", limits=HYPERSTACK, prices=ALL
            )
        ),
        catalog=catalog(),
    )
    assert mean_cost(plan) <= mean_cost(steady) * (1.0 + 1e-5)


def test_a_steady_profile_costs_what_a_steady_rate_costs() -> None:
    steady = solve(
        spec_of(
            request(
                workload="{requests_per_s: 30, input_tokens: 1000, output_tokens: 200}", limits=HYPERSTACK, prices=ALL
            )
        ),
        catalog=catalog(),
    )
    assert mean_cost(solved([30.0] * 24)) == pytest.approx(mean_cost(steady), rel=1e-5)


def test_more_demand_in_an_hour_never_costs_less() -> None:
    costs = [mean_cost(solved([*DAY[:-1], rate])) for rate in (0.0, 12.0, 30.0, 55.0)]
    assert costs == sorted(costs)


def test_owned_nodes_are_used_before_others_are_hired() -> None:
    owned = "[{node: hgx-h100-8, count: 1, sunk: true}]"
    plan = solved(DAY, limits="{accelerators: [h100-sxm-80gb]}", owned=owned)
    assert plan.profile is not None
    assert any(each.purchase == "owned" and each.committed for each in plan.profile.purchases)
    assert mean_cost(plan) < mean_cost(solved(DAY, limits="{accelerators: [h100-sxm-80gb]}"))


@pytest.mark.parametrize("start_up_s", [0, 1800])
def test_where_the_money_goes_adds_up_over_all_hours(start_up_s: int) -> None:
    scaling = f"scaling: {{start_up_s: {start_up_s}}}"
    demand = f"{{demand: {{hourly_requests_per_s: {DAY}, {scaling}}}, input_tokens: 1000, output_tokens: 200}}"
    plan = solve(spec_of(text(DAY, workload=demand, overheads="{usd_per_month: 100}")), catalog=catalog())
    assert plan.costs is not None
    spent = plan.costs.usd_of_month
    assert spent.used + spent.headroom + spent.spare + spent.idle == pytest.approx(plan.costs.usd_per_month, rel=1e-5)
    assert plan.costs.usd_per_month == pytest.approx(mean_cost(plan) * 730, rel=1e-5)
    tokens = plan.costs.usd_per_mtok
    assert min(tokens.input, tokens.output) <= tokens.blended <= max(tokens.input, tokens.output)


def test_the_checker_sees_an_hour_unserved_and_money_missing() -> None:
    spec = spec_of(text(DAY))
    plan = solve(spec, catalog=catalog())
    assert plan.profile is not None
    first, *rest = plan.profile.periods
    fewer = first.model_copy(update={"steps": tuple(0 for _ in first.steps)})
    broken = plan.model_copy(update={"profile": plan.profile.model_copy(update={"periods": (fewer, *rest)})})
    found = " ".join(check_plan(broken, spec, catalog()))
    assert "do not carry 30" in found
    assert "on average, totals say" in found


def test_a_file_of_rates_is_the_list_that_it_holds(tmp_path: Path) -> None:
    rows = "\n".join(f"{hour * 3600 + 7},{rate}" for hour, rate in enumerate(DAY))
    (tmp_path / "rates.csv").write_text(f"timestamp_s,requests_per_s\n{rows}\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(
        request(workload="{demand: {csv: rates.csv}, input_tokens: 1000, output_tokens: 200}"), encoding="utf-8"
    )
    assert load_spec(tmp_path / "m.yaml", catalog=catalog()).workloads[0].hourly == tuple(DAY)


@pytest.mark.parametrize(
    ("demand", "expected"),
    [
        ("{hourly_requests_per_s: [1, 2]}", "has 2 numbers (give 24 for a day or 168 for a week)"),
        (f"{{hourly_requests_per_s: {[0] * 24}}}", "has no hour with a request"),
        (f"{{hourly_requests_per_s: {[-1] * 24}}}", "must be at least 0"),
        ("{}", "states no profile"),
        ("{csv: absent.csv}", "'absent.csv' cannot be read"),
        (f"{{hourly_requests_per_s: {[1] * 24}}}, requests_per_s: 3", "states requests_per_s and demand"),
    ],
)
def test_a_wrong_profile_is_refused(demand: str, expected: str) -> None:
    with pytest.raises(SpecError) as refused:
        spec_of(request(workload=f"{{demand: {demand}, input_tokens: 1000, output_tokens: 200}}"))
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("hours,requests_per_s\n0,1\n", "lacks columns"),
        ("hour,requests_per_s\n", "holds no rows"),
        ("hour,requests_per_s\n0,1\n2,1\n", "has no row for hour 1"),
        ("hour,requests_per_s\n0,x\n", "is no hour and rate"),
        ("hour,requests_per_s\n0,0\n", "has no hour with a request"),
        ("timestamp_s,requests_per_s\n0,1\n1e12,1\n", "spans"),
    ],
)
def test_a_wrong_file_of_rates_is_refused(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "rates.csv").write_text(content, encoding="utf-8")
    path = tmp_path / "m.yaml"
    path.write_text(request(workload="{demand: {csv: rates.csv}, input_tokens: 9, output_tokens: 2}"), encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        load_spec(path, catalog=catalog())
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ("{fixed: true}", lambda plan: len({p.steps for p in plan.profile.periods}) == 1),
        ("{min_replicas: 5}", lambda plan: min(p.replicas for p in plan.profile.periods) >= 5),
        ("{start_up_s: 1800}", lambda plan: plan.profile.start_usd_per_h > 0.0),
    ],
)
def test_capacity_follows_as_asked_and_never_for_less(scaling: str, expected: Callable[[Plan], bool]) -> None:
    demand = f"{{demand: {{hourly_requests_per_s: {DAY}, scaling: {scaling}}}, input_tokens: 1000, output_tokens: 200}}"
    plan = solved(DAY, workload=demand)
    assert expected(plan)
    assert mean_cost(plan) >= mean_cost(solved(DAY)) * (1.0 - 1e-6)


def test_slower_starts_never_cost_less() -> None:
    def cost(seconds: int) -> float:
        demand = f"{{demand: {{hourly_requests_per_s: {DAY}, scaling: {{start_up_s: {seconds}}}}}"
        return mean_cost(solved(DAY, workload=f"{demand}, input_tokens: 1000, output_tokens: 200}}"))

    costs = [cost(seconds) for seconds in (0, 600, 3600)]
    assert costs == sorted(costs)
    assert costs[-1] <= mean_cost(solved([max(DAY)] * 24))


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ("{start_up_s: 7200}", "7200 is out of range (it must be at most 3600)"),
        ("{min_replicas: -1}", "it must be at least 0"),
        ("{min_replica: 1}", "is an unknown key (did you mean min_replicas?)"),
        ("{fixed: 1}", "is neither true nor false"),
    ],
)
def test_a_wrong_scaling_is_refused(scaling: str, expected: str) -> None:
    demand = f"{{demand: {{hourly_requests_per_s: {DAY}, scaling: {scaling}}}, input_tokens: 9, output_tokens: 9}}"
    with pytest.raises(SpecError) as refused:
        spec_of(request(workload=demand))
    assert expected in str(refused.value)


def test_spot_beyond_its_share_leaves_no_mix() -> None:
    plan = solved(DAY, prices="{purchase: [spot], spot: {max_share: 0.5}}")
    assert plan.status == "infeasible"
    assert plan.clash == ("prices.spot",)
