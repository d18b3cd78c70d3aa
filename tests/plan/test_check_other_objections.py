"""Parts that do not belong together, figures withheld, and other plans that a plan speaks of: broken one by one."""

import re
from functools import cache
from typing import Any

import pytest

from planner.pipeline import solve
from planner.plan.record import Plan
from planner.spec.schema import Spec
from tests.pipeline.requests import catalog, spec_of
from tests.plan.corrupted import objections
from tests.plan.unusual import UNUSUAL

POOL = "workloads.0.pools.0"
VARIED, APART, LEAST, SPOT = (
    "varied throughput, overheads",
    "apart, with emissions",
    "least energy, then cost",
    "spot for two by day",
)


@cache
def solved(name: str) -> tuple[Plan, Spec]:
    spec = spec_of(UNUSUAL[name])
    return solve(spec, catalog=catalog(), costs=True, time_limit_s=20), spec


def less(value: float) -> float:
    return value * 0.9


def more(value: float) -> float:
    return value * 1.1


OTHER: dict[str, tuple[str, dict[str, Any], str]] = {
    "a clash of a plan": (VARIED, {"clash": ["ttft"]}, "a plan is found, and clash shown"),
    "a profile of steady demand": (SPOT, {"profile": None}, "profile: it is shown where the demand changes"),
    "an objective in another": (LEAST, {"objective.then.0.then": [{"name": "x"}]}, "stand one after another, not"),
    "no pools": (VARIED, {"workloads.0.pools": []}, "a plan is found, and no pool serves it"),
    "a strange limit that binds": (VARIED, {"explanation.binding": ["limits.inventory"]}, "inventory was not ask"),
    "a bound that binds twice": (VARIED, {"explanation.binding": ["tpot", "tpot"]}, "tpot was not .* named twice"),
    "a latency withheld": (VARIED, {f"{POOL}.e2e_ms": None}, "e2e is not shown"),
    "operators withheld": (VARIED, {f"{POOL}.operators": None}, "operators decode_ms.head is not shown"),
    "nodes withheld": (VARIED, {f"{POOL}.nodes": None}, "are 1 nodes, not None"),
    "units withheld": (VARIED, {f"{POOL}.units": None}, "units of pool 0 are shown where it shares none"),
    "a cap on a node": (VARIED, {f"{POOL}.replicas_per_node": 1}, "no loss of nodes is to be survived"),
    "more workers": (VARIED, {"solver.workers": 9}, "solver.workers is 9, the specification asks for 1"),
    "evidence twice": (VARIED, {"evidence": lambda all_: [*all_, all_[0]]}, "evidence: the same is backed twice"),
    "emissions withheld": (APART, {"totals.gco2_per_h": None}, r"totals.gco2_per_h is \d.*, not None"),
    "emissions of tokens withheld": (LEAST, {"totals.gco2_per_mtok": None}, r"totals.gco2_per_mtok is \d.*, not None"),
    "a request of two priced": (APART, {"costs.usd_per_request": 1.0}, "is shown of one workload, and of no more"),
    "tenancies not compared": (VARIED, {"costs.equal_risk": None}, "tenancies are compared where"),
    "the own tenancy left out": (VARIED, {"costs.equal_risk": []}, "is what the plan is on, and is left out"),
    "a tenancy at another cost": (VARIED, {"costs.equal_risk.0.usd_per_h": more}, "and the plan on it alone costs"),
    "a cheaper tenancy": (VARIED, {"costs.equal_risk.0.usd_per_h": less}, "to cost less by itself than with all"),
    "steady and dearer": (VARIED, {"costs.equal_risk.0.steady_usd_per_h": 99.0}, "alike are said to cost more"),
    "another variation": (VARIED, {"costs.equal_risk.0.throughput_variation": 0.5}, "0.5 is shown, 0.2 stated"),
    "a tenancy of nowhere": (VARIED, {"costs.equal_risk.0.tenancy": "cosy"}, "cosy, dedicated are compared, shared"),
    "a cheaper runner-up": (VARIED, {"explanation.runner_up.usd_per_h": 0.01}, "less than the plan"),
    "a runner-up at another price": (VARIED, {"explanation.runner_up.usd_per_h": more}, r"do not cost .* USD/h"),
    "a runner-up that wins": (
        VARIED,
        {"explanation.runner_up": lambda one: one | {"offer": "verda/1h100.80s.32v", "accelerator": "h100-sxm-80gb"}},
        "runner-up: .*",
    ),
    "a runner-up of strange format": (VARIED, {"explanation.runner_up.weight_format": "nvfp4"}, "does not run so on"),
    "a runner-up too weak": (
        VARIED,
        {"explanation.runner_up": lambda one: one | {"replicas": 1, "accelerators": 1, "weight_format": "bf16"}},
        "1 replicas do not carry the demand",
    ),
    "runners-up of one": (VARIED, {"explanation.runners_up": []}, "not the first of the runners-up"),
    "runners-up in disorder": (APART, {"explanation.runners_up": lambda all_: all_[::-1]}, "not the first of the run"),
    "spot by itself for nothing": (SPOT, {"profile.alone.2.usd_per_h": 0.0}, "spot by itself is said to cost less"),
    "a way to buy left out": (SPOT, {"profile.alone": []}, "profile.alone:  are compared, on_demand, res"),
    "places of what is shared": (SPOT, {"placement": []}, "what is shared changes by the hour, and is not shown"),
    "steps of replicas": (SPOT, {"profile.purchases.0.replicas_per_step": 1}, "shown where no others share it"),
    "an hour that is not dearest": (SPOT, {"totals.accelerators": 1}, r"the dearest hour has \d on \d machines, not 1"),
    "another mean of one": (SPOT, {"profile.workloads.1.mean_requests_per_s": more}, "night: mean_requests_per_s is"),
    "power of all": (SPOT, {"totals.power_w": more}, "totals.power_w: .* W shown, .* W drawn"),
    "a price of output tokens": (SPOT, {"totals.usd_per_mtok_output": more}, "totals.usd_per_mtok_output .* is not"),
    "a price of input tokens": (SPOT, {"costs.usd_per_mtok.input": more}, "costs.usd_per_mtok.input is"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_a_broken_promise_is_named(name: str) -> None:
    request, changes, expected = OTHER[name]
    assert objections(*solved(request)) == ""
    assert re.search(expected, objections(*solved(request), changes))
