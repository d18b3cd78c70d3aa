"""Claims that the field repeats, as docs/economics.md decides them: on ranges, for prices and factors move."""

from functools import cache
from pathlib import Path

import pytest

from planner.economics.api import listed_price
from planner.economics.breakeven import breakeven
from planner.economics.current import load_current
from planner.economics.levers import levers
from planner.pipeline import estimate, solve
from planner.plan.breakeven import Breakeven
from planner.plan.levers import Option
from planner.plan.record import Plan, Pool
from planner.spec.loader import load_spec
from tests.pipeline.requests import LLAMA_70B, catalog

DOCS = Path(__file__).parents[2] / "docs"
CHAT, ASSISTANT = "llama-70b-chat", "llama-8b-assistant"
H100_ID = "h100-sxm-80gb"
H100 = f"limits.accelerators=[{H100_ID}]"
CARDS = "limits.accelerators=[l40, a100-sxm-80gb, h100-sxm-80gb, h200-sxm-141gb, b200-sxm]"


@cache
def planned(example: str, *overrides: str) -> Plan:
    plan = solve(
        load_spec(DOCS / "examples" / f"{example}.yaml", overrides=overrides, catalog=catalog()), catalog=catalog()
    )
    assert plan.found
    return plan


def pool(example: str, *overrides: str) -> Pool:
    return planned(example, *overrides).workloads[0].pools[0]


def price(example: str, *overrides: str) -> float:
    totals = planned(example, *overrides).totals
    assert totals is not None
    return totals.usd_per_mtok


def against(api: str, *overrides: str) -> Breakeven:
    asked = load_spec(DOCS / "examples" / f"{ASSISTANT}.yaml", overrides=overrides, catalog=catalog())
    found = breakeven(asked, listed_price(api, 1000), catalog=catalog())
    assert found is not None
    return found


@cache
def deployment() -> dict[str, Option]:
    read = load_current(DOCS / "deployments" / "llama-70b-static.yaml", catalog=catalog())
    return {option.lever: option for option in levers(*read, catalog=catalog()).options}


def test_continuous_batching_fills_what_a_batch_limit_leaves_empty() -> None:
    today, batching = deployment()["as it is"], deployment()["batching"]
    could = batching.utilisation * batching.replicas / today.replicas
    assert 0.15 < could < 0.5
    assert 0.6 < batching.utilisation <= 0.9
    assert 0.4 < batching.saving < 0.8
    assert 0.8 < pool(CHAT, "workload.requests_per_s=100").utilisation <= 0.9


@pytest.mark.parametrize(("held", "low", "high"), [("fp8", 1.85, 2.0), ("w4a16", 3.2, 4.0)])
def test_fewer_bits_take_nearly_as_much_less_memory(held: str, low: float, high: float) -> None:
    sizes = [
        estimate(LLAMA_70B, "h200-sxm-141gb", catalog=catalog(), tensor_parallel=2, weight_format=name)
        for name in ("bf16", held)
    ]
    wide, narrow = (each.memory_per_accelerator_gib.weights for each in sizes)
    assert low < wide / narrow < high


def test_eight_bits_save_most_where_a_smaller_machine_becomes_enough() -> None:
    everywhere = price(CHAT, "formats=[fp8]") / price(CHAT, "formats=[bf16]")
    assert 0.25 < everywhere < 0.55
    rate = "workload.requests_per_s=100"
    h100s = price(CHAT, "formats=[fp8]", H100, rate) / price(CHAT, "formats=[bf16]", H100, rate)
    assert 0.45 < h100s < 0.75


def test_four_bits_that_compute_in_sixteen_save_nothing_at_load() -> None:
    rate = "workload.requests_per_s=100"
    ratio = price(CHAT, "formats=[w4a16]", H100, rate) / price(CHAT, "formats=[bf16]", H100, rate)
    assert 0.75 < ratio < 1.35


def test_two_million_tokens_a_day_hold_for_a_premium_api_and_a_nearly_empty_machine() -> None:
    premium, cheap = against("openai/gpt-4o").breakeven, against("openai/gpt-4o-mini").breakeven
    assert premium is not None
    assert cheap is not None
    assert 1e6 < premium.tokens_per_day < 5e6
    assert premium.utilisation < 0.1
    assert 8 * premium.tokens_per_day < cheap.tokens_per_day < 200e6
    large = against("openai/gpt-4o", f"model={LLAMA_70B}").breakeven
    assert large is not None
    assert 3 * premium.tokens_per_day < large.tokens_per_day < 60e6
    first = against("openai/gpt-4o-mini", f"model={LLAMA_70B}").first_crossing
    assert first is not None
    assert 5 * large.tokens_per_day < first.tokens_per_day < 1e9


