"""Names that would be formulas, scripts, markup or terminal commands come out as the letters that they are."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from planner.cells import cell
from planner.pipeline import candidates
from planner.plan.landscape import Landscape
from planner.plan.record import Plan, read_plan
from planner.render.adr import plan_adr
from planner.render.candidates import candidates_csv
from planner.render.document import plan_csv
from planner.render.html.report import plan_html
from planner.render.markdown import plan_markdown
from planner.render.table import plan_table
from tests import reviewed
from tests.hostile.arena import Arena
from tests.measure import sheets
from tests.render.html.chromium import BINARY, browser

SCRIPT = "</script><script>window.owned=1</script><img src=x onerror=window.owned=2><svg onload=window.owned=3>"
MARKUP = "[x](javascript:window.owned=4) ![x](http://evil.example/x.png) <http://evil.example> `|` &lt;script&gt;"
FORMULAS = ("=1+1", "+1+cmd|' /C calc'!A0", "-1+1", "@SUM(1)", "\t=1", "  =1", "\uff1d1+1", "=HYPERLINK(1)")
CONTROLS = set("\x1b\x07\x9b\u202e\u2066")
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066"


def renamed(plan: Plan, name: str) -> Plan:
    """Put a name wherever a plan shows one that others wrote."""
    document = json.loads(plan.model_dump_json())
    keys = {"name", "model", "offer", "provider", "provider_name", "accelerator_name", "source", "what", "engine"}

    def put(part: object) -> object:
        if isinstance(part, dict):
            return {key: name if key in keys and isinstance(value, str) else put(value) for key, value in part.items()}
        if isinstance(part, list):
            return [name if isinstance(each, str) else put(each) for each in part]
        return part

    kept = {key: document[key] for key in ("solver", "tool", "objective", "input")}
    changed = put(document)
    assert isinstance(changed, dict)
    return read_plan(json.dumps({**changed, **kept}))


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_of_a_plan_is_a_formula(name: str) -> None:
    rows = list(csv.DictReader(StringIO(plan_csv(renamed(reviewed.plan(), name)))))
    assert rows[0]["offer"].lstrip().startswith("'")
    assert not [value for row in rows for value in row.values() if cell(value) != value]


@pytest.mark.parametrize("text", ["-5", "+5", "-1e-3", ".5", "", "a=1", "x-y", "'=1", "h100-sxm", "-.5"])
def test_numbers_and_harmless_texts_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


def test_a_long_run_of_digits_is_looked_at_once() -> None:
    assert cell("-" + "1" * 100_000 + "x").startswith("'-")


def test_no_candidate_is_a_formula() -> None:
    (table,) = candidates(reviewed.request(), catalog=reviewed.catalog())
    named = replace(table, workload=replace(table.workload, name="=1+1"))
    lines = candidates_csv([named]).splitlines()
    assert lines[1].startswith("'=1+1,")


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with Arena(tmp_path_factory.mktemp("arena")) as made:
        yield made


@pytest.mark.parametrize("form", ["csv", "table", "json"])
def test_measured_names_do_not_reach_the_terminal_or_a_spreadsheet(arena: Arena, tmp_path: Path, form: str) -> None:
    rows = [sheets.row(id="=1+1", rack=f"=2+2{ESCAPES}"), sheets.row(id="-2+3", rack="@x", model="no\x1b[31mwhere")]
    sheets.write(tmp_path, *rows)
    done = arena.run("validate", "own.csv", "--by", "rack", "--predictions", "p.csv", "--format", form, cwd=tmp_path)
    assert done.code == 0, done.err
    assert not set(done.out + done.err) & CONTROLS
    ids = [row["id"] for row in csv.DictReader(StringIO((tmp_path / "p.csv").read_text(encoding="utf-8")))]
    assert ids == ["'=1+1", "'-2+3"]
    if form == "csv":
        assert "'=2+2" in done.out
        assert not [value for line in csv.reader(StringIO(done.out)) for value in line if cell(value) != value]


def test_a_table_obeys_no_terminal_command() -> None:
    shown = plan_table(renamed(reviewed.plan(), ESCAPES))
    assert not set(shown) & CONTROLS


def pages() -> dict[str, str]:
    """Everything that ends in a browser, with hostile names."""
    evil = SCRIPT + MARKUP + ESCAPES
    plan, around = renamed(reviewed.plan(), evil), reviewed.surroundings().workloads[0]
    named = around.candidates[0].model_copy(update={"accelerator_name": evil, "offer": evil, "provider": evil})
    landscape = Landscape(workloads=(around.model_copy(update={"workload": evil, "candidates": (named,)}),))
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    return {
        "report": plan_html(plan, landscape),
        "markdown": f"<!doctype html><body>{markdown.render(plan_markdown(plan))}",
        "decision": f"<!doctype html><body>{markdown.render(plan_adr(plan, landscape))}",
    }


@pytest.mark.skipif(BINARY is None, reason="no chromium on PATH; test_html_report reads the page without it")
def test_no_script_of_a_name_runs_in_a_browser(tmp_path: Path) -> None:
    with browser() as page:
        for name, text in pages().items():
            path = tmp_path / f"{name}.html"
            path.write_text(text, encoding="utf-8")
            page.problems.clear()
            page.open(path)
            assert page.run("typeof window.owned") == "undefined", name
            assert page.problems == [], name
            assert page.run("document.querySelectorAll('img, iframe, object, [onload], [onerror]').length") == 0
            assert page.run("[...document.links].filter(a => !a.getAttribute('href').startsWith('#')).length") == 0
