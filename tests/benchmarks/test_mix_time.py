"""How long a purchase mix over a week takes from specification to checked plan, on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

from planner.catalog.loader import load_catalog
from planner.pipeline import candidates
from planner.pipeline.profile import mix_question
from planner.solve.mix import Mix, solve_mix
from planner.spec.loader import load_spec

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "week-profile.yaml"


def test_a_week_with_four_purchase_options(benchmark: "BenchmarkFixture") -> None:
    """The aim: proven optimal within 2 s."""
    catalog = load_catalog()
    spec = load_spec(EXAMPLE, catalog=catalog)
    asked = mix_question(spec, candidates(spec, catalog=catalog)[0])

    def solved() -> Mix:
        return solve_mix(asked.problem)

    assert benchmark(solved).status == "OPTIMAL"
