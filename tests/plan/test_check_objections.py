"""Each promise of a plan broken by itself, and the words in which the checker says which; figures are patterns."""

import re
from functools import cache
from typing import Any

import pytest

from planner.pipeline import solve
from planner.plan.record import Plan
from tests.pipeline.requests import catalog, request, spec_of
from tests.plan.corrupted import objections

POOL = "workloads.0.pools.0"
BASE = {
    "workload": "{requests_per_s: 40, input_tokens: 1000, output_tokens: 200}",
    "limits": "{accelerators: [rtx-6000-ada], providers: [verda]}",
    "energy": "{gco2_per_kwh: 300}",
}


@cache
def plan() -> Plan:
    """Several replicas of one accelerator each, hired one by one."""
    return solve(spec_of(request(**BASE)), catalog=catalog(), costs=True)


def test_a_right_plan_is_not_objected_to_before_or_after_it_was_stored() -> None:
    assert objections(plan(), spec_of(request(**BASE))) == ""


def more(value: float) -> float:
    return value + 1


def fewer(value: float) -> float:
    return value - 1


CORRUPTED: dict[str, tuple[dict[str, Any], str]] = {
    "another accelerator": ({f"{POOL}.accelerator": "l4"}, "has rtx-6000-ada, not l4"),
    "a replica more": ({f"{POOL}.replicas": more}, r"units of 1 accelerators cannot hold \d+ replicas of 1"),
    "a unit fewer": ({f"{POOL}.units": fewer}, r"units at .* USD/h do not cost"),
    "a split of three": ({f"{POOL}.tensor_parallel": 3}, "does not divide the model's heads, experts or layers"),
    "more than a node": ({f"{POOL}.tensor_parallel": 16}, "16 accelerators do not fit node rtx-6000-ada-x8"),
    "a load beyond the peaks": ({f"{POOL}.requests_per_s": 1e6}, r"the load needs \d+ TFLOP/s, \d+ are bought"),
    "a load beyond stability": ({f"{POOL}.requests_per_s": 400.0}, "grow its queue without bound"),
    "another format": ({f"{POOL}.weight_format": "nvfp4"}, r"in nvfp4/\w+ with vllm, .* is not on sale"),
    "no quality": ({f"{POOL}.quality": None}, "is published, not nothing"),
    "a latency withheld": ({f"{POOL}.ttft_ms.p95": None}, "ttft p95 is not shown"),
    "no totals": ({"totals": None}, "a plan without totals"),
    "no power": ({"totals.power_w": None}, r"totals.power_w: no power shown, .* W drawn"),
    "power for nothing": ({"totals.power_w": 1.0}, r"totals.power_w: 1 W shown, .* W drawn"),
    "emissions of the hour": ({"totals.gco2_per_h": 1.0}, r"totals.gco2_per_h is .*, not 1.0"),
    "emissions of the tokens": ({"totals.gco2_per_mtok": 1.0}, r"totals.gco2_per_mtok is .*, not 1.0"),
    "cheaper tokens": ({"totals.usd_per_mtok": 0.001}, "totals.usd_per_mtok 0.001 is not .*, the cost over the tokens"),
    "cheaper output": ({"totals.usd_per_mtok_output": 0.1}, "totals.usd_per_mtok_output 0.1 is not"),
    "another basis of power": ({"totals.power_basis": "measured"}, "totals.power_basis is measured: the share drawn"),
    "no bound": ({"objective.bound": None}, "value, bound or gap is not shown"),
    "no value": ({"objective.value": None}, "objective.value of usd_per_mtok: None shown"),
    "another value at its bound": (
        {"objective.value": 0.7, "objective.bound": 0.7}, "objective.value of usd_per_mtok: 0.7 shown",
    ),
    "a gap at the optimum": ({"objective.gap": 0.5}, "status optimal with a gap of 0.5"),
    "a bound above the value": ({"objective.bound": 1.0}, r"objective.bound 1 is not .* less a gap of 0"),
    "less certain than the solver": ({"status": "feasible"}, "status feasible, the solver says OPTIMAL"),
    "infeasible with a fleet": ({"status": "infeasible"}, "infeasible, and pools are shown"),
    "money that vanishes": ({"costs.usd_of_month.used": 0.0}, r"costs.usd_of_month.used is .*, not 0"),
    "a stranger as runner-up": ({"explanation.runner_up.workload": "x"}, "not one of each workload at most"),
}  # fmt: skip


