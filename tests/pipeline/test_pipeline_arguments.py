"""What is wrong with a call is said by name, as an error of planner's own: no other exception, no silent default."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import PlannerError, SpecError, estimate, solve
from tests import reviewed

MODEL = "meta-llama/Meta-Llama-3.1-8B"
WRONG: list[dict[str, Any]] = [
    {"concurrency": 0},
    {"concurrency": -1},
    {"concurrency": 1.5},
    {"concurrency": float("nan")},
    {"concurrency": "8"},
    {"input_tokens": 0},
    {"input_tokens": float("inf")},
    {"output_tokens": float("nan")},
    {"output_tokens": 1e12},
    {"tensor_parallel": 0},
    {"tensor_parallel": "2"},
    {"tensor_parallel": 3},
    {"pipeline_parallel": 2.5},
    {"engine": 7},
    {"weight_format": "fp9"},
]


@pytest.mark.parametrize("arguments", WRONG, ids=str)
def test_a_wrong_argument_is_named(arguments: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as caught:
        estimate(MODEL, "l40s", catalog=reviewed.catalog(), **arguments)
    (name,) = arguments
    assert name in str(caught.value).replace("-", "_")


def test_an_unknown_argument_gets_the_nearest_and_all_come_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        estimate(MODEL, "l40s", catalog=reviewed.catalog(), concurrency=0, tensor_paralel=2)
    assert len(caught.value.problems) == 2
    assert "did you mean 'tensor_parallel'?" in caught.value.problems[1]


def test_requests_beyond_the_context_are_refused() -> None:
    with pytest.raises(SpecError, match="exceed the context of 131072 tokens"):
        estimate(MODEL, "l40s", catalog=reviewed.catalog(), input_tokens=131_000, output_tokens=1_000)


@pytest.mark.parametrize("limit", [-1.0, float("nan"), float("inf")])
def test_a_time_limit_is_a_time(limit: float) -> None:
    with pytest.raises(SpecError, match="time_limit_s"):
        solve(reviewed.request(), catalog=reviewed.catalog(), time_limit_s=limit)


ANY = st.one_of(st.integers(-2, 70000), st.floats(), st.text(max_size=4), st.none())
CALLS = st.dictionaries(
    st.sampled_from(
        ["concurrency", "input_tokens", "output_tokens", "tensor_parallel", "expert_parallel", "engine", "kv_format"]
    ),
    ANY,
    max_size=2,
)


@given(CALLS)
def test_any_call_is_answered_or_refused(arguments: dict[str, Any]) -> None:
    try:
        fits = estimate(MODEL, "h100-sxm-80gb", catalog=reviewed.catalog(), **arguments).fits
    except PlannerError as error:
        fits = bool(str(error))
    assert fits in {True, False}
