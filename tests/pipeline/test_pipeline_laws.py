"""The laws of order, money, FLOP and invariance on whole answers (each answer has passed the independent check)."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.candidates.rows import merged_factors
from planner.pipeline import solve
from planner.plan.check import check_plan
from tests.pipeline.requests import LLAMA_8B, LLAMA_70B, catalog, cost, request, solved, spec_of

few = settings(max_examples=12)
rates = st.floats(0.5, 200.0).map(lambda value: round(value, 2))
limits_ms = st.integers(200, 4000)


def workload(rate: float, prompt: int = 1000, output: int = 200) -> str:
    return f"{{requests_per_s: {rate}, input_tokens: {prompt}, output_tokens: {output}}}"


def slo(ttft: int, tpot: int = 60) -> str:
    return f"{{ttft_p95_ms: {ttft}, tpot_p95_ms: {tpot}}}"


@few
@given(rates, limits_ms, st.integers(0, 3000))
def test_a_looser_slo_never_costs_more(rate: float, tight: int, more: int) -> None:
    first, second = (solved(workload=workload(rate), slo=slo(limit)) for limit in (tight, tight + more))
    assert cost(second) <= cost(first) * (1 + 1e-9)


@few
@given(rates, st.floats(1.0, 3.0))
def test_more_demand_never_costs_less(rate: float, growth: float) -> None:
    assert cost(solved(workload=workload(rate * growth))) >= cost(solved(workload=workload(rate))) * (1 - 1e-9)


@few
@given(rates, st.integers(1, 40), st.integers(0, 40))
def test_more_accelerators_allowed_never_cost_more(rate: float, cap: int, more: int) -> None:
    both = "accelerators: [h100-sxm-80gb, l40s]"
    fewer, freer = (
        solved(workload=workload(rate), limits=f"{{{both}, max_accelerators: {n}}}") for n in (cap, cap + more)
    )
    assert cost(freer) <= cost(fewer) * (1 + 1e-9)
    if fewer.totals:
        assert fewer.totals.accelerators <= cap


@few
@given(rates)
def test_one_more_accelerator_type_never_costs_more(rate: float) -> None:
    narrow, wide = (
        solved(workload=workload(rate), limits=f"{{accelerators: {names}}}")
        for names in ("[h100-sxm-80gb]", "[h100-sxm-80gb, h200-sxm-141gb, l40s]")
    )
    assert cost(wide) <= cost(narrow) * (1 + 1e-9)


@few
@given(rates, st.floats(0.05, 0.99))
def test_higher_confidence_never_costs_less(rate: float, risk: float) -> None:
    sure, surer = (solved(workload=workload(rate), confidence=c) for c in (1 - max(risk, 0.1) / 2, 1 - 0.02))
    assert cost(surer) >= cost(sure) * (1 - 1e-9)


@few
@given(st.permutations(["h100-sxm-80gb", "h200-sxm-141gb", "l40s", "l4"]), st.permutations(["bf16", "fp8"]))
def test_the_order_of_lists_changes_nothing(accelerators: list[str], formats: list[str]) -> None:
    names = ", ".join(accelerators)
    plan = solved(limits=f"{{accelerators: [{names}]}}", formats=f"[{', '.join(formats)}]")
    base = solved(limits="{accelerators: [h100-sxm-80gb, h200-sxm-141gb, l40s, l4]}", formats="[bf16, fp8]")
    assert plan.model_dump(exclude={"input"}) == base.model_dump(exclude={"input"})


def test_the_same_request_gives_the_same_bytes() -> None:
    assert solved().model_dump_json() == solved().model_dump_json()


@few
@given(rates)
def test_money_adds_up(rate: float) -> None:
    plan = solved(workload=workload(rate))
    assert plan.totals is not None
    pools = [pool for served in plan.workloads for pool in served.pools]
    assert sum(pool.usd_per_h for pool in pools) == pytest.approx(plan.totals.usd_per_h, rel=1e-5)
    assert plan.totals.usd_per_mtok == pytest.approx(plan.totals.usd_per_h / (rate * 1200 * 3600) * 1e6, rel=1e-4)
    assert all(pool.accelerators == pool.units * pool.billing_unit for pool in pools if pool.units)


@few
@given(rates)
def test_little_holds_in_every_pool(rate: float) -> None:
    plan = solved(workload=workload(rate))
    for pool in plan.workloads[0].pools:
        each = pool.requests_per_s / pool.replicas
        assert pool.concurrency is not None
        assert pool.e2e_ms is not None
        assert each * pool.e2e_ms.mean / 1e3 == pytest.approx(pool.concurrency, rel=1e-3)
        assert pool.requests_per_s <= pool.capacity_requests_per_s


@pytest.mark.parametrize(
    ("formats", "prompt", "output", "at_least"),
    [
        ("[bf16]", 16000, 100, 23),
        ("[bf16]", 4000, 500, 7),
        ("[bf16, fp8]", 16000, 100, 12),
        ("[bf16, fp8]", 4000, 500, 4),
    ],
)
def test_no_plan_buys_fewer_flop_than_the_load_needs(formats: str, prompt: int, output: int, at_least: int) -> None:
    """2 x 70.55e9 FLOP a token against 989 (BF16) and 1,979 (FP8) TFLOP/s: law 1 by hand."""
    plan = solved(
        model=LLAMA_70B,
        workload=workload(10, prompt, output),
        slo=None,
        formats=formats,
        limits="{accelerators: [h100-sxm-80gb]}",
    )
    assert plan.totals is not None
    assert plan.totals.accelerators >= at_least


def test_a_tight_tpot_buys_more_tensor_parallel_than_a_loose_one() -> None:
    wide = [
        solved(model=LLAMA_70B, workload=workload(5, 2000, 300), slo=slo_, limits="{accelerators: [h100-sxm-80gb]}")
        for slo_ in ("{tpot_p95_ms: 15}", "{tpot_p95_ms: 100}")
    ]
    tight, loose = (plan.workloads[0].pools[0].tensor_parallel for plan in wide)
    assert tight > loose


def test_a_small_model_at_high_concurrency_comes_out_as_replicas() -> None:
    plan = solved(model=LLAMA_8B, workload=workload(300), limits=None)
    pool = plan.workloads[0].pools[0]
    assert pool.tensor_parallel == 1
    assert pool.replicas > 1


def test_an_older_price_list_is_used_when_asked() -> None:
    plan = solved(prices="{as_of: 2026-10-01}")
    pool = plan.workloads[0].pools[0]
    assert pool.price_as_of is not None
    assert pool.price_as_of <= date(2026, 10, 1)


def test_owned_hardware_that_is_paid_anyway_is_used_first() -> None:
    plan = solved(owned="[{node: hgx-h100-8, count: 1, sunk: true}]") if "hgx-h100-8" in catalog().nodes else None
    node = next(n for n in catalog().nodes.values() if n.accelerator == "h100-sxm-80gb" and n.reference)
    plan = solved(owned=f"[{{node: {node.id}, count: 1, sunk: true}}]")
    assert plan.workloads[0].pools[0].purchase == "owned"
    assert plan.totals is not None
    assert plan.totals.usd_per_h == 0.0


def test_concurrency_without_an_slo_holds_that_many_in_flight() -> None:
    plan = solved(workload="{concurrency: 64, input_tokens: 1000, output_tokens: 200}", slo=None)
    pool = plan.workloads[0].pools[0]
    held = pool.requests_per_s * (pool.ttft_ms.mean + 200 * pool.tpot_ms.mean) / 1e3
    assert held == pytest.approx(64, rel=0.02)


def test_a_concurrency_under_an_slo_is_the_rate_at_its_bounds() -> None:
    plan = solved(
        workload="{concurrency: 64, input_tokens: 1000, output_tokens: 200}", slo="{ttft_p95_ms: 1000, tpot_p95_ms: 50}"
    )
    assert plan.workloads[0].demand.requests_per_s == pytest.approx(64 / (1.0 + 200 * 0.05))


def test_the_checker_objects_to_each_corrupted_promise() -> None:
    """One number of the plan wrong at a time: the independent check must say so."""
    spec = spec_of(request())
    plan = solve(spec, catalog=catalog())
    assert check_plan(plan, spec, catalog()) == ()
    pool, totals = plan.workloads[0].pools[0], plan.totals
    assert totals is not None
    wrong_pools = {
        "requests_per_s": pool.requests_per_s * 1.5,
        "usd_per_h": pool.usd_per_h * 0.9,
        "replicas": pool.replicas + 64,
        "tensor_parallel": 3,
        "max_concurrency": 10**6,
        "accelerator": "a100-sxm-80gb",
        "weight_format": "nvfp4",
        "offer": "nowhere/none",
        "ttft_ms": pool.ttft_ms.model_copy(update={"mean": pool.ttft_ms.mean * 0.5}),
        "tpot_ms": pool.tpot_ms.model_copy(update={"mean": pool.tpot_ms.mean * 0.5}),
        "units": pool.units + 1 if pool.units else None,
        "accelerators": pool.accelerators + 1,
    }
    for name, value in wrong_pools.items():
        bad = pool.model_copy(update={name: value})
        workload_ = plan.workloads[0].model_copy(update={"pools": (bad, *plan.workloads[0].pools[1:])})
        assert check_plan(plan.model_copy(update={"workloads": (workload_,)}), spec, catalog()), name
    for name in ("usd_per_h", "usd_per_mtok", "usd_per_mtok_output"):
        bad_totals = totals.model_copy(update={name: getattr(totals, name) * 1.01})
        assert check_plan(plan.model_copy(update={"totals": bad_totals}), spec, catalog()), name


def test_an_impossible_request_names_a_clash_and_what_would_do() -> None:
    plan = solved(workload=workload(50, 4000, 300), limits="{accelerators: [l40s], max_accelerators: 8}")
    assert plan.status == "infeasible"
    assert plan.clash
    assert "limits.max_accelerators" in plan.clash
    relaxed = next(r for r in plan.relaxations or () if r.group == "limits.max_accelerators")
    again = solved(
        workload=workload(50, 4000, 300), limits=f"{{accelerators: [l40s], max_accelerators: {relaxed.to:.0f}}}"
    )
    assert again.status == "optimal"
    less = solved(
        workload=workload(50, 4000, 300), limits=f"{{accelerators: [l40s], max_accelerators: {relaxed.to - 1:.0f}}}"
    )
    assert less.status == "infeasible"


def test_where_nothing_is_sold_the_clash_says_so_and_not_that_formats_do_not_run() -> None:
    plan = solved(prices="{as_of: 2015-01-01, purchase: [spot]}", limits=None)
    assert (plan.status, plan.clash, plan.relaxations) == ("infeasible", ("prices",), ())
    assert plan.notes[0].startswith("nothing is sold spot up to 2015-01-01")


def test_where_no_format_runs_an_infeasible_answer_still_lists_its_relaxations() -> None:
    plan = solved(formats="[int8]", kv_formats="[int8]", limits=None)
    assert (plan.status, plan.clash, plan.relaxations) == ("infeasible", ("formats",), ())


def test_an_idle_replica_is_not_said_to_be_bound_by_its_memory() -> None:
    plan = solved(workload=workload(0.001), slo=None)
    assert plan.explanation.binding == ()
    assert plan.explanation.why[0].startswith("Nothing binds")


def test_a_concurrency_without_an_slo_never_says_that_there_is_no_other_plan() -> None:
    plan = solved(workload="{concurrency: 4, input_tokens: 1000, output_tokens: 200}", slo=None)
    assert plan.status == "optimal"
    assert not any("there is no plan" in sentence for sentence in plan.explanation.why)


def test_calibration_factors_are_all_positive() -> None:
    assert all(np.isfinite(value) and value >= 0.0 for value in merged_factors(catalog()).values())


def test_one_output_token_has_no_time_between_tokens() -> None:
    """A TPOT bound that nothing can break must not cost anything."""
    free = solved(workload=workload(20, 1000, 1), slo="{ttft_p95_ms: 1500}")
    bound = solved(workload=workload(20, 1000, 1), slo="{ttft_p95_ms: 1500, tpot_p95_ms: 5}", confidence=0.6)
    assert cost(bound) <= cost(free)
