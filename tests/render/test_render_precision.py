"""What pages say of formats and quality."""

from pathlib import Path

from planner.plan.record import Plan, Pool, Quality, read_plan
from planner.render.table import format_words, plan_table, quality_facts

CHAT = Path(__file__).parent / "plans" / "chat.json"


def plan() -> Plan:
    return read_plan(CHAT.read_bytes())


def pool(**changes: object) -> Pool:
    return plan().workloads[0].pools[0].model_copy(update=changes)


def test_a_pool_in_one_format_names_it() -> None:
    assert format_words(pool(weight_format="fp8", kv_format="bf16")) == "FP8 weights, BF16 KV cache"


def test_modules_in_other_formats_stand_behind_the_headline() -> None:
    modules = {"attention": "fp8", "dense_mlp": "w4a16", "embedding": "bf16", "head": "bf16", "shared_expert": "fp8"}
    mixed = pool(weight_format="w4a16", kv_format="bf16", module_formats=modules)
    words = "W4A16 weights (attention, shared expert in FP8; embedding, head in BF16), BF16 KV cache"
    assert format_words(mixed) == words


def test_quality_says_the_careful_end_the_range_and_how_many_models() -> None:
    kept = Quality(recovery=0.9893, range=(0.987, 0.998), models=6)
    ((name, words),) = quality_facts(pool(quality=kept))
    assert name == "quality"
    assert words == "keeps 0.989 of the 16-bit score (evaluations of at least 6 models: 0.987 to 0.998)"


def test_unknown_quality_names_the_format() -> None:
    ((_, words),) = quality_facts(pool(quality=Quality(unknown=("w4a8",))))
    assert words == "not known: no evaluation of w4a8"


def test_sixteen_bits_say_nothing_of_quality() -> None:
    assert quality_facts(pool(quality=None)) == []
    assert "\n  quality " not in plan_table(plan())
