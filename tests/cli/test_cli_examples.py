"""Every example in every format: the decision recorded, each document open in its reader, the same bytes elsewhere."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from planner.cli import main
from planner.cli.rendering import FORMS
from planner.plan.record import plan_json_schema
from tests import golden
from tests.render.html.chromium import BINARY, Chromium, browser
from tests.render.html.test_html_report import LIMIT_BYTES, Reader
from tests.render.test_render_review import MADR, SARIF

WIDTHS = (1280, 400)


@pytest.fixture(scope="module")
def page() -> Iterator[Chromium | None]:
    """A browser, where there is one: without it the pages are parsed."""
    if BINARY is None:
        yield None
    else:
        with browser() as found:
            yield found


def arguments(example: Path, folder: Path) -> list[str]:
    outputs = [word for form in FORMS for word in ("-o", f"{form}={folder / form}")]
    limit = [f"--time-limit={golden.SECONDS[example.stem]}"] if example.stem in golden.SECONDS else []
    return ["solve", str(example), *limit, *outputs]


def documents(folder: Path) -> dict[str, str]:
    return {form: (folder / form).read_text(encoding="utf-8") for form in FORMS}


@pytest.mark.parametrize("example", golden.EXAMPLES, ids=lambda path: path.stem)
def test_an_example_in_every_format(example: Path, tmp_path: Path, page: Chromium | None) -> None:
    done = CliRunner().invoke(main, arguments(example, tmp_path), catch_exceptions=False)
    found = documents(tmp_path)
    plan = json.loads(found["json"])
    assert done.stdout == ""
    assert done.exit_code == (3 if plan["status"] == "infeasible" else 0)
    check_what_is_recorded(example, plan)
    check_programs_read_it(plan, found)
    check_people_read_it(found)
    if page is not None:
        check_a_browser_shows_it(page, tmp_path / "html")
    check_another_process_writes_the_same(example, tmp_path, found)


def check_what_is_recorded(example: Path, plan: dict[str, object]) -> None:
    moved = list(golden.differences(golden.recorded(example), golden.decided(plan)))
    assert not moved, "look at what moved, then: python -m tests.golden\n" + "\n".join(moved)


def check_programs_read_it(plan: dict[str, object], found: dict[str, str]) -> None:
    jsonschema.validate(plan, plan_json_schema())
    assert YAML(typ="safe", pure=True).load(found["yaml"]) == plan
    workloads = plan["workloads"]
    assert isinstance(workloads, list)
    pools = sum(max(len(workload.get("pools", ())), 1) for workload in workloads)
    assert len(list(csv.DictReader(StringIO(found["csv"])))) == pools
    jsonschema.validate(json.loads(found["sarif"]), SARIF)
    failures = int(ET.fromstring(found["junit"].encode()).attrib["failures"])
    assert (failures > 0) == (plan["status"] == "infeasible")
    assert found["github"].startswith("::error file=") is (failures > 0)
    assert found["openmetrics"].endswith("# EOF\n")
    assert {"input", "assumed", "solver", "objective"} <= set(plan)
    tool = plan["tool"]
    assert isinstance(tool, dict)
    assert {"version", "catalog_date", "prices_date", "catalog_digest"} <= set(tool)


def check_people_read_it(found: dict[str, str]) -> None:
    headings = [line for line in found["adr"].splitlines() if line.startswith("#")]
    assert [heading for heading in headings if heading in MADR] == MADR
    assert found["markdown"].startswith("# ")
    assert Reader(found["html"]).open == []
    assert len(found["html"].encode()) < LIMIT_BYTES


def check_a_browser_shows_it(page: Chromium, path: Path) -> None:
    named = path.with_suffix(".html")
    named.write_bytes(path.read_bytes())
    for width in WIDTHS:
        page.problems.clear()
        page.open(named, width)
        assert page.problems == []
        assert page.run("document.documentElement.scrollWidth") <= width


def check_another_process_writes_the_same(example: Path, folder: Path, found: dict[str, str]) -> None:
    """Sets are walked in another order there: the hash of a string differs."""
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    other = folder / "other"
    other.mkdir()
    command = [sys.executable, "-m", "planner", *arguments(example, other)]
    done = subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b"", b"")
    for form, text in documents(other).items():
        assert text == found[form], form


def test_no_record_is_left_of_an_example_that_went() -> None:
    assert {path.stem for path in golden.FOLDER.glob("*.json")} == {path.stem for path in golden.EXAMPLES}
