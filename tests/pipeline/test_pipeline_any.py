"""Any right specification is answered, and no answer is objected to; what broke once is kept."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from planner import SpecError, solve
from planner.plan.record import read_plan
from planner.review.verify import spec_of, verify
from planner.spec.document import parse_document
from planner.spec.loader import read_spec
from tests import reviewed
from tests.pipeline.specifications import specification

REFUSED = ("known but not built yet", "is no rate without an SLO", "none of these stands in the common limits")
"""What may be wrong with a specification whose parts are all right."""
LIMIT_S = 3.0
FOUND = {
    # short prompts share the steps that stop decoding: TPOT falls where more requests come
    "a dip in TPOT": {
        "model": "deepseek-ai/DeepSeek-V3",
        "workload": {"requests_per_s": 716, "input_tokens": 45, "output_tokens": 17},
        "slo": {"tpot_p90_ms": 59.06}, "formats": ["fp8-block"], "engine": "sglang",
        "limits": {"providers": ["ovhcloud", "jarvis-labs", "gcp"]},
    },
    "requests in flight beside a bound on TPOT alone": {
        "model": "Qwen/Qwen3-0.6B",
        "workload": {"concurrency": 328.0, "input_tokens": 502.7, "output_tokens": 9.711},
        "slo": {"tpot_p95_ms": 62.03}, "kv_formats": ["bf16"], "limits": {"regions": ["us-east1"]},
    },
    "requests in flight at the edge of what is sustained": {
        "model": "meta-llama/Meta-Llama-3.1-70B",
        "workload": {"concurrency": 170.7, "input_tokens": 43.12, "output_tokens": 12.77},
        "slo": {"ttft_p90_ms": 3597.0},
    },
    "starts of units that cost next to nothing": {
        "model": "meta-llama/Meta-Llama-3.1-8B",
        "workload": {
            "demand": {"hourly_requests_per_s": [20, 0] * 12, "scaling": {"start_up_s": 8.864}},
            "input_tokens": 100, "output_tokens": 76,
        },
        "limits": {"tenancy": ["shared", "marketplace"]},
    },
}  # fmt: skip


def answered(tree: Any) -> str | None:
    """Solve a request and have its plan checked twice; ``None`` where it is refused for what is not built."""
    catalog = reviewed.catalog()
    try:
        spec = read_spec(parse_document(json.dumps(tree).encode(), "s.yaml"), Path("none"), catalog=catalog)
    except SpecError as error:
        if all(any(words in problem for words in REFUSED) for problem in error.problems):
            return None
        raise
    plan = read_plan(solve(spec, catalog=catalog, time_limit_s=LIMIT_S).model_dump_json())
    assert verify(plan, spec, catalog) == ()
    assert verify(plan, spec_of(plan, Path("none"), "plan", catalog), catalog) == ()
    assert plan.status != "infeasible" or plan.clash, tree
    return plan.status


@pytest.mark.parametrize("name", FOUND)
def test_what_broke_once(name: str) -> None:
    assert answered(FOUND[name]) in {"optimal", "feasible"}


@pytest.mark.parametrize("seed", range(12))
def test_any_right_specification_is_answered(seed: int) -> None:
    answered(specification(Random(seed), reviewed.catalog()))


def test_specifications_differ_and_use_every_section() -> None:
    drawn = [specification(Random(seed), reviewed.catalog()) for seed in range(60)]
    assert {key for tree in drawn for key in tree} >= {
        "apart", "confidence", "energy", "engine", "limits", "model", "objective", "overheads", "owned", "prices",
        "seed", "workload", "workloads",
    }  # fmt: skip
