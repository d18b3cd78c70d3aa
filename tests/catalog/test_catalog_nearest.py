"""Suggestions for names that are not known."""

from planner.catalog import Catalog
from planner.catalog.nearest import did_you_mean, nearest


def test_a_typing_error_finds_its_accelerator(bundled: Catalog) -> None:
    assert nearest("h100-smx-80gb", bundled.accelerators) == "h100-sxm-80gb"
    assert nearest("Meta-LLama/meta-llama-3.1-70b", bundled.models) == "meta-llama/Meta-Llama-3.1-70B"


def test_a_part_of_a_name_finds_a_name_that_holds_it() -> None:
    assert nearest("gaudi", ["rtx-4090", "intel-habana-gaudi-accelerator-3"]) == "intel-habana-gaudi-accelerator-3"


def test_what_is_like_nothing_finds_nothing() -> None:
    assert nearest("zzz", ["a100", "b200"]) is None
    assert "planner catalog list" in did_you_mean("zzz", ["a100"])
    assert did_you_mean("a10", ["a100"]) == "did you mean 'a100'?"
