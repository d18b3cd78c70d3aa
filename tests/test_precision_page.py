"""docs/precision.md shows the catalogue as it is; its commands are tried where their answers are asserted.

``python -m tests.precision_page`` brings the page up to date.
"""

import re

import pytest

from planner.catalog.loader import load_catalog
from tests import precision_page
from tests.precision_page import PAGE, ROOT, commands

CATALOG = load_catalog()
TEXT = PAGE.read_text(encoding="utf-8")


def shown(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", TEXT, flags=re.DOTALL)
    assert found, f"no block {name}"
    return found[1].strip()


def test_support_is_that_of_the_catalogue() -> None:
    assert shown("support") == precision_page.support(CATALOG)


def test_recoveries_are_those_of_the_catalogue() -> None:
    assert shown("quality") == precision_page.quality(CATALOG)


@pytest.mark.parametrize("accelerator", ["l40s", "h100-sxm-80gb"])
def test_int4_wins_at_small_batch_and_fp8_at_large(accelerator: str) -> None:
    def served(weight_format: str, in_flight: int) -> float:
        return precision_page.throughput(CATALOG, accelerator, weight_format, in_flight)

    assert served("w4a16", 1) > served("fp8", 1) > served("bf16", 1)
    assert served("fp8", 256) > served("w4a16", 256)
    assert served("bf16", 256) > served("w4a16", 256)


def test_the_crossover_is_named() -> None:
    stated = re.search(r"FP8 overtakes INT4 on L40S at (\d+) and on H100 at (\d+)", shown("crossover"))
    assert stated
    assert 1 < int(stated[2]) < int(stated[1]) < 256


def test_every_command_names_files_that_exist_and_shows_what_it_printed() -> None:
    assert commands()
    for command, output in commands():
        assert output.strip(), command
        for path in re.findall(r"docs/\S+\.yaml", command):
            assert (ROOT / path).is_file()
