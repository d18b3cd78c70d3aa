"""The checker holds a pool's regions against those that the specification asks for."""

from dataclasses import replace
from pathlib import Path

import pytest

from planner import load_catalog, load_spec, solve
from planner.review.verify import verify
from tests.pipeline.requests import request, spec_of

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "llama-70b-chat.yaml"


def test_a_pool_lies_in_a_region_that_is_asked_for() -> None:
    catalog = load_catalog()
    spec = load_spec(EXAMPLE, catalog=catalog)
    plan = solve(spec, catalog=catalog)
    regions = plan.workloads[0].pools[0].regions
    (workload,) = spec.workloads

    def problems(*asked: str) -> list[str]:
        limits = workload.limits.model_copy(update={"regions": asked})
        other = replace(spec, workloads=(replace(workload, limits=limits),))
        return [each for each in verify(plan, other, catalog) if "is in none of" in each]

    assert len(problems("nowhere")) == 1
    assert regions
    assert problems(*regions) == []


def test_emissions_are_those_of_the_dirtiest_region_allowed() -> None:
    """The offer is sold in three places: where only the cleanest is allowed, a third of the grams is emitted."""
    catalog = load_catalog()
    anywhere, clean = (
        spec_of(
            request(
                workload="{requests_per_s: 10, input_tokens: 1000, output_tokens: 200}",
                limits=f"{{providers: [verda], accelerators: [b200-sxm]{regions}}}",
                energy="{gco2_per_kwh: {FIN-01: 100, FIN-02: 200, FIN-03: 300}}",
            )
        )
        for regions in ("", ", regions: [FIN-01]")
    )
    dirty, green = solve(anywhere, catalog=catalog), solve(clean, catalog=catalog)
    assert dirty.totals is not None
    assert green.totals is not None
    assert dirty.totals.gco2_per_h == pytest.approx(3 * (green.totals.gco2_per_h or 0.0), rel=1e-4)
    assert verify(dirty, anywhere, catalog) == verify(green, clean, catalog) == ()
    assert verify(dirty, clean, catalog)
