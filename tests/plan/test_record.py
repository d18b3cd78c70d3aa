"""The plan as a document: what stands in it, what is absent, how figures are rounded, what a reader refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.errors import SpecError
from planner.plan.figures import Latency, Memory, significant
from planner.plan.record import MAX_BYTES, Objective, Plan, Relaxation, plan_json_schema, read_plan

PLANS = Path(__file__).parents[1] / "render" / "plans"
CHAT = (PLANS / "chat.json").read_text(encoding="utf-8")
INFEASIBLE = (PLANS / "infeasible.json").read_text(encoding="utf-8")
finite = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(finite)
def test_rounding_twice_is_rounding_once(value: float) -> None:
    assert significant(significant(value)) == significant(value)


@given(finite, finite)
def test_rounding_keeps_the_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert significant(low) <= significant(high)


@given(st.floats(min_value=1e-290, max_value=1e12))
def test_rounding_moves_a_figure_by_half_a_unit_of_its_sixth_digit_at_most(value: float) -> None:
    assert abs(significant(value) - value) <= 5.0001e-6 * value


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.13271234567, 0.132712), (21.5, 21.5), (1234567.8, 1234568.0), (0.0, 0.0), (999999.5, 1000000.0)],
)
def test_rounding(value: float, expected: float) -> None:
    assert significant(value) == expected


def test_there_is_no_negative_zero() -> None:
    assert str(significant(-0.0)) == "0.0"
    assert str(significant(-1e-320)) == "-1e-320"


@pytest.mark.parametrize("text", [CHAT, INFEASIBLE])
def test_a_document_read_and_written_is_the_same_document(text: str) -> None:
    plan = read_plan(text)
    written = plan.model_dump_json()
    assert json.loads(written) == json.loads(text)
    assert read_plan(written) == plan
    assert read_plan(written).model_dump_json() == written


def test_the_document_has_the_keys_of_the_contract_in_their_order() -> None:
    document = json.loads(read_plan(CHAT).model_dump_json())
    assert list(document)[:4] == ["schema", "status", "objective", "totals"]
    assert document["schema"] == 1
    assert {"workloads", "evidence", "explanation", "solver"} < set(document)
    pool = document["workloads"][0]["pools"][0]
    assert set(pool["memory_per_accelerator_gib"]) == {"weights", "kv_cache", "activations", "overhead", "usable"}
    assert set(pool["ttft_ms"]) == {"mean", "p95", "band", "basis"}


def test_what_is_not_known_is_absent_and_never_null() -> None:
    feasible, infeasible = read_plan(CHAT).model_dump_json(), read_plan(INFEASIBLE).model_dump_json()
    assert "null" not in feasible + infeasible
    assert not {"clash", "relaxations", "timing"} & set(json.loads(feasible))
    assert "totals" not in json.loads(infeasible)


def test_library_and_document_agree() -> None:
    plan = read_plan(CHAT)
    assert plan.model_dump(mode="json") == json.loads(plan.model_dump_json())
    assert plan.model_dump(mode="json", by_alias=True) == json.loads(plan.model_dump_json(by_alias=True))


def test_a_relaxation_says_from_and_to() -> None:
    relaxation = Relaxation(group="ttft", start=300.0, to=412.0, unit="ms")
    assert relaxation.model_dump() == {"group": "ttft", "from": 300.0, "to": 412.0, "unit": "ms"}


def test_figures_are_rounded_when_the_record_is_made() -> None:
    assert Objective(name="usd_per_mtok", value=0.1 + 0.2).value == 0.3
    assert Latency(mean=1 / 3, band=(0.1 + 0.2, 2 / 3), basis="calibrated").band == (0.3, 0.666667)


def test_a_reader_ignores_keys_that_a_later_version_adds() -> None:
    later: dict[str, Any] = json.loads(CHAT)
    later["flip_points"] = [1, 2]
    later["workloads"][0]["pools"][0]["carbon_g_per_h"] = 12.0
    assert read_plan(json.dumps(later)) == read_plan(CHAT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "schema None is not 1"),
        ('{"schema": 2}', "schema 2 is not 1"),
        ('{"schema": 1}', "plan: status: Field required"),
        (CHAT.replace('"optimal"', '"best"'), "plan: status: "),
        (CHAT.replace('"gap": 0.0', '"gap": NaN'), "plan: objective.gap: "),
    ],
)
def test_what_is_no_plan_is_refused_by_place(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        read_plan(text)
    assert caught.value.exit_code == 2


def test_a_figure_is_never_nan_nor_infinite() -> None:
    with pytest.raises(ValidationError):
        Memory(weights=float("nan"), kv_cache=1.0, activations=1.0, overhead=1.0, usable=1.0)
    with pytest.raises(ValidationError):
        Latency(mean=float("inf"), band=(1.0, 2.0), basis="calibrated")


def test_a_percentile_that_was_not_computed_is_none() -> None:
    latency = Latency(mean=1.0, p95=2.0, band=(0.5, 2.0), basis="calibrated")
    assert [latency.at(name) for name in ("mean", "p95", "p99")] == [1.0, 2.0, None]


def test_found_says_whether_there_is_a_plan() -> None:
    plan = read_plan(CHAT)
    found = {
        status: plan.model_copy(update={"status": status}).found for status in ("optimal", "feasible", "infeasible")
    }
    assert found == {"optimal": True, "feasible": True, "infeasible": False}


def test_the_json_schema_admits_further_keys_and_requires_the_core() -> None:
    schema = plan_json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert {"status", "objective", "workloads", "solver"} <= set(schema["required"])
    assert "schema" in schema["properties"]
    assert schema.get("additionalProperties", True) is True


def test_every_key_of_the_document_is_described_by_the_json_schema() -> None:
    schema = plan_json_schema()
    assert set(json.loads(CHAT)) | set(json.loads(INFEASIBLE)) <= set(schema["properties"])
    pool = json.loads(CHAT)["workloads"][0]["pools"][0]
    assert set(pool) <= set(schema["$defs"]["Pool"]["properties"])


def test_a_plan_is_frozen() -> None:
    plan: Plan = read_plan(CHAT)
    with pytest.raises(ValidationError):
        plan.status = "feasible"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" " * (MAX_BYTES + 1), "bytes, at most"),
        ("[" * 100_000, "nested too deeply"),
        ("{", "not JSON"),
    ],
)
def test_what_is_no_plan_is_refused_before_it_costs_anything(text: str, expected: str) -> None:
    with pytest.raises(SpecError, match=expected):
        read_plan(text)
