"""Quality as a constraint and as an objective, formats chosen by the solver, and what the plan says of them."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.candidates.precision import compute_of
from planner.candidates.quality import setting_recovery
from planner.candidates.rows import weight_formats
from planner.candidates.table import ADMITTED, FILTERS, candidates
from planner.catalog.catalog import Catalog
from planner.catalog.formats import compute_for
from planner.pipeline import solve
from planner.plan.check import check_plan
from planner.spec.loader import load_spec
from tests.pipeline.requests import LLAMA_70B, catalog, cost, request, solved, spec_of

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ALL = "[bf16, fp8, int8, w8a16, w4a16, w4a8, nvfp4]"
SMALL: dict[str, Any] = {
    "model": LLAMA_70B,
    "workload": "{requests_per_s: 1, input_tokens: 1000, output_tokens: 300}",
    "slo": "{ttft_p95_ms: 3000, tpot_p95_ms: 60}",
    "formats": None,
    "kv_formats": None,
    "limits": "{accelerators: [h100-sxm-80gb]}",
}
MOE: dict[str, Any] = SMALL | {"model": "Qwen/Qwen3-30B-A3B", "kv_formats": "[bf16]"}


def formats(**changes: Any) -> list[str]:
    plan = solved(**(SMALL | changes))
    return [pool.weight_format for pool in plan.workloads[0].pools]


def test_a_floor_of_99_per_cent_moves_the_plan_from_int4_to_fp8() -> None:
    assert formats(formats="[bf16, fp8, w4a16]", quality="{min_recovery: 0.98}") == ["w4a16"]
    assert formats(formats="[bf16, fp8, w4a16]", quality="{min_recovery: 0.99}") == ["fp8"]
    assert formats(formats="[bf16, fp8, w4a16]", quality="{min_recovery: 1}") == ["bf16"]


def test_four_bits_only_when_listed_or_when_a_floor_admits_them() -> None:
    known = catalog()

    def names(**changes: Any) -> tuple[str, ...]:
        return weight_formats(spec_of(request(**(SMALL | changes))).workloads[0], known)

    assert names() == ("bf16", "fp8")
    assert "w4a16" in names(quality="{min_recovery: 0.98}")
    assert names(formats="[fp8]", quality="{min_recovery: 0.98}") == ("fp8",)


@pytest.mark.parametrize("admit", [False, True])
def test_an_unknown_recovery_is_left_out_unless_admitted_and_said_so(admit: bool) -> None:
    unheard = replace(catalog(), quality=MappingProxyType({}))
    quality = f"{{min_recovery: 0.5, admit_unknown: {str(admit).lower()}}}"
    plan = solve(spec_of(request(**(SMALL | {"formats": "[bf16, w4a16]", "quality": quality}))), catalog=unheard)
    (pool,) = plan.workloads[0].pools
    assert pool.weight_format == ("w4a16" if admit else "bf16")
    assert (pool.quality is not None and pool.quality.unknown == ("w4a16",)) == admit
    (note,) = [note for note in plan.notes if note.startswith("No recovery is published")]
    assert ("admitted" in note) == admit


@given(st.floats(0.9, 1.0), st.floats(0.9, 1.0))
@settings(max_examples=8, deadline=None)
def test_a_stricter_floor_never_lowers_cost(first: float, second: float) -> None:
    loose, strict = sorted((first, second))
    plans = [solved(**(SMALL | {"formats": ALL, "quality": f"{{min_recovery: {f}}}"})) for f in (loose, strict)]
    assert cost(plans[0]) <= cost(plans[1]) * (1 + 1e-9)


@pytest.mark.parametrize("floor", ["0.98", "0.99"])
@pytest.mark.parametrize("accelerator", ["a100-sxm-80gb", "h100-sxm-80gb", "b200-sxm"])
def test_the_format_chosen_is_supported_and_keeps_the_floor(accelerator: str, floor: str) -> None:
    limits = f"{{accelerators: [{accelerator}]}}"
    changes = SMALL | {"formats": ALL, "quality": f"{{min_recovery: {floor}}}", "limits": limits}
    plan = solved(**changes)
    for pool in plan.workloads[0].pools:
        hardware = catalog().accelerators[pool.accelerator]
        for name in {pool.weight_format, *(pool.module_formats or {}).values()}:
            assert compute_of(catalog().formats[name], hardware, pool.engine) is not None
        kept = 1.0 if pool.quality is None else pool.quality.recovery
        assert kept is not None
        assert kept >= float(floor)
    assert not check_plan(plan, spec_of(request(**changes)), catalog())


def test_columns_below_the_floor_are_rejected_with_the_number() -> None:
    spec = spec_of(request(**(SMALL | {"formats": "[bf16, w4a16]", "quality": "{min_recovery: 0.99}"})))
    table = candidates(spec, spec.workloads[0], catalog())
    assert table.physical is not None
    coarse = table.rejected == FILTERS.index("quality")
    assert coarse.any()
    for column in coarse.nonzero()[0][:50]:
        setting = table.physical.settings[table.physical.setting[table.row[column]]]
        assert table.value[column] == pytest.approx(setting_recovery(setting, spec.workloads[0]).low)
        assert table.value[column] < table.limit[column] == 0.99
    assert not (table.requests_per_s[coarse] > 0).any()


def test_an_infeasible_floor_is_in_the_clash_with_the_nearest_that_would_do() -> None:
    limits = "{accelerators: [h100-sxm-80gb], max_accelerators: 1}"
    changes = SMALL | {"limits": limits}
    plan = solved(**changes, quality="{min_recovery: 0.995}")
    assert plan.status == "infeasible"
    assert "quality" in (plan.clash or ())
    (relaxed,) = [each for each in plan.relaxations or () if each.group == "quality"]
    assert relaxed.start == 0.995
    assert solved(**changes, quality=f"{{min_recovery: {relaxed.to}}}").found


def test_quality_as_the_first_objective_takes_sixteen_bits_and_then_the_cheapest() -> None:
    plan = solved(**(SMALL | {"formats": "[bf16, fp8, w4a16]", "objective": "[quality, usd_per_mtok]"}))
    assert (plan.objective.name, plan.objective.value) == ("quality", 0.0)
    assert [pool.weight_format for pool in plan.workloads[0].pools] == ["bf16"]
    alone = solved(**(SMALL | {"formats": "[bf16]", "kv_formats": "[bf16]"}))
    assert cost(plan) == cost(alone)


def test_the_solver_mixes_formats_by_module_where_that_pays() -> None:
    mixed = solved(**(MOE | {"formats": "[fp8, w4a16]", "limits": "{accelerators: [l4]}"}))
    plain = solved(**(MOE | {"formats": "[w4a16]", "limits": "{accelerators: [l4]}"}))
    assert cost(mixed) <= cost(plain)
    spec = spec_of(request(**(MOE | {"formats": "[fp8, w4a16]"})))
    table = candidates(spec, spec.workloads[0], catalog())
    assert table.physical is not None
    assert {s.formats.label for s in table.physical.settings} == {
        "fp8", "w4a16", "w4a16+experts", "w4a16+fp8-attention", "w4a16+head",
    }  # fmt: skip


def test_the_plan_is_the_cheapest_of_all_assignments() -> None:
    """One accelerator is enough with the best mixture, and one is not without."""
    known = catalog()
    held = known.formats["w4a16"]
    asked = SMALL | {"formats": "[fp8, w4a16]", "kv_formats": "[bf16]"}

    def narrowed(*names: str) -> Catalog:
        mixtures = {name: held.mixtures[name] for name in names}
        formats = dict(known.formats) | {"w4a16": held.model_copy(update={"mixtures": mixtures})}
        return replace(known, formats=MappingProxyType(formats))

    def of_one(few: Catalog) -> float:
        spec = spec_of(request(**asked))
        table = candidates(spec, spec.workloads[0], few)
        return float(np.max(table.requests_per_s[(table.rejected == ADMITTED) & (table.accelerators == 1)]))

    least, most = of_one(narrowed()), of_one(known)
    assert most > 1.01 * least
    rate = f"{{requests_per_s: {(least + most) / 2}, input_tokens: 1000, output_tokens: 300}}"
    spec = spec_of(request(**(asked | {"workload": rate})))

    def cost_with(few: Catalog) -> float:
        plan = solve(spec, catalog=few)
        assert check_plan(plan, spec, few) == ()
        return cost(plan)

    notes = solve(spec, catalog=narrowed("fp8-attention")).notes
    assert any(f"checkpoint of {LLAMA_70B} with attention in FP8: 4-bit weights" in note for note in notes)
    assert cost_with(known) == min(cost_with(narrowed(name)) for name in held.mixtures) < cost_with(narrowed())


def test_a_mixture_names_the_format_of_each_module() -> None:
    pool = solved(**(SMALL | {"formats": "[fp8, w4a16]"})).workloads[0].pools[0]
    if pool.module_formats is not None:
        assert pool.module_formats["attention"] == "fp8"
        assert pool.module_formats["dense_mlp"] == pool.weight_format


def test_a_plan_on_a100_says_why_not_fp8() -> None:
    plan = solve(load_spec(EXAMPLES / "weight-only-a100.yaml", catalog=catalog()), catalog=catalog())
    assert plan.workloads[0].pools[0].weight_format in {"w8a16", "w4a16"}
    assert compute_for(catalog().formats["fp8"], "ampere", "vllm").support == "fallback"
    (note,) = [note for note in plan.notes if note.startswith("FP8 is not native")]
    assert "A100" in note
    assert "computed at bf16" in note


def test_a_format_that_needs_a_checkpoint_says_which_kind() -> None:
    plan = solved(**(SMALL | {"formats": "[w4a16]"}))
    assert any("W4A16 needs a quantised checkpoint" in note and "AWQ, GPTQ" in note for note in plan.notes)
    assert not any("needs a quantised checkpoint" in note for note in solved(**(SMALL | {"formats": "[fp8]"})).notes)


def test_seventy_billion_parameters_fit_one_h200_in_fp8_and_need_two_in_bf16() -> None:
    limits = "{accelerators: [h200-sxm-141gb], max_accelerators: 2}"
    sizes = {}
    for name in ("bf16", "fp8"):
        pool = solved(**(SMALL | {"formats": f"[{name}]", "limits": limits})).workloads[0].pools[0]
        sizes[name] = pool.tensor_parallel * pool.pipeline_parallel
    assert sizes["fp8"] == 1
    assert sizes["bf16"] == 2


def test_recoveries_stand_in_the_evidence() -> None:
    plan = solved(**(SMALL | {"formats": "[fp8]", "kv_formats": "[bf16]"}))
    (entry,) = [each for each in plan.evidence if each.what.startswith("recovery of fp8 weights")]
    assert "dense-large" in entry.what
    assert "HF card" in entry.source


def test_the_check_refuses_a_plan_below_the_floor_and_other_modules_than_those_made() -> None:
    changes = SMALL | {"formats": "[w4a16, fp8]", "kv_formats": "[bf16]"}
    plan = solved(**changes)
    strict = spec_of(request(**changes, quality="{min_recovery: 0.995}"))
    assert any("of the quality" in problem for problem in check_plan(plan, strict, catalog()))
    workload = plan.workloads[0]
    other = workload.pools[0].model_copy(update={"module_formats": {"attention": "nvfp4"}})
    forged = plan.model_copy(update={"workloads": (workload.model_copy(update={"pools": (other,)}),)})
    assert any("not on sale here" in problem for problem in check_plan(forged, spec_of(request(**changes)), catalog()))
