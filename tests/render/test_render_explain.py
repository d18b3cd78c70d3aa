"""An explanation on paper: within its width, harmless, and the same facts as Markdown."""

import json
from datetime import date
from typing import Any

import pytest

from planner.plan.explanation import (
    Change,
    Explained,
    Flip,
    Held,
    Miss,
    Nearest,
    Need,
    Outcome,
    Piece,
    Relaxed,
    Rival,
    Served,
    Shadow,
    explanation_json_schema,
)  # fmt: skip
from planner.plan.record import Demand
from planner.plan.tool import Tool
from planner.render.document import document_json
from planner.render.explain import explanation_markdown, explanation_table
from planner.render.reasons import all_sentences

jsonschema = pytest.importorskip("jsonschema")


def piece(**changes: Any) -> Piece:
    facts: dict[str, Any] = {
        "workload": "default", "offer": "o/one", "purchase": "on_demand", "provider": "o", "accelerator": "a",
        "accelerator_name": "Fast A", "tensor_parallel": 2, "weight_format": "fp8", "kv_format": "bf16",
        "engine": "vllm", "replicas": 3, "accelerators": 6,
    }  # fmt: skip
    return Piece(**(facts | changes))


def outcome(value: float, **changes: Any) -> Outcome:
    return Outcome(pieces=(piece(**changes),), value=value, usd_per_h=value * 10, usd_per_mtok=value)


def change(key: str, start: float, to: float, unit: str, value: float) -> Change:
    return Change(key=key, start=start, last=start, to=to, unit=unit, then=outcome(value, offer="o/two"))


def explained(**changes: Any) -> Explained:
    loser = Rival(
        workload="default", kind="accelerator", name="b", title="Slow B", wins=False, times_the_value=1.5,
        best=outcome(0.3, accelerator="b"),
        needs=(
            Need(of="price", key="price of o/b", start=3.0, to=1.99, unit="USD/h"),
            Need(of="bandwidth", key="memory bandwidth of b", start=1000.0, tried_to=8000.0, unit="GB/s"),
            Need(of="tpot", key="slo.tpot_p95_ms", start=50.0, to=90.0, unit="ms"),
        ),
    )  # fmt: skip
    winner = Rival(workload="default", kind="accelerator", name="a", title="Fast A", wins=True, best=outcome(0.2))
    missing = Miss(group="ttft", value=120.0, limit=80.0, unit="ms")
    absent = Rival(workload="default", kind="accelerator", name="c", title="C", wins=False, misses=missing)
    facts: dict[str, Any] = {
        "status": "optimal",
        "objective": "usd_per_mtok",
        "workloads": (Served(name="default", model="m", demand=Demand(requests_per_s=1.0)),),
        "chosen": outcome(0.2),
        "held": (
            Held(workload="default", by="tpot", statistic="p95", requests_per_s=2.5, value_ms=41.0, limit_ms=50.0),
        ),
        "shadows": (
            Shadow(
                key="slo.tpot_p95_ms", stated=50.0, unit="ms", without=outcome(0.1),
                loosened=change("slo.tpot_p95_ms", 50.0, 55.0, "ms", 0.15),
            ),
            Shadow(key="limits.max_accelerators", stated=8.0, unit="accelerators"),
        ),
        "rivals": (winner, loser, absent),
        "flips": (
            Flip(
                of="demand", key="workload.requests_per_s", up=True, start=1.0, unit="requests/s", tried_to=10.0,
                change=change("workload.requests_per_s", 1.0, 4.0, "requests/s", 0.18), changes=("offer", "kv_format"),
            ),
            Flip(
                of="ttft", key="slo.ttft_p95_ms", up=False, start=900.0, unit="ms", tried_to=180.0,
                infeasible_from=210.0,
            ),
        ),
        "solved": 42,
        "tool": Tool(version="1", catalog_date=date(2026, 11, 23)),
    }  # fmt: skip
    return Explained(**(facts | changes))


REFUTED = {
    "status": "infeasible",
    "chosen": None,
    "held": (),
    "shadows": (),
    "rivals": (),
    "flips": (),
    "clash": ("ttft", "limits.max_usd_per_h"),
    "relaxations": (Relaxed(group="ttft", start=300.0, to=412.0, unit="ms", then=outcome(0.5)),),
    "nearest": (Nearest(piece=piece(replicas=1), misses=Miss(group="ttft", value=350.0, limit=240.0, unit="ms")),),
}


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("answer", [explained(), explained(**REFUTED)], ids=["found", "refuted"])
def test_no_line_is_wider_than_the_page(answer: Explained, width: int) -> None:
    text = explanation_table(answer, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "  - \n" not in text


def test_every_fact_is_said() -> None:
    said = " ".join(all_sentences(explained()))
    for words in (
        "3 x (2 x Fast A, TP 2) of o in FP8, BF16 KV cache: 0.2 USD per million tokens, 2 USD/h, proven optimal.",
        "TPOT p95: a replica carries 2.5 requests/s",
        "slo.tpot_p95_ms (50 ms) binds: from 55 ms (10 % more) on it is 0.15 USD per million tokens, 25 % less",
        "without it 0.1 USD per million tokens, 50 % less",
        "Nothing is gained without limits.max_accelerators (8 accelerators).",
        "1.5x",
        "would win at 1.99 USD/h (34 % less than 3) or with tpot_p95_ms 90 (50 asked)",
        "no memory bandwidth up to 8 times today's would do",
        "Ruled out by the bound on TTFT: C; nearest C, 120 ms at the lightest load where 80 would do",
        "the choice stays up to 1, at 4 another offer and KV-cache format wins",
        "slo.ttft_p95_ms (900 ms): the choice stays down to 210, where no plan is left.",
    ):
        assert words in said, words


def test_an_infeasible_request_names_clash_relaxation_and_what_does_not_help_alone() -> None:
    text = " ".join(explanation_table(explained(**REFUTED)).split())
    assert text.startswith("No plan meets the request: the bound on TTFT and the budget cannot hold together.")
    assert "ttft: 300 -> 412 ms: then 3 x (2 x Fast A, TP 2) of o" in text
    assert "Relaxing the budget alone does not help" in text
    assert "350 ms at the lightest load where 240 would do" in text


def test_names_reach_neither_terminal_nor_markdown_unescaped() -> None:
    evil = "x\x1b[31m|<b>`"
    answer = explained(chosen=outcome(0.2, provider=evil, accelerator_name=evil), notes=(evil,))
    assert "\x1b" not in explanation_table(answer)
    marked = explanation_markdown(answer)
    assert "\x1b" not in marked
    assert "<b>" not in marked.replace("\\<b\\>", "")


def test_markdown_has_the_sections_of_the_table() -> None:
    text = explanation_markdown(explained())
    for title in ("What holds a replica", "What the limits cost", "The best of each accelerator", "Where the choice"):
        assert f"## {title}" in text
    assert "| Slow B | 0.3 | 1.5x |" in text


def test_the_document_follows_its_schema_and_is_read_back() -> None:
    for answer in (explained(), explained(**REFUTED)):
        text = document_json(answer)
        jsonschema.validate(json.loads(text), explanation_json_schema())
        assert Explained.model_validate_json(text) == answer
