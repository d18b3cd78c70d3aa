"""The page that people read: its text word for word, at several widths, with hostile names, and when infeasible."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan.figures import Evidence, Memory
from planner.plan.record import Plan, read_plan
from planner.render.sections import memory_bar
from planner.render.sentences import clash_words, decision, layout_words
from planner.render.table import plan_table

HERE = Path(__file__).parent
HOSTILE = "\x1b[31mred\x1b[0m\x07\u202e [bold]x[/bold]\n\nsecond line\x9b2J"
UNBREAKABLE = re.compile(r"\S{30,}")


def plan_of(name: str) -> Plan:
    return read_plan((HERE / "plans" / f"{name}.json").read_text(encoding="utf-8"))


def renamed(plan: Plan, name: str) -> Plan:
    """The plan with every free text replaced."""
    workload = plan.workloads[0]
    texts = dict.fromkeys(("offer", "provider", "accelerator", "accelerator_name", "engine"), name)
    pools = tuple(pool.model_copy(update={**texts, "regions": (name,)}) for pool in workload.pools)
    runner = plan.explanation.runner_up
    explanation: dict[str, Any] = {"why": (name,), "runner_up": runner and runner.model_copy(update=texts)}
    return plan.model_copy(
        update={
            "workloads": (workload.model_copy(update={"name": name, "model": name, "pools": pools}),),
            "evidence": tuple(item.model_copy(update={"what": name, "source": name}) for item in plan.evidence),
            "explanation": plan.explanation.model_copy(update=explanation),
            "notes": (name,),
        }
    )


@pytest.mark.parametrize("name", ["chat", "infeasible"])
@pytest.mark.parametrize("width", [80, 60])
def test_the_page_is_word_for_word_what_it_was(name: str, width: int) -> None:
    golden = (HERE / "golden" / f"{name}-{width}.txt").read_text(encoding="utf-8")
    assert plan_table(plan_of(name), width=width) == golden


@pytest.mark.parametrize("name", ["chat", "infeasible"])
@pytest.mark.parametrize("width", [60, 72, 80, 100, 120])
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    wide = [line for line in plan_table(plan_of(name), width=width).splitlines() if len(line) > width]
    assert not [line for line in wide if not UNBREAKABLE.search(line)]


def test_a_piped_page_is_plain_ascii() -> None:
    page = plan_table(plan_of("chat"), width=80)
    assert page.isascii()
    assert not re.search(r"[^\n -~]", page)
    assert not [line for line in page.splitlines() if line != line.rstrip()]


def test_colours_change_no_letter() -> None:
    plain, coloured = (plan_table(plan_of("chat"), width=80, colour=colour) for colour in (False, True))
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert "\x1b[1m" in coloured
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()


def test_the_first_sentence_is_the_decision() -> None:
    assert decision(plan_of("chat")) == (
        "2 x (4 x H100 SXM 80GB, TP 4) of hyperstack, FP8 weights, serve chat: "
        "0.133 USD per million tokens, 21.5 USD/h, proven optimal."
    )


def test_a_plan_that_is_not_proven_says_how_near_it_is() -> None:
    plan = plan_of("chat")
    near = plan.model_copy(update={"status": "feasible", "objective": plan.objective.model_copy(update={"gap": 0.032})})
    assert decision(near).endswith("within 3.2 % of the proven bound.")


def test_several_workloads_are_counted_in_the_decision_and_shown_apart() -> None:
    plan = plan_of("chat")
    second = plan.workloads[0].model_copy(update={"name": "rag"})
    both = plan.model_copy(update={"workloads": (plan.workloads[0], second)})
    assert decision(both).startswith("8 accelerators serve 2 workloads: ")
    page = plan_table(both)
    assert "\nchat: meta-llama" in page
    assert "\nrag: meta-llama" in page


def test_each_of_several_pools_is_shown() -> None:
    plan = plan_of("chat")
    workload = plan.workloads[0].model_copy(update={"pools": plan.workloads[0].pools * 2})
    page = plan_table(plan.model_copy(update={"workloads": (workload,)}))
    assert "Pool 1 of chat" in page
    assert "Pool 2 of chat" in page


def test_units_that_pools_share_are_said_to_be_shared() -> None:
    plan = plan_of("chat")
    pool = plan.workloads[0].pools[0].model_copy(update={"units": None})
    workload = plan.workloads[0].model_copy(update={"pools": (pool,)})
    assert "a share of units of 8 accelerators" in plan_table(plan.model_copy(update={"workloads": (workload,)}))


def test_no_answer_in_time_is_said() -> None:
    plan = plan_of("infeasible").model_copy(update={"status": "unknown", "clash": None, "relaxations": None})
    assert plan_table(plan).startswith("No answer: the time limit was reached")


def test_one_clashing_group_and_several_read_as_sentences() -> None:
    assert clash_words(("memory",)).endswith("the memory of the accelerators alone rules out every one.")
    assert clash_words(("ttft", "limits.max_usd_per_h", "demand")).endswith(
        "the bound on TTFT, the budget and the demand cannot hold together."
    )
    assert "frequency" in clash_words(("frequency", "ttft"))


def test_names_cannot_command_the_terminal() -> None:
    page = plan_table(renamed(plan_of("chat"), HOSTILE), width=80)
    assert not re.search(r"[^\n -~]", page)
    assert "[bold]" in page


def test_a_page_is_as_wide_as_asked_whatever_stands_in_it() -> None:
    page = plan_table(renamed(plan_of("chat"), "word " * 60), width=60)
    assert max(map(len, page.splitlines())) <= 60


def test_layouts_name_only_what_is_split() -> None:
    pool = plan_of("chat").workloads[0].pools[0]
    wide = pool.model_copy(update={"pipeline_parallel": 2, "expert_parallel": 8, "attention_data_parallel": 4})
    assert layout_words(pool) == "TP 4"
    assert layout_words(wide) == "TP 4, PP 2, EP 8, attention DP 4"


part = st.floats(min_value=0.0, max_value=500.0)


@given(part, part, part, part, st.floats(min_value=1.0, max_value=300.0), st.integers(10, 120))
def test_the_memory_bar_has_one_width_and_marks_what_is_missing(
    weights: float, kv_cache: float, activations: float, overhead: float, usable: float, width: int
) -> None:
    memory = Memory(weights=weights, kv_cache=kv_cache, activations=activations, overhead=overhead, usable=usable)
    sizes = {"weights": weights, "kv_cache": kv_cache, "activations": activations, "overhead": overhead}
    bar = memory_bar(sizes, memory.usable, width)
    assert len(bar) == max(min(width, 60), 12)
    cell = max(sum(sizes.values()), memory.usable) / (len(bar) - 2)
    assert abs(bar.count("!") * cell - max(sum(sizes.values()) - memory.usable, 0.0)) <= cell
    assert abs(bar.count(".") * cell - max(memory.usable - sum(sizes.values()), 0.0)) <= cell


def test_a_source_is_cut_to_one_line_and_what_one_thing_owns_names_it_once() -> None:
    evidence = [
        Evidence(what=f"h100 {key}", basis="datasheet", source="word " * 60, checked=date(2026, 11, 23))
        for key in ("memory_gb", "peak")
    ]
    page = plan_table(plan_of("chat").model_copy(update={"evidence": tuple(evidence)}), width=60)
    shown = page.partition("Evidence\n")[2].partition("\n\n")[0].splitlines()
    assert shown[0] == "  - h100 memory_gb, peak: datasheet, checked 2026-11-23"
    assert len(shown) == 2
    assert shown[1].endswith("...")


def test_a_bound_column_stands_only_where_something_is_asked() -> None:
    plan = plan_of("chat")
    free = plan.workloads[0].model_copy(update={"slo": {}})
    assert "asked" in plan_table(plan)
    assert "asked" not in plan_table(plan.model_copy(update={"workloads": (free,)}))


def test_a_nameless_workload_is_called_by_its_model() -> None:
    plan = plan_of("chat")
    nameless = plan.workloads[0].model_copy(update={"name": "default"})
    assert "default" not in plan_table(plan.model_copy(update={"workloads": (nameless,)}))
    assert "\ndefault: " in plan_table(plan.model_copy(update={"workloads": (nameless, plan.workloads[0])}))
