"""Electricity of owned hardware and emissions by region: what they cost, what they come to, what is refused."""

import pytest

from planner.errors import CatalogError, SpecError
from planner.pipeline import solve
from planner.plan.record import Plan
from planner.spec.energy import Energy
from tests.pipeline.requests import catalog, request, spec_of

OWNED = "[{node: hgx-h100-8, count: 2, sunk: true}]"


def planned(energy: str, **changes: str) -> Plan:
    changes = {"limits": "{accelerators: [h100-sxm-80gb]}", "owned": OWNED} | changes
    return solve(spec_of(request(energy=energy, **changes)), catalog=catalog())


def test_owned_hardware_pays_for_the_power_of_its_nodes_and_no_one_else_does() -> None:
    plan = planned("{usd_per_kwh: 0.2, pue: 1.5}")
    assert plan.totals is not None
    assert {pool.provider for pool in plan.workloads[0].pools} == {"owned"}
    watts = 8 * 700.0
    assert plan.totals.usd_per_h == pytest.approx(plan.totals.nodes * watts / 1e3 * 1.5 * 0.2, rel=1e-4)
    rented = [
        planned(each, owned="[{node: hgx-h100-8, count: 1, usd_per_node_h: 9e5}]")
        for each in ("{}", "{usd_per_kwh: 0.2}")
    ]
    assert rented[0].totals == rented[1].totals


def test_dearer_electricity_never_costs_less() -> None:
    costs = [
        plan.totals.usd_per_h for price in (0, 0.1, 0.5, 5) if (plan := planned(f"{{usd_per_kwh: {price}}}")).totals
    ]
    assert costs == sorted(costs)
    assert costs[0] == 0.0 < costs[-1]


def test_emissions_are_power_times_what_the_grid_emits() -> None:
    totals = planned("{pue: 1.2, gco2_per_kwh: {owned: 400, other: 900}}").totals
    assert totals is not None
    assert totals.power_w is not None
    assert totals.energy_wh_per_mtok is not None
    assert totals.gco2_per_h == pytest.approx(totals.power_w / 1e3 * 1.2 * 400, rel=1e-4)
    assert totals.gco2_per_mtok == pytest.approx(totals.energy_wh_per_mtok / 1e3 * 1.2 * 400, rel=1e-4)


def test_nothing_is_shown_where_the_grid_is_not_known() -> None:
    unknown = planned("{gco2_per_kwh: {nowhere: 400}}")
    assert unknown.totals is not None
    assert unknown.totals.gco2_per_h is None
    assert any("no emissions are shown" in note for note in unknown.notes)
    assert planned("{}").totals == unknown.totals


def test_the_worst_of_the_regions_in_which_a_pool_may_be_counts() -> None:
    grid = Energy(gco2_per_kwh={"north": 30.0, "south": 500.0, "other": 900.0})
    assert grid.intensity(("north", "south")) == 500.0
    assert grid.intensity(("north", "east")) == 900.0
    assert grid.intensity(()) == 900.0
    assert grid.intensity((), owned=True) == 900.0
    assert Energy(gco2_per_kwh={"north": 30.0}).intensity(("north", "east")) is None
    assert Energy(gco2_per_kwh=300.0).intensity(("anywhere",)) == 300.0


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("{usd_per_kwh: 12}", "12 is out of range (it must be at most 5)"),
        ("{usd_per_kwh: -1}", "it must be at least 0"),
        ("{pue: 0.9}", "it must be at least 1"),
        ("{gco2_per_kwh: {}}", "names no region"),
        ("{gco2_per_kwh: {north: 3000}}", "energy.gco2_per_kwh.north: 3000 is out of range"),
        ("{gco2_per_kwh: coal}", "'coal' is not a number"),
        ("{usd_per_mwh: 90}", "is an unknown key (did you mean usd_per_kwh?)"),
    ],
)
def test_nonsense_is_refused(stated: str, expected: str) -> None:
    with pytest.raises(SpecError) as refused:
        spec_of(request(energy=stated))
    assert expected in str(refused.value)


def test_owned_hardware_of_unknown_power_is_named() -> None:
    unknown = next(
        node
        for node in catalog().nodes.values()
        if node.tdp_w is None and catalog().accelerators[node.accelerator].tdp_w is None
    )
    spec = spec_of(request(energy="{usd_per_kwh: 0.1}", owned=f"[{{node: {unknown.id}, count: 1, sunk: true}}]"))
    with pytest.raises(CatalogError, match=f"no source gives the power of {unknown.id}"):
        solve(spec, catalog=catalog())
