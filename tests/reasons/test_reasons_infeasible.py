"""A clash is minimal, a relaxation is verified and the smallest on its grid: on whole requests."""

import pytest

from planner.reasons.explain import explain
from planner.reasons.grids import Grid
from tests.pipeline.requests import catalog, request
from tests.reasons.asking import answer, cost, spec_with

NULLS = {
    "ttft": ("slo.ttft_p95_ms=null",),
    "tpot": ("slo.tpot_p95_ms=null",),
    "quality": ("quality=null",),
    "limits.max_usd_per_h": ("limits.max_usd_per_h=null",),
    "limits.max_accelerators": ("limits.max_accelerators=null",),
    "limits.inventory": ("limits.inventory=null",),
    "limits.accelerators": ("limits.accelerators=null",),
    "limits.providers": ("limits.providers=null",),
    "formats": ("formats=[bf16, fp8, int8, w8a16, w4a16]", "kv_formats=[bf16, fp8]"),
}
STATED = ("ttft", "tpot", "limits.max_usd_per_h", "limits.max_accelerators", "limits.inventory")
"""Groups that the requests below may state, and that can be taken away."""
KEYS = {"ttft": "slo.ttft_p95_ms", "tpot": "slo.tpot_p95_ms", "quality": "quality.min_recovery"}


CASES = [
    (150, 900, 50, "max_accelerators: 1"),
    (40, 60, 12, "max_usd_per_h: 3"),
    (150, 200, 50, "max_usd_per_h: 8, max_accelerators: 3"),
    (150, 900, 50, "inventory: [{accelerator: l40s, max: 2}, {accelerator: h100-sxm-80gb, max: 1}]"),
    (5, 30, 2, "max_utilisation: 0.8"),
]
"""Rate, bounds on TTFT and TPOT [ms], caps: each too much for what it allows, for reasons of its own."""


def impossible(rate: int, ttft: int, tpot: int, caps: str) -> str:
    return request(
        workload=f"{{requests_per_s: {rate}, input_tokens: 1500, output_tokens: 200}}",
        slo=f"{{ttft_p95_ms: {ttft}, tpot_p95_ms: {tpot}}}",
        limits=f"{{accelerators: [l40s, h100-sxm-80gb], providers: [runpod, lambda], {caps}}}",
    )


each = pytest.mark.parametrize("text", [impossible(*case) for case in CASES], ids=[case[3][:30] for case in CASES])


@each
def test_a_clash_is_minimal(text: str) -> None:
    """Its members alone leave no plan; with any one of them gone there is one, as far as nothing else clashes too."""
    plan = answer(text)
    assert plan.status == "infeasible"
    clash = plan.clash or ()
    assert clash
    outside = [
        null for group in STATED if group not in clash and group.rpartition(".")[2] in text for null in NULLS[group]
    ]
    assert answer(text, *outside).status == "infeasible", clash
    for member in clash:
        assert answer(text, *outside, *NULLS[member]).status == "optimal", (clash, member)


@each
def test_every_relaxation_is_verified_and_the_smallest_on_its_grid(text: str) -> None:
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


@each
def test_the_relaxations_of_the_plan_are_verified_too(text: str) -> None:
    plan = answer(text)
    assert plan.status == "infeasible"
    for relaxed in plan.relaxations or ():
        key = KEYS.get(relaxed.group, relaxed.group)
        assert answer(text, f"{key}={relaxed.to:.9g}").status == "optimal", relaxed
        less = {"ms": relaxed.to / 1.02, "USD/h": relaxed.to - 0.01}.get(relaxed.unit, relaxed.to - 1)
        if less > relaxed.start:
            assert answer(text, f"{key}={less:.9g}").status == "infeasible", relaxed


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