@pytest.mark.parametrize("name", CORRUPTED)
def test_a_corrupted_promise_is_named(name: str) -> None:
    changes, expected = CORRUPTED[name]
    assert re.search(expected, objections(plan(), spec_of(request(**BASE)), changes))


NARROWER: dict[str, tuple[dict[str, str], str]] = {
    "accelerator": ({"limits": "{accelerators: [l4]}"}, "accelerator rtx-6000-ada is not among l4"),
    "provider": ({"limits": "{providers: [aws]}"}, "provider verda is not among aws"),
    "tenancy": ({"limits": "{tenancy: [dedicated]}"}, "tenancy shared is not among dedicated"),
    "region": ({"limits": "{regions: [us-east-1]}"}, "is in none of us-east-1"),
    "accelerators": ({"limits": "{max_accelerators: 1}"}, r"limits.max_accelerators: \d+ bought, 1 allowed"),
    "budget": ({"limits": "{max_usd_per_h: 0.1}"}, r"limits.max_usd_per_h: .* USD/h, 0.1 allowed"),
    "stock": ({"limits": "{inventory: [{region: FIN-01, max: 1}]}"}, r"\d+ accelerators bought, 1 in stock"),
    "nodes to survive": ({"limits": "{survive: {nodes: 1}}"}, "the plan does not say who lies where"),
    "replicas to survive": ({"limits": "{survive: {replicas: 2}}"}, r"of 40 requests/s are served when"),
    "quality": ({"quality": "{min_recovery: 1.0}"}, r"keeps 0\.\d+ of the quality, 1.0 is asked"),
    "promise": ({"slo": "{ttft_p99_ms: 1500, tpot_p95_ms: 60}"}, "ttft p99 is not shown"),
    "objective": ({"objective": "[accelerators]"}, "objectives usd_per_mtok, asked accelerators"),
    "overheads": ({"overheads": "{usd_per_month: 5}"}, "costs.overheads are not those that were asked for"),
    "intensity": ({"energy": "{gco2_per_kwh: 100}"}, r"totals.gco2_per_h is 127.*, not 383"),
}  # fmt: skip


@pytest.mark.parametrize("name", NARROWER)
def test_a_plan_held_against_a_narrower_request_is_objected_to(name: str) -> None:
    changes, expected = NARROWER[name]
    assert re.search(expected, objections(plan(), spec_of(request(**(BASE | changes)))))


def test_stock_of_elsewhere_is_not_used_up() -> None:
    limits = "{inventory: [{region: us-east-1, max: 0}, {accelerator: l4, max: 0}]}"
    assert "in stock" not in objections(plan(), spec_of(request(**(BASE | {"limits": limits}))))


def test_overheads_that_are_asked_for_may_not_be_left_out_with_the_costs() -> None:
    spec = spec_of(request(**BASE, overheads="{share_of_compute: 0.1}"))
    assert "costs: overheads are asked for and not shown" in objections(plan(), spec, {"costs": None})


def test_more_pools_than_allowed_are_objected_to() -> None:
    """Of one accelerator eight are in stock, of the other one: no pool alone carries what both together do."""
    stock = "inventory: [{accelerator: l40s, max: 8}, {accelerator: h100-sxm-80gb, max: 1}]"
    asked = {**BASE, "limits": f"{{accelerators: [h100-sxm-80gb, l40s], {stock}, max_pools: 2}}"}
    mixed = solve(spec_of(request(**asked)), catalog=catalog())
    assert len(mixed.workloads[0].pools) == 2
    one = {**asked, "limits": asked["limits"].replace("max_pools: 2", "max_pools: 1")}
    assert "2 pools, at most 1 allowed" in objections(mixed, spec_of(request(**one)))
