"""Every example in every format: each opens in its reader, and the same request gives the same bytes again."""

import csv
import json
import tempfile
from functools import cache
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from planner.cli import main
from planner.plan.record import plan_json_schema
from tests.render.html.chromium import BINARY, browser
from tests.render.html.test_html_report import LIMIT_BYTES, Reader
from tests.render.test_render_review import MADR, SARIF

EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.yaml"))
FORMS = ("table", "json", "yaml", "markdown", "csv", "html", "adr", "github", "junit", "sarif", "openmetrics")


@cache
def documents(example: Path) -> dict[str, str]:
    """Return every document of one run."""
    with tempfile.TemporaryDirectory() as folder:
        words = [word for form in FORMS for word in ("-o", f"{form}={folder}/{form}")]
        done = CliRunner().invoke(main, ["solve", str(example), *words], catch_exceptions=False)
        assert done.exit_code in {0, 3}, done.stderr
        assert done.stdout == ""
        return {form: (Path(folder) / form).read_text(encoding="utf-8") for form in FORMS}


each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)


@each
def test_every_format_opens_in_its_reader(example: Path) -> None:
    found = documents(example)
    plan = json.loads(found["json"])
    jsonschema.validate(plan, plan_json_schema())
    assert YAML(typ="safe", pure=True).load(found["yaml"]) == plan
    pools = sum(max(len(workload.get("pools", ())), 1) for workload in plan["workloads"])
    assert len(list(csv.DictReader(StringIO(found["csv"])))) == pools
    jsonschema.validate(json.loads(found["sarif"]), SARIF)
    failures = int(ET.fromstring(found["junit"].encode()).attrib["failures"])
    assert (failures > 0) == (plan["status"] == "infeasible")
    assert found["github"].startswith("::error file=") is (failures > 0)
    headings = [line for line in found["adr"].splitlines() if line.startswith("#")]
    assert [heading for heading in headings if heading in MADR] == MADR
    assert Reader(found["html"]).open == []
    assert len(found["html"].encode()) < LIMIT_BYTES
    assert found["markdown"].startswith("# ")
    assert found["openmetrics"].endswith("# EOF\n")
    assert plan["input"]
    assert plan["tool"]["catalog_digest"]


@each
def test_the_same_request_gives_the_same_bytes(example: Path) -> None:
    again = CliRunner().invoke(main, ["solve", str(example), "--format", "json"], catch_exceptions=False)
    if json.loads(again.stdout)["status"] in {"optimal", "infeasible"}:
        assert again.stdout == documents(example)["json"]


@pytest.mark.skipif(BINARY is None, reason="no chromium on PATH; the readers above parse the pages")
def test_every_report_renders_without_an_error(tmp_path: Path) -> None:
    with browser() as page:
        for example in EXAMPLES:
            path = tmp_path / f"{example.stem}.html"
            path.write_text(documents(example)["html"], encoding="utf-8")
            for width in (1280, 400):
                page.open(path, width)
                assert page.problems == [], example.stem
                assert page.run("document.documentElement.scrollWidth") <= width, example.stem
