"""Gates: the language, its units, its refusals, and what a plan without a value does to them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import SpecError
from planner.review.gates import judge, read_gate
from planner.review.metrics import METRICS, Value, metrics
from tests import reviewed

TODAY = date(2026, 11, 23)
BLANK: dict[str, Value] = dict.fromkeys(METRICS)
NUMBERS: dict[str, Value] = {
    **BLANK,
    "usd_per_h": 10.0,
    "usd_per_mtok": 0.5,
    "gap": 0.02,
    "price_age": 61.0,
    "ttft_p95_ms": 1500.0,
    "basis": frozenset({"datasheet", "estimated"}),
    "infeasible": False,
}


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("usd_per_mtok > 0.60", False),
        ("usd_per_mtok>0.4", True),
        ("usd_per_mtok >= 0.5", True),
        ("usd_per_mtok < 0.5", False),
        ("infeasible", False),
        ("price_age > 60d", True),
        ("price_age > 61d", False),
        ("basis == estimated", True),
        ("basis == derived", False),
        ("basis != datasheet", True),
        ("gap > 1%", True),
        ("gap > 0.03", False),
        ("ttft_p95_ms > 1.2s", True),
        ("ttft_p95_ms > 1600ms", False),
        ("usd_per_mtok > 0.4 and gap > 1%", True),
        ("usd_per_mtok > 0.4 and gap > 3%", False),
        ("usd_per_h increase > 10%", True),
        ("usd_per_h increase > 25%", False),
        ("usd_per_h increase > 1.5", True),
        ("usd_per_h decrease > 0", False),
    ],
)
def test_a_gate_fails_exactly_where_its_condition_holds(text: str, failed: bool) -> None:
    older = {**NUMBERS, "usd_per_h": 8.0}
    assert judge(read_gate(text), NUMBERS, older).failed is failed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("usd_per_hour > 1", "did you mean usd_per_h?"),
        ("cost > 1", "'cost' is no metric"),
        ("usd_per_mtok", "needs a comparison"),
        ("usd_per_mtok > cheap", "'cheap' is not a number"),
        ("usd_per_mtok > nan", "is not a number"),
        ("usd_per_mtok > 5d", "does not come in 'd'"),
        ("price_age > 60ms", "does not come in 'ms'"),
        ("infeasible > 1", "is a flag: write it alone"),
        ("infeasible increase > 1", "is a flag"),
        ("basis > derived", "compare it by == or !="),
        ("basis increase > 1%", "is a word"),
        ("> 3", "is not METRIC"),
        ("", "is not METRIC"),
        ("usd_per_h > 1 and", "is not"),
    ],
)
def test_what_is_no_gate_is_refused_with_the_way_out(text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_gate(text)
    assert said in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_a_gate_or_a_message(text: str) -> None:
    said, names = "--fail-on", set(METRICS)
    try:
        names = {term.name for term in read_gate(text).terms}
    except SpecError as error:
        said = str(error)
    assert said.startswith("--fail-on")
    assert names <= set(METRICS)


@given(st.floats(0.01, 1e4), st.floats(0.0, 3.0), st.floats(0.01, 2.0))
def test_an_increase_beyond_the_limit_fails_and_one_within_passes(before: float, grows: float, limit: float) -> None:
    gate = read_gate(f"usd_per_h increase > {100.0 * limit:.6f}%")
    after = before * (1.0 + grows)
    result = judge(gate, {**BLANK, "usd_per_h": after}, {**BLANK, "usd_per_h": before})
    if abs(grows - limit) > 1e-4:
        assert result.failed is (grows > limit)


def test_what_has_no_value_cannot_pass() -> None:
    infeasible = metrics(reviewed.plan(reviewed.SPEC, "slo.ttft_p95_ms=1"), TODAY)
    assert judge(read_gate("infeasible"), infeasible).failed
    for text in ("usd_per_mtok > 0.6", "accelerator == b200-sxm", "usd_per_h decrease > 1%"):
        result = judge(read_gate(text), infeasible, infeasible)
        assert result.failed
        assert "has no value" in result.because


def test_from_nothing_any_cost_is_an_increase() -> None:
    result = judge(read_gate("usd_per_h increase > 900%"), {**BLANK, "usd_per_h": 1.0}, {**BLANK, "usd_per_h": 0.0})
    assert result.failed


def test_every_metric_of_a_plan_has_a_value_of_its_kind() -> None:
    values = metrics(reviewed.plan(), TODAY)
    assert set(values) == set(METRICS)
    for name, metric in METRICS.items():
        value = values[name]
        if metric.kind == "flag":
            assert value is False
        elif metric.kind == "words":
            assert isinstance(value, frozenset)
            assert value or name == "region"
        elif not name.endswith("_ms"):
            assert isinstance(value, float), name
    assert values["ttft_p95_ms"] is not None