def test_forty_seven_thousand_a_month_become_eight_for_a_model_between() -> None:
    asked = ("workload.tokens_per_day=6.15e9", "limits.max_utilisation=0.9")
    bills = {}
    for model in ("meta-llama/Meta-Llama-3.1-8B", "Qwen/Qwen2.5-14B-Instruct", "Qwen/Qwen2.5-32B-Instruct", LLAMA_70B):
        own = against("openai/gpt-4o-mini", *asked, f"model={model}").at_request
        assert own is not None
        assert 44_000 < own.api_usd_per_month < 50_000
        bills[model] = own.self_usd_per_month
    small, medium, larger, largest = bills.values()
    assert small < 8_000
    assert medium < 12_000
    assert medium < larger < 20_000
    assert 16_000 < largest < 47_000


def test_reserved_machines_alone_are_no_cheaper_and_the_claim_holds_for_a_model_between() -> None:
    asked = ("workload.tokens_per_day=6.15e9", "limits.max_utilisation=0.9", "model=Qwen/Qwen2.5-14B-Instruct")
    rented, reserved = (
        against("openai/gpt-4o-mini", *asked, f"prices.purchase={ways}").at_request
        for ways in ("[on_demand]", "[reserved_1y, reserved_3y]")
    )
    assert rented is not None
    assert reserved is not None
    assert 4_000 < rented.self_usd_per_month <= reserved.self_usd_per_month < 13_000


def test_one_h200_holds_70b_in_fp8_alone() -> None:
    def admitted(accelerator: str, held: str) -> int:
        asked = {"weight_format": held, "input_tokens": 1024, "output_tokens": 1024}
        return estimate(LLAMA_70B, accelerator, catalog=catalog(), **asked).max_concurrency  # type: ignore[arg-type]

    assert admitted("h200-sxm-141gb", "fp8") > 60
    assert admitted("h100-sxm-80gb", "fp8") < 8
    assert admitted("h200-sxm-141gb", "bf16") == 0


@pytest.mark.parametrize("model", ["meta-llama/Llama-2-7b-hf", "meta-llama/Llama-2-13b-hf"])
def test_small_models_are_cheaper_on_small_cards_only_while_one_is_enough(model: str) -> None:
    def won(rate: float) -> str:
        asked = (f"model={model}", "workload.tokens_per_day=null", f"workload.requests_per_s={rate}", CARDS)
        return pool(ASSISTANT, *asked).accelerator

    assert won(0.3) in {"l40", "a100-sxm-80gb"}
    assert won(20) in {"h100-sxm-80gb", "b200-sxm", "h200-sxm-141gb"}


@pytest.mark.parametrize("model", ["meta-llama/Llama-2-7b-hf", "meta-llama/Llama-2-13b-hf"])
def test_at_scale_a100s_cost_more_than_h100s(model: str) -> None:
    asked = (f"model={model}", "workload.tokens_per_day=null", "workload.requests_per_s=20")
    a100s, h100s = (price(ASSISTANT, *asked, f"limits.accelerators=[{name}]") for name in ("a100-sxm-80gb", H100_ID))
    assert 1.3 < a100s / h100s < 5.0


def test_tensor_parallel_for_latency() -> None:
    found = pool(CHAT, "slo.tpot_p95_ms=14", "workload.requests_per_s=1", H100, "formats=[bf16]")
    assert (found.tensor_parallel, found.pipeline_parallel) == (8, 1)


def test_pipeline_parallel_across_nodes_offline() -> None:
    asked = ("model=meta-llama/Meta-Llama-3.1-405B", "slo=null", "workload.tokens_per_day=2e9", H100, "formats=[bf16]")
    found = pool(ASSISTANT, *asked)
    assert found.pipeline_parallel >= 2
    assert found.tensor_parallel <= 8
    assert found.tensor_parallel * found.pipeline_parallel > 8


def test_replicas_for_a_small_model_at_high_concurrency() -> None:
    found = pool("llama-8b-high-concurrency")
    assert found.tensor_parallel == found.pipeline_parallel == 1
    assert found.replicas >= 2
