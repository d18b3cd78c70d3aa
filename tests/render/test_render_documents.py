"""A plan for programs and for tickets: JSON, YAML, CSV, Markdown."""

import csv
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from planner.plan.record import Plan, read_plan
from planner.render.document import CSV_FIELDS, document_json, document_yaml, plan_csv
from planner.render.markdown import plan_markdown
from planner.render.plain import markdown_text, plain
from planner.render.yaml import yaml_text

HERE = Path(__file__).parent
NAMES = ("chat", "infeasible")


def plan_of(name: str) -> Plan:
    return read_plan((HERE / "plans" / f"{name}.json").read_text(encoding="utf-8"))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def read_yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("name", NAMES)
def test_json_is_the_document_and_a_last_newline(name: str) -> None:
    plan = plan_of(name)
    assert document_json(plan) == plan.model_dump_json() + "\n"
    assert json.loads(document_json(plan)) == json.loads((HERE / "plans" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_yaml_says_what_json_says_in_the_same_order(name: str) -> None:
    plan = plan_of(name)
    loaded = read_yaml(document_yaml(plan))
    assert loaded == json.loads(document_json(plan))
    assert list(loaded) == list(json.loads(document_json(plan)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=6), json_values, max_size=4))
def test_any_text_survives_yaml(data: dict[str, Any]) -> None:
    assert read_yaml(yaml_text(data)) == data


def test_yaml_holds_no_byte_that_a_terminal_obeys() -> None:
    text = yaml_text({"name": "\x1b[31m\x9b2J\u202e"})
    assert not re.search(r"[^\n -~]", text)


def test_csv_has_one_row_a_pool() -> None:
    plan = plan_of("chat")
    workload = plan.workloads[0].model_copy(update={"pools": plan.workloads[0].pools * 2})
    rows = rows_of(plan_csv(plan.model_copy(update={"workloads": (workload,)})))
    assert len(rows) == 2
    assert rows[0]["workload"] == "chat"
    assert rows[0]["tensor_parallel"] == "4"
    assert float(rows[0]["ttft_ms"]) == 400.0
    assert float(rows[0]["usd_per_h"]) == 21.5


def test_csv_of_an_infeasible_answer_still_says_its_status() -> None:
    rows = rows_of(plan_csv(plan_of("infeasible")))
    assert [(row["status"], row["offer"]) for row in rows] == [("infeasible", "")]
    assert tuple(rows[0]) == CSV_FIELDS


def test_markdown_has_the_sections_of_the_page() -> None:
    text = plan_markdown(plan_of("chat"))
    assert re.findall(r"^(#+ [^:\n]+)", text, flags=re.MULTILINE) == [
        "# 2 x (4 x H100 SXM 80GB, TP 4) of hyperstack, FP8 weights, serve chat",
        "## chat",
        "### Pool 1",
        "## Money",
        "## Why",
        "## Evidence",
        "## Notes",
    ]


def test_markdown_of_an_infeasible_answer_names_clash_and_relaxations() -> None:
    text = plan_markdown(plan_of("infeasible"))
    assert "## Cannot hold together" in text
    assert r"- ttft: 300 -\> 412 ms, then 0.52 USD per million tokens" in text
    assert r"| ttft_p95_ms | 300 |" in text


def test_every_row_of_a_markdown_table_has_the_cells_of_its_header() -> None:
    plan = plan_of("chat")
    pool = plan.workloads[0].pools[0].model_copy(update={"offer": "a|b", "provider": "x\n|y|", "engine": "`e`"})
    workload = plan.workloads[0].model_copy(update={"pools": (pool,)})
    text = plan_markdown(plan.model_copy(update={"workloads": (workload,)}))
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert len(tables) == 4
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _it_", r"\*bold\* \_it\_"),
        ("max_num_seqs", "max_num_seqs"),
        ("<b>&lt;", r"\<b\>\&lt;"),
        ("[text](http://x)", r"\[text\](http://x)"),
        ("- item", r"\- item"),
        ("1. item", r"\1. item"),
        ("a\nb", "a b"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_markdown_shows_names_letter_by_letter(text: str, shown: str) -> None:
    assert markdown_text(text) == shown


@given(st.text())
def test_plain_text_is_one_line_without_control_characters(text: str) -> None:
    shown = plain(text)
    assert shown.isprintable()
    assert "\n" not in shown
    assert plain(shown) == shown
