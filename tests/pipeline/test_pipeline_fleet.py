"""Fleets on the real catalogue: who shares, who survives, who is apart; what the checker says of false promises."""

from itertools import combinations
from typing import Any

import pytest

from planner.pipeline import solve
from planner.plan.check import check_plan
from planner.plan.record import Plan
from planner.spec.schema import Spec
from tests.pipeline.requests import LLAMA_8B, catalog, cost, spec_of

SLO = "slo: {ttft_p95_ms: 1500, tpot_p95_ms: 60}"


def fleet(limits: str, *, apart: str = "", rates: tuple[float, float] = (20.0, 8.0)) -> Spec:
    """Two services under common ``limits``."""
    blocks = [
        f"  - {{name: {name}, model: {LLAMA_8B}, kv_formats: [bf16], {SLO}, "
        f"workload: {{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}}}"
        for name, rate in zip(("chat", "tags"), rates, strict=True)
    ]
    return spec_of("\n".join(["workloads:", *blocks, f"limits: {{{limits}}}", apart]))


def solved(spec: Spec) -> Plan:
    return solve(spec, catalog=catalog())


WHOLE = "providers: [aws], accelerators: [h200-sxm-141gb, a100-sxm-80gb, a100-sxm-40gb]"


def test_services_that_fill_no_host_share_one() -> None:
    spec = fleet(WHOLE)
    plan = solved(spec)
    assert plan.placement is not None
    assert any(len(placed.holds) == 2 for placed in plan.placement)
    alone = [solved(spec_of(_only(spec, at))) for at in range(2)]
    assert cost(plan) < sum(cost(each) for each in alone)
    assert sum(pool.usd_per_h for served in plan.workloads for pool in served.pools) == pytest.approx(cost(plan))


def _only(spec: Spec, at: int) -> str:
    rate = spec.workloads[at].requests_per_s
    return (
        f"model: {LLAMA_8B}\nkv_formats: [bf16]\n{SLO}\nlimits: {{{WHOLE}}}\n"
        f"workload: {{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}"
    )


@pytest.mark.parametrize("losses", [1, 2])
def test_any_nodes_may_go(losses: int) -> None:
    spec = fleet(f"{WHOLE}, survive: {{nodes: {losses}}}")
    plan = solved(spec)
    assert plan.placement is not None
    for workload, served in zip(spec.workloads, plan.workloads, strict=True):
        nodes = [
            sum(
                share.replicas * each(served.pools[share.pool])
                for share in placed.holds
                if share.workload == served.name
            )
            for placed in plan.placement
            for _ in range(placed.count)
        ]
        for lost in combinations(nodes, losses):
            assert sum(nodes) - sum(lost) >= (workload.requests_per_s or 0.0) * (1.0 - 1e-5)
    assert cost(plan) >= cost(solved(fleet(WHOLE)))


def each(pool: Any) -> float:
    """What one replica carries within the SLO and the usual utilisation."""
    return float(pool.capacity_requests_per_s * 0.9 / pool.replicas)


def test_single_accelerators_are_taken_to_share_a_host() -> None:
    one = "providers: [runpod, verda], accelerators: [h100-sxm-80gb]"
    few, many = solved(fleet(one)), solved(fleet(f"{one}, survive: {{nodes: 1}}"))
    counts = [sum(pool.replicas for pool in served.pools) for plan in (few, many) for served in plan.workloads]
    assert counts[2] >= counts[0] + 8 or many.workloads[0].pools[0].billing_unit == 8
    assert cost(many) > cost(few)


def test_workloads_apart_share_no_region() -> None:
    spec = fleet("accelerators: [h100-sxm-80gb, a100-sxm-80gb]", apart="apart: [[chat, tags]]")
    plan = solved(spec)
    (one,), (other,) = ({pool.regions for pool in served.pools} for served in plan.workloads)
    assert len(one) == len(other) == 1
    assert one != other
    assert cost(plan) >= cost(solved(fleet("accelerators: [h100-sxm-80gb, a100-sxm-80gb]")))


def test_workloads_apart_with_one_region_between_them_clash() -> None:
    spec = fleet("providers: [aws], accelerators: [a100-sxm-80gb]", apart="apart: [[chat, tags]]")
    plan = solved(spec)
    assert plan.status == "infeasible"
    assert "apart" in (plan.clash or ())


def test_stock_too_small_for_one_kind_is_met_by_two() -> None:
    stocks = "inventory: [{accelerator: h100-sxm-80gb, max: 1}, {accelerator: l40s, max: 3}]"
    limits = f"accelerators: [h100-sxm-80gb, l40s], {stocks}"
    one, two = (solved(fleet(f"{limits}{more}", rates=(38.0, 3.0))) for more in ("", ", max_pools: 2"))
    assert (one.status, two.status) == ("infeasible", "optimal")
    assert [len(served.pools) for served in two.workloads] == [2, 1]


FALSE: dict[str, tuple[dict[str, Any], str]] = {
    "one replica less": ({"replicas": 1}, "served when the worst is lost|replicas of"),
    "more on a node": ({"replicas_per_node": 1, "capacity_requests_per_s": 1.0}, "worst is lost|capacity"),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_promise_is_found(name: str) -> None:
    spec = fleet(f"{WHOLE}, survive: {{nodes: 1}}")
    plan = solved(spec)
    change, found = FALSE[name]
    first = plan.workloads[0]
    pools = (first.pools[0].model_copy(update=change), *first.pools[1:])
    false = plan.model_copy(update={"workloads": (first.model_copy(update={"pools": pools}), *plan.workloads[1:])})
    problems = check_plan(false, spec, catalog())
    assert any(any(part in problem for part in found.split("|")) for problem in problems), problems


def test_without_places_a_surviving_plan_is_not_believed() -> None:
    spec = fleet(f"{WHOLE}, survive: {{nodes: 1}}")
    hidden = solved(spec).model_copy(update={"placement": None})
    assert any("who lies where" in problem for problem in check_plan(hidden, spec, catalog()))


def test_a_crowded_node_is_found() -> None:
    spec = fleet(WHOLE)
    plan = solved(spec)
    assert plan.placement is not None
    shared = next(placed for placed in plan.placement if len(placed.holds) == 2)
    crowd = tuple(s.model_copy(update={"accelerators": 8, "replicas": 8 * s.replicas}) for s in shared.holds)
    false = plan.model_copy(update={"placement": (shared.model_copy(update={"holds": crowd}),)})
    assert any("fewer than lie in it" in problem for problem in check_plan(false, spec, catalog()))
