"""A stored plan against its request: from its own text alone, and against a changed one."""

import json
from pathlib import Path

import jsonschema
import pytest

from planner.errors import SpecError
from planner.plan.record import plan_json_schema, read_plan
from planner.review.verify import changed_keys, spec_of, verify
from tests import reviewed

TEXTS = [reviewed.SPEC, reviewed.SEVERAL]


@pytest.mark.parametrize("text", TEXTS)
def test_a_plan_holds_its_request(text: str) -> None:
    stored = read_plan(reviewed.plan(text).model_dump_json())
    again = spec_of(stored, Path(), "plan.json", reviewed.catalog())
    known = reviewed.request(text)
    assert [(w.name, w.model_id, w.slo, w.limits) for w in again.workloads] == [
        (w.name, w.model_id, w.slo, w.limits) for w in known.workloads
    ]
    assert verify(stored, again, reviewed.catalog()) == ()
    assert changed_keys(stored, known) == ()


@pytest.mark.parametrize("text", TEXTS)
def test_the_document_fits_its_schema(text: str) -> None:
    jsonschema.validate(json.loads(reviewed.plan(text).model_dump_json()), plan_json_schema())


def test_a_promise_that_was_touched_up_is_found() -> None:
    plan = reviewed.plan()
    assert plan.totals is not None
    cheaper = plan.model_copy(update={"totals": plan.totals.model_copy(update={"usd_per_h": 0.01})})
    assert verify(cheaper, reviewed.request(), reviewed.catalog())


def test_a_tighter_request_breaks_the_promise() -> None:
    tighter = reviewed.request(reviewed.SPEC, "slo.tpot_p95_ms=2")
    assert any("tpot_p95_ms" in text for text in verify(reviewed.plan(), tighter, reviewed.catalog()))
    assert changed_keys(reviewed.plan(), tighter) == ("slo.tpot_p95_ms",)


def test_a_request_for_something_else_is_said() -> None:
    (problem,) = verify(reviewed.plan(), reviewed.request(reviewed.SEVERAL), reviewed.catalog())
    assert "the specification asks for chat" in problem


def test_a_plan_without_its_input_needs_the_specification() -> None:
    bare = reviewed.plan().model_copy(update={"input": None})
    with pytest.raises(SpecError, match="does not hold its input"):
        spec_of(bare, Path(), "plan.json", reviewed.catalog())
    assert changed_keys(bare, reviewed.request()) == ()


def test_the_input_carries_overrides_and_no_clock() -> None:
    plan = reviewed.plan(reviewed.SPEC, "seed=7")
    assert plan.input is not None
    assert plan.input["seed"] == 7
    assert plan.model_dump_json() == reviewed.plan(reviewed.SPEC, "seed=7").model_dump_json()
