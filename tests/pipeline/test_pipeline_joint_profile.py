"""Several workloads over one profile, from their specification to a plan that the independent checker agrees with."""

from collections.abc import Sequence
from functools import cache

import pytest

from planner.errors import SpecError
from planner.pipeline import solve
from planner.plan.check import check_plan
from planner.plan.profile import Profile
from planner.plan.record import Plan
from planner.render.table import plan_table
from tests.pipeline.requests import catalog, spec_of

DAY = (2, 2, 6, 20, 24, 12)
NIGHT = (60, 60, 20, 0, 0, 20)
"""Of six hours each, four times a day."""


def block(name: str, hours: Sequence[float], extra: str = "") -> str:
    demand = f"{{demand: {{hourly_requests_per_s: {list(hours) * 4}{extra}}}, input_tokens: 1000, output_tokens: 200}}"
    return f"{{name: {name}, model: meta-llama/Meta-Llama-3.1-8B, workload: {demand}, formats: [bf16]}}"


def text(*blocks: str, prices: str = "{purchase: [on_demand, reserved_1y]}", limits: str = "") -> str:
    allowed = f"{{providers: [hyperstack], accelerators: [h100-pcie-80gb, l40]{limits}}}"
    return f"workloads: [{', '.join(blocks)}]\nlimits: {allowed}\nprices: {prices}\n"


@cache
def solved(*blocks: str, prices: str = "{purchase: [on_demand, reserved_1y]}", limits: str = "") -> Plan:
    plan = solve(spec_of(text(*blocks, prices=prices, limits=limits)), catalog=catalog(), costs=True, time_limit_s=20)
    assert plan.found
    return plan


def pair() -> Plan:
    return solved(block("day", DAY), block("night", NIGHT))


def profile_of(plan: Plan) -> Profile:
    assert plan.profile is not None
    return plan.profile


def cost(plan: Plan) -> float:
    return profile_of(plan).usd_per_h


def test_together_they_cost_no_more_than_apart_and_share_what_is_committed() -> None:
    apart = [
        cost(solved(block("day", DAY), block("idle", [1e-5] * 6))),
        cost(solved(block("night", NIGHT), block("idle", [1e-5] * 6))),
    ]
    assert cost(pair()) <= sum(apart) * (1.0 + 1e-5)
    found = profile_of(pair())
    assert any(purchase.committed for purchase in found.purchases)
    for alone in found.alone:
        assert alone.usd_per_h is None or cost(pair()) <= alone.usd_per_h * (1.0 + 1e-5)


def test_where_the_money_goes_adds_up() -> None:
    costs = pair().costs
    assert costs is not None
    spent = costs.usd_of_month
    assert spent.used + spent.headroom + spent.spare + spent.idle == pytest.approx(costs.usd_per_month, rel=1e-4)
    assert min(spent.used, spent.headroom, spent.spare, spent.idle) >= 0.0
    tokens = costs.usd_per_mtok
    assert min(tokens.input, tokens.output) <= tokens.blended <= max(tokens.input, tokens.output)


def test_spot_and_starts_are_rebuilt_by_the_checker() -> None:
    prices = "{purchase: [on_demand, reserved_1y, spot], spot: {interruption_share: 0.1, max_share: 0.5}}"
    plan = solved(
        block("day", DAY, ", scaling: {start_up_s: 900, min_replicas: 1}"), block("night", NIGHT), prices=prices
    )
    assert (
        check_plan(
            plan,
            spec_of(
                text(
                    block("day", DAY, ", scaling: {start_up_s: 900, min_replicas: 1}"),
                    block("night", NIGHT),
                    prices=prices,
                )
            ),
            catalog(),
        )
        == ()
    )
    assert (profile_of(plan).start_usd_per_h or 0.0) > 0.0


def test_spot_that_may_carry_half_serves_nobody_by_itself() -> None:
    """Nothing holds the other half: that is no plan, and no way to buy that costs nothing."""
    prices = "{purchase: [on_demand, spot], spot: {max_share: 0.5}}"
    beside = profile_of(solved(block("day", DAY), block("night", NIGHT), prices=prices))
    assert {each.purchase: each.usd_per_h for each in beside.alone}["spot"] is None
    spec = spec_of(text(block("day", DAY), block("night", NIGHT), prices=prices.replace("on_demand, ", "")))
    by_itself = solve(spec, catalog=catalog(), time_limit_s=20)
    assert by_itself.status == "infeasible"
    assert by_itself.clash == ("prices.spot",)


def test_on_spot_alone_everything_is_on_spot() -> None:
    prices = "{purchase: [spot], spot: {interruption_share: 0.05}}"
    plan = solved(block("day", DAY), block("night", NIGHT), prices=prices)
    asked = spec_of(text(block("day", DAY), block("night", NIGHT), prices=prices))
    assert check_plan(plan, asked, catalog()) == ()
    assert {purchase.purchase for purchase in profile_of(plan).purchases} == {"spot"}


def test_the_checker_sees_what_is_unserved_homeless_and_unpaid() -> None:
    spec, found = spec_of(text(block("day", DAY), block("night", NIGHT))), profile_of(pair())
    assert check_plan(pair(), spec, catalog()) == ()
    none = [period.model_copy(update={"steps": tuple(0 for _ in period.steps)}) for period in found.periods]
    shares = found.workloads or ()
    idle = [share.model_copy(update={"replicas": tuple(0 for _ in share.replicas)}) for share in shares]
    words: dict[str, dict[str, object]] = {
        "have no place": {"periods": tuple(none)},
        "on average, totals say": {"periods": tuple(none)},
        "do not carry": {"workloads": tuple(idle)},
    }
    for expected, change in words.items():
        broken = pair().model_copy(update={"profile": found.model_copy(update=change)})
        assert expected in " ".join(check_plan(broken, spec, catalog()))


def test_a_steady_workload_and_a_shorter_profile_stand_beside_a_week() -> None:
    rate = "{requests_per_s: 5, input_tokens: 9, output_tokens: 9}"
    steady = f"{{name: steady, model: meta-llama/Meta-Llama-3.1-8B, workload: {rate}}}"
    week = block("week", [5, 9, 2, 7, 3, 6] * 7)
    plan = solved(week, block("day", DAY), steady)
    assert profile_of(plan).hours == 168
    assert [share.peak_requests_per_s for share in profile_of(plan).workloads or ()] == [9.0, 24.0, 5.0]


def test_the_page_says_who_takes_what() -> None:
    page = plan_table(pair(), width=80)
    assert "Shared by" in page
    assert "night" in page


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("limits: {max_usd_per_h: 5}", "beside a workload's own limits.max_usd_per_h is known but not built yet"),
        ("limits: {inventory: [{accelerator: l40, max: 3}]}", "own limits.inventory is known but not built yet"),
    ],
)
def test_what_is_not_built_beside_it_is_refused(extra: str, expected: str) -> None:
    limited = block("day", DAY)[:-1] + f", {extra}}}"
    with pytest.raises(SpecError, match=expected):
        spec_of(text(limited, block("night", NIGHT)))
