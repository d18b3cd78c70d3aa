"""The report in a real browser: no error on the console, and hovering, filtering, sorting and printing work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.pipeline.landscape import landscape
from planner.render.html.report import plan_html
from tests import reviewed
from tests.render.html.chromium import BINARY, Chromium, browser

pytestmark = pytest.mark.skipif(
    BINARY is None, reason="no chromium on PATH; test_html_report reads the page without it"
)
REQUEST = reviewed.WIDE
BROKE = "limits.max_usd_per_h=0.2"
WEEK = reviewed.SPEC.replace(
    "requests_per_s: 2", f"demand: {{hourly_requests_per_s: [{', '.join(['1', '40', '9'] * 8)}]}}"
)


@pytest.fixture(scope="module")
def page() -> Iterator[Chromium]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "plan.html"
    path.write_text(plan_html(reviewed.plan(*REQUEST), reviewed.surroundings(*REQUEST)), encoding="utf-8")
    return path


def first_row(page: Chromium) -> str:
    return str(page.run("document.querySelector('.candidates tbody tr').textContent"))


def count(page: Chromium) -> int:
    return int(page.run("Number(document.querySelector('.count').textContent.split(' ')[0].replace(',', ''))"))


def centre(page: Chromium, selector: str) -> tuple[float, float]:
    """Scroll an element into view and return its middle."""
    place = page.run(
        f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView({{block: 'center'}}); "
        "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
    )
    return float(place[0]), float(place[1])


def written(folder: Path, name: str) -> Path:
    """Write the report of a plan of each kind."""
    several = reviewed.SEVERAL
    kinds = {
        "infeasible": (reviewed.plan(reviewed.SPEC, "slo.ttft_p95_ms=1"), (reviewed.SPEC, "slo.ttft_p95_ms=1")),
        "over-budget": (reviewed.plan(*REQUEST, BROKE), (*REQUEST, BROKE)),
        "several": (reviewed.plan(several), (several,)),
        "mixed": (reviewed.mixed(), REQUEST),
        "week": (reviewed.plan(WEEK), (WEEK,)),
    }
    plan, request = kinds[name]
    around = landscape(plan, reviewed.request(*request), catalog=reviewed.catalog())
    path = folder / f"{name}.html"
    path.write_text(plan_html(plan, around), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "charts"), [("infeasible", 0), ("over-budget", 1), ("several", 6), ("mixed", 5), ("week", 3)]
)
def test_a_plan_of_every_kind_renders(page: Chromium, tmp_path: Path, name: str, charts: int) -> None:
    path = written(tmp_path, name)
    for width in (1280, 400):
        page.problems.clear()
        page.open(path, width)
        assert page.problems == []
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.run("document.querySelectorAll('.chart svg').length") == charts
        assert page.run("[...document.querySelectorAll('.bar rect, .hours rect')].every(r => r.getBBox().width > 0)")
    assert page.run("document.querySelectorAll('.slo').length") >= (1 if charts else 0)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (400, False)])
def test_it_renders_without_an_error_or_a_request(page: Chromium, report: Path, width: int, dark: bool) -> None:
    page.problems.clear()
    page.open(report, width, dark=dark)
    assert page.problems == []
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.querySelectorAll('.chart svg').length") == 3
    assert page.run("[...document.querySelectorAll('.bar rect')].every(r => r.getBoundingClientRect().width > 0)")
    assert page.run("getComputedStyle(document.body).backgroundColor") == (
        "rgb(20, 24, 27)" if dark else "rgb(251, 251, 250)"
    )


def test_hovering_reads_every_candidate(page: Chromium, report: Path) -> None:
    page.open(report)
    before = page.run("document.querySelector('.tip').textContent")
    page.move(*centre(page, ".explorer .picked"))
    tip = str(page.run("document.querySelector('.tip').textContent"))
    assert before != tip
    assert "USD/Mtok" in tip
    beside = page.run("[...document.querySelectorAll('.float div')].map(line => line.textContent)")
    assert ": ".join(beside) == tip
    page.move(2, 2)
    assert page.run("document.querySelector('.float').hidden")
    assert (
        page.run("document.querySelectorAll('.dot').length")
        == count(page)
        == len(reviewed.surroundings(*REQUEST).workloads[0].candidates)
    )


def test_arrow_keys_walk_along_the_candidates(page: Chromium, report: Path) -> None:
    page.open(report)
    page.run("document.querySelector('.explorer .chart').focus()")
    page.press("ArrowRight")
    first = page.run("document.querySelector('.tip').textContent")
    page.press("ArrowRight")
    assert first != page.run("document.querySelector('.tip').textContent")


def test_filters_narrow_the_chart_and_the_table(page: Chromium, report: Path) -> None:
    page.open(report)
    every = count(page)
    page.run("document.querySelector('[name=text]').focus()")
    page.type("l40s fp8")
    assert 0 < count(page) < every
    assert page.run("[...document.querySelectorAll('.candidates tbody tr')].every(r => /L40S/.test(r.textContent))")
    assert page.run("document.querySelectorAll('.dot').length") == count(page)
    page.click(*centre(page, "button[type=reset]"))
    page.run("new Promise(done => setTimeout(done, 50))")
    assert count(page) == every
    page.click(*centre(page, "[name=front]"))
    assert 0 < count(page) < every


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_it_round(page: Chromium, report: Path) -> None:
    page.open(report)
    cheapest = first_row(page)
    page.click(*centre(page, "[data-sort='10']"))
    assert (
        page.run("document.querySelector('[data-sort=\"10\"]').parentElement.getAttribute('aria-sort')") == "ascending"
    )
    values = page.run(
        "[...document.querySelectorAll('.candidates tbody tr')].map(r => Number(r.cells[10].textContent))"
    )
    assert values == sorted(values)
    page.click(*centre(page, "[data-sort='10']"))
    assert first_row(page) != cheapest
    assert (
        page.run("document.querySelector('[data-sort=\"10\"]').parentElement.getAttribute('aria-sort')") == "descending"
    )


def test_it_prints(page: Chromium, report: Path) -> None:
    page.problems.clear()
    page.open(report)
    assert page.pdf().startswith(b"%PDF-")
    assert page.problems == []
    page.run("dispatchEvent(new Event('beforeprint'))")
    marked = sum(each.front or each.chosen for each in reviewed.surroundings(*REQUEST).workloads[0].candidates)
    assert page.run("document.querySelectorAll('.candidates tbody tr').length") == marked
