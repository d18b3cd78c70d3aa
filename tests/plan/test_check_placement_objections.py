"""Who lies where, what is lost with a node, who is apart, and limits of one workload: broken one at a time."""

import re
from functools import cache
from typing import Any

import pytest

from planner.pipeline import solve
from planner.plan.record import Plan
from planner.spec.schema import Spec
from tests.pipeline.requests import catalog, request, spec_of
from tests.plan.corrupted import objections

NODES = "{accelerators: [h100-sxm-80gb], providers: [aws], survive: {nodes: 1}}"


def two(limits: str, *more: str, rates: tuple[int, int] = (9, 2), own: str = "{}") -> str:
    shapes = ((rates[0], 900, 90), (rates[1], 90, 900))
    blocks = [
        f"{{name: {name}, model: meta-llama/Meta-Llama-3.1-8B, limits: {own if name == 'a' else '{}'}, "
        f"workload: {{requests_per_s: {rate}, input_tokens: {given}, output_tokens: {made}}}}}"
        for name, (rate, given, made) in zip("ab", shapes, strict=True)
    ]
    return "\n".join([f"workloads: [{', '.join(blocks)}]", f"limits: {limits}", *more])


@cache
def solved(text: str) -> tuple[Plan, Spec]:
    spec = spec_of(text)
    return solve(spec, catalog=catalog()), spec


def more(value: int) -> int:
    return value + 1


HOLDS = "placement.0.holds.0"
PLACED: dict[str, tuple[dict[str, Any], str]] = {
    "places withheld": ({"placement": None}, "nodes are to be survived, but the plan does not say who lies where"),
    "a pool of nowhere": ({f"{HOLDS}.pool": 7}, "placement: there is no pool 7 of 'a'"),
    "a stranger": ({f"{HOLDS}.workload": "z"}, "placement: there is no pool 0 of 'z'"),
    "larger replicas": ({f"{HOLDS}.accelerators": more}, r"placement: \d+ replicas of a do not take \d+"),
    "more than there is room": ({f"{HOLDS}.accelerators": 99}, "has 8 accelerators, fewer than lie in it"),
    "a replica more": ({f"{HOLDS}.replicas": more}, r"placement: \d+ of \d+ replicas of a lie somewhere"),
    "all eggs in a basket": ({f"{HOLDS}.replicas": 9}, r"requests/s are served when the worst is lost"),
    "more than may share a node": ({f"{HOLDS}.replicas": 9}, "placement: 9 replicas of a on a node of aws"),
    "another offer": ({"placement.0.offer": "x"}, "placement: a has no such pool on x"),
    "a unit more": ({"placement.0.count": more}, r"placement: a lies in \d+ units, on \d+ nodes"),
    "nodes not lain on": ({"workloads.0.pools.0.nodes": 99}, r"a: lies on \d+ nodes, not 99"),
    "a part not paid for": ({"workloads.0.pools.0.usd_per_h": 1.0}, r"a: .* units cost .* USD/h, not 1"),
    "accelerators not bought": ({"totals.accelerators": 99}, r"totals.accelerators: \d+ are bought, not 99"),
    "hosts not bought": ({"totals.nodes": 99}, r"totals.nodes: \d+ are bought, not 99"),
}


@pytest.mark.parametrize("name", PLACED)
def test_a_corrupted_place_is_named(name: str) -> None:
    changes, expected = PLACED[name]
    plan, spec = solved(two(NODES))
    assert plan.placement is not None
    assert not objections(plan, spec)
    assert re.search(expected, objections(plan, spec, changes))


def test_units_smaller_than_a_host_are_counted_as_badly_as_they_may_lie() -> None:
    """What is hired in parts of a host may all lie on one host: nothing of it is sure to be left."""
    limits = "{accelerators: [h100-pcie-80gb], providers: [hyperstack]%s}"
    rates = "{requests_per_s: 60, input_tokens: 1000, output_tokens: 200}"
    plan, spec = solved(request(workload=rates, limits=limits % ""))
    (pool,) = plan.workloads[0].pools
    assert pool.units is not None
    assert pool.billing_unit * pool.units <= 8, "all may lie on one host"
    held = {
        "workload": "default",
        "pool": 0,
        "replicas": pool.replicas // pool.units,
        "accelerators": pool.billing_unit,
    }
    place = {"offer": pool.offer, "purchase": pool.purchase, "regions": list(pool.regions), "units": 1}
    lies = {"placement": [place | {"count": pool.units, "holds": [held]}]}
    assert not objections(plan, spec, lies)
    found = objections(plan, spec_of(request(workload=rates, limits=limits % ", survive: {nodes: 1}")), lies)
    assert re.search(r"0 of 60 requests/s are served when the worst is lost", found)


def test_workloads_that_are_apart_are_in_one_known_region_each() -> None:
    limits = "{accelerators: [l40s, h100-sxm-80gb]}"
    plan, spec = solved(two(limits, "apart: [[a, b]]"))
    assert not objections(plan, spec)
    there = list(plan.workloads[1].pools[0].regions)
    found = objections(plan, spec, {"workloads.0.pools.0.regions": there})
    assert f"apart: a and b are both in {there[0]}" in found or "regions is" in found
    together, _ = solved(two(limits))
    assert "apart: the plan does not say where" in objections(together, spec)


def test_more_than_is_owned_is_not_used() -> None:
    def owned(count: int) -> str:
        return two(
            "{accelerators: [h100-sxm-80gb]}",
            f"owned: [{{node: hgx-h100-8, count: {count}, sunk: true}}]",
            rates=(600, 40),
        )

    plan, spec = solved(owned(4))
    assert not objections(plan, spec)
    assert re.search(r"owned: \d+ accelerators of hgx-h100-8, 8 are owned", objections(plan, spec_of(owned(1))))


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("{max_accelerators: 1}", r"workloads\[a\]\.limits\.max_accelerators: \d+ bought, 1 allowed"),
        ("{max_usd_per_h: 0.01}", r"workloads\[a\]\.limits\.max_usd_per_h: .* USD/h, 0.01 allowed"),
        ("{inventory: [{accelerator: h100-sxm-80gb, max: 0}]}", r"workloads\[a\]\.limits\.inventory: \d+ acc"),
        ("{inventory: [{offer: hyperstack/b200, max: 0}]}", None),
    ],
)
def test_limits_of_one_workload_are_held_against_its_own_pools(own: str, expected: str | None) -> None:
    plan, _ = solved(two(NODES))
    found = objections(plan, spec_of(two(NODES, own=own)))
    assert bool(found) == (expected is not None)
    assert expected is None or re.search(expected, found)


@pytest.mark.parametrize("objective", ["ttft", "quality"])
def test_objectives_of_pools_are_computed_again(objective: str) -> None:
    """Without a bound a fixed concurrency has no rate: the checker finds TTFT at what each replica has in flight."""
    workload = "{concurrency: 64, input_tokens: 1000, output_tokens: 200}"
    plan, spec = solved(request(workload=workload, slo="{}", objective=f"[{objective}]", formats="[fp8]"))
    assert not objections(plan, spec)
    found = objections(plan, spec, {"objective.value": 0.7, "objective.bound": 0.7})
    assert re.search(rf"objective.value of {objective}: 0.7 shown, .* found", found)
