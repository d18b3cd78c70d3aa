"""A clash is minimal, a relaxation is verified and the smallest on its grid: on whole requests."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.reasons.explain import explain
from planner.reasons.grids import Grid
from tests.pipeline.requests import catalog, request
from tests.reasons.asking import answer, cost, spec_with

few = settings(max_examples=6)
NULLS = {
    "ttft": ("slo.ttft_p95_ms=null",),
    "tpot": ("slo.tpot_p95_ms=null",),
    "quality": ("quality=null",),
    "limits.max_usd_per_h": ("limits.max_usd_per_h=null",),
    "limits.max_accelerators": ("limits.max_accelerators=null",),
    "limits.inventory": ("limits.inventory=null",),
    "limits.accelerators": ("limits.accelerators=null",),
    "formats": ("formats=[bf16, fp8, int8, w8a16, w4a16]", "kv_formats=[bf16, fp8]"),
}
KEYS = {"ttft": "slo.ttft_p95_ms", "tpot": "slo.tpot_p95_ms", "quality": "quality.min_recovery"}


@st.composite
def requests(draw: st.DrawFn) -> str:
    """Small requests, most of them too much for what they allow."""
    rate = draw(st.sampled_from([5, 40, 150]))
    caps = draw(
        st.sampled_from(
            [
                "max_accelerators: 1",
                "max_usd_per_h: 3",
                "max_usd_per_h: 8, max_accelerators: 3",
                "inventory: [{accelerator: l40s, max: 2}, {accelerator: h100-sxm-80gb, max: 1}]",
                "max_utilisation: 0.8",
            ]
        )
    )
    ttft, tpot = draw(st.sampled_from([60, 200, 900])), draw(st.sampled_from([4, 12, 50]))
    return request(
        workload=f"{{requests_per_s: {rate}, input_tokens: 1500, output_tokens: 200}}",
        slo=f"{{ttft_p95_ms: {ttft}, tpot_p95_ms: {tpot}}}",
        limits=f"{{accelerators: [l40s, h100-sxm-80gb], {caps}}}",
    )


@few
@given(requests())
def test_leaving_any_member_of_a_clash_out_makes_a_plan_possible(text: str) -> None:
    plan = answer(text)
    assume(plan.status == "infeasible")
    clash = plan.clash or ()
    if clash in {("memory",), ("formats",), ("prices",)}:
        return
    for member in clash:
        assert answer(text, *NULLS[member]).status == "optimal", (clash, member)


@few
@given(requests())
def test_every_relaxation_is_verified_and_the_smallest_on_its_grid(text: str) -> None:
    assume(answer(text).status == "infeasible")
    found = explain(spec_with(text), catalog=catalog(), time_limit_s=600.0)
    assert found.clash == answer(text).clash
    for relaxed in found.relaxations or ():
        whole = relaxed.group.startswith(("limits.max_accelerators", "limits.inventory"))
        key = KEYS.get(relaxed.group, relaxed.group)
        if key.startswith("limits.inventory"):
            key = f"limits.inventory.{key[17:-1]}.max"
        grid = Grid(whole=whole)
        there = answer(text, f"{key}={relaxed.to:.9g}")
        assert there.status == "optimal", relaxed
        assert relaxed.then is not None
        assert cost(there) == pytest.approx(relaxed.then.usd_per_mtok, rel=1e-5)
        step = -1 if relaxed.to > relaxed.start else 1
        before = grid.at(grid.place(relaxed.to) + step)
        if (before - relaxed.start) * (relaxed.to - relaxed.start) > 0:
            assert answer(text, f"{key}={before:.9g}").status == "infeasible", relaxed


@few
@given(requests())
def test_the_relaxations_of_the_plan_are_verified_too(text: str) -> None:
    plan = answer(text)
    assume(plan.status == "infeasible")
    for relaxed in plan.relaxations or ():
        key = KEYS.get(relaxed.group, relaxed.group)
        assert answer(text, f"{key}={relaxed.to!r}").status == "optimal", relaxed
        less = relaxed.start + (relaxed.to - relaxed.start) * 0.5
        if relaxed.group == "limits.max_accelerators":
            less = relaxed.to - 1
        elif relaxed.unit in {"ms", "USD/h"}:
            less = relaxed.to / 1.02 if relaxed.unit == "ms" else relaxed.to - 0.01
        if relaxed.group != "quality" and less > relaxed.start:
            assert answer(text, f"{key}={less!r}").status == "infeasible", relaxed


def test_what_comes_nearest_names_a_piece_and_what_it_misses() -> None:
    text = request(slo="{ttft_p95_ms: 20, tpot_p95_ms: 60}")
    found = explain(spec_with(text), catalog=catalog(), time_limit_s=600.0)
    assert found.status == "infeasible"
    assert found.nearest
    first = found.nearest[0]
    assert first.misses.group == "ttft"
    assert first.misses.value is not None
    assert first.misses.limit is not None
    assert first.misses.limit < 20.0 < first.misses.value
    ratios = [
        each.misses.value / each.misses.limit for each in found.nearest if each.misses.value and each.misses.limit
    ]
    assert ratios == sorted(ratios)
