"""The checker holds a pool's regions against those that the specification asks for."""

from dataclasses import replace
from pathlib import Path

from planner import load_catalog, load_spec, solve
from planner.review.verify import verify

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
