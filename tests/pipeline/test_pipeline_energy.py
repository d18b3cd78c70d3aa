"""Energy: what a plan draws follows from TDP and load, is least when asked, and is checked like every promise."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.catalog.catalog import Catalog
from planner.errors import CatalogError
from planner.pipeline import solve
from planner.plan.check import check_plan
from planner.plan.figures import replica_accelerators
from planner.plan.record import Plan
from tests.pipeline.requests import catalog, request, solved, spec_of

IDLE = 0.2


def power(plan: Plan) -> float:
    assert plan.totals is not None
    assert plan.totals.power_w is not None
    return plan.totals.power_w


def drawn(plan: Plan, known: Catalog) -> float:
    """By hand: a fifth of the TDP of all that is paid for, and the rest of what is in use by its utilisation."""
    total = 0.0
    for pool in plan.workloads[0].pools:
        tdp = known.accelerators[pool.accelerator].tdp_w
        assert tdp is not None
        in_use = pool.replicas * replica_accelerators(pool) * pool.utilisation
        total += tdp * (IDLE * pool.accelerators + (1 - IDLE) * in_use)
    return total


@given(st.floats(0.5, 150.0).map(lambda rate: round(rate, 2)))
@settings(max_examples=8)
def test_power_follows_from_tdp_and_load_and_the_cheapest_plan_draws_no_less(rate: float) -> None:
    workload = f"{{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}"
    cheap, lean = (solved(workload=workload, objective=name, limits=None) for name in ("usd_per_mtok", "energy"))
    assert power(cheap) == pytest.approx(drawn(cheap, catalog()), rel=1e-4)
    assert power(lean) <= power(cheap) * (1 + 1e-5)
    assert cheap.totals is not None
    assert lean.totals is not None
    assert cheap.totals.usd_per_h <= lean.totals.usd_per_h * (1 + 1e-9)
    assert lean.totals.energy_wh_per_mtok == pytest.approx(power(lean) / (rate * 1200 * 3600) * 1e6, rel=1e-4)
    assert lean.objective.value == lean.totals.energy_wh_per_mtok
    assert lean.objective.gap == 0.0


def test_no_single_machine_draws_less_than_the_plan_of_least_energy() -> None:
    """Each accelerator alone, cheapest by energy: none lies below the choice among all of them."""
    names = ["h100-sxm-80gb", "h200-sxm-141gb", "l40s", "a100-sxm-80gb", "l4"]
    alone = [power(solved(objective="energy", limits=f"{{accelerators: [{name}]}}")) for name in names]
    assert power(solved(objective="energy", limits=f"{{accelerators: [{', '.join(names)}]}}")) == min(alone)


def test_energy_may_stand_in_a_list() -> None:
    first = solved(objective="[accelerators, energy]", limits=None)
    second = solved(objective="accelerators", limits=None)
    assert first.totals is not None
    assert second.totals is not None
    assert first.totals.accelerators == second.totals.accelerators
    assert power(first) <= power(second)
    assert [stage.name for stage in first.objective.then or ()] == ["energy"]


def test_power_of_the_whole_host_is_taken_where_the_catalogue_has_it() -> None:
    """A host of 10.2 kW with eight accelerators: 1,275 W each in place of 700."""
    known = catalog()
    nodes = {name: n.model_copy(update={"tdp_w": n.accelerators * 1275.0}) for name, n in known.nodes.items()}
    hosted = replace(known, nodes=nodes)
    spec = spec_of(request(limits="{accelerators: [h100-sxm-80gb]}"))
    assert power(solve(spec, catalog=hosted)) == pytest.approx(power(solve(spec, catalog=known)) * 1275 / 700, rel=1e-4)


def test_an_accelerator_without_a_stated_power_is_refused_by_name_and_absent_from_the_totals() -> None:
    only = "{accelerators: [tpu-v5e]}"
    with pytest.raises(CatalogError, match=r"no source gives the power of tpu-v5e"):
        solved(objective="energy", limits=only, formats="[bf16]")
    plan = solved(limits=only, formats="[bf16]")
    assert plan.totals is not None
    assert plan.totals.power_w is None
    assert "power_w" not in plan.model_dump(mode="json")["totals"]


def test_the_checker_objects_to_wrong_power_and_energy() -> None:
    spec = spec_of(request())
    plan = solve(spec, catalog=catalog())
    assert plan.totals is not None
    pool = plan.workloads[0].pools[0]
    bad_pool = pool.model_copy(update={"power_w": (pool.power_w or 0.0) * 1.01})
    workload = plan.workloads[0].model_copy(update={"pools": (bad_pool,)})
    assert any(
        "drawn" in text for text in check_plan(plan.model_copy(update={"workloads": (workload,)}), spec, catalog())
    )
    for name in ("power_w", "energy_wh_per_mtok"):
        totals = plan.totals.model_copy(update={name: getattr(plan.totals, name) * 1.01})
        problems = check_plan(plan.model_copy(update={"totals": totals}), spec, catalog())
        assert any(f"totals.{name}" in text for text in problems), name
