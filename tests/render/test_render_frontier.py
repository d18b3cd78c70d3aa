"""A front on paper, as CSV and as a picture."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from planner.plan.frontier import Front, Point, frontier_json_schema
from planner.plan.tool import Tool
from planner.render.document import document_json
from planner.render.frontier import frontier_csv, frontier_table, verdict
from planner.render.plot import PlotError, check_plot, plot_frontier
from tests.render.test_render_explain import piece


def front(**changes: Any) -> Front:
    facts: dict[str, Any] = {
        "against": "tpot",
        "key": "slo.tpot_p95_ms",
        "unit": "ms",
        "asked": 50.0,
        "points": (
            Point(value=66.16, usd_per_h=14.0, usd_per_mtok=0.21, accelerators=2, pieces=(piece(),)),
            Point(value=20.5, usd_per_h=30.0, usd_per_mtok=0.45, accelerators=4, pieces=(piece(accelerator_name="B"),)),
        ),
        "complete": True,
        "least_infeasible": 20.49,
        "solved": 12,
        "tool": Tool(version="1", catalog_date=date(2026, 11, 23)),
    }
    return Front(**(facts | changes))


@pytest.mark.parametrize("width", [60, 80])
def test_the_table_says_the_ends_and_keeps_its_width(width: int) -> None:
    text = frontier_table(front(), width=width)
    assert max(map(len, text.splitlines())) <= width
    said = " ".join(text.split())
    assert said.startswith(
        "2 plans trade TPOT for cost: from 66.16 ms at 0.21 to 20.5 ms at 0.45 USD per million tokens"
    )
    assert "at 20.49 ms no plan is left" in said


def test_one_point_and_none() -> None:
    assert verdict(front(points=front().points[:1])).startswith("One plan is both cheapest and best in TPOT")
    assert verdict(front(points=())).startswith("No plan meets the request")


def test_csv_has_a_row_a_point() -> None:
    rows = list(csv.DictReader(StringIO(frontier_csv(front()))))
    assert [row["value"] for row in rows] == ["66.16", "20.5"]
    assert rows[0]["pieces"] == "3 x 2 Fast A, TP 2, FP8/BF16, o"


def test_the_document_is_read_back_and_has_a_schema() -> None:
    assert Front.model_validate_json(document_json(front())) == front()
    assert frontier_json_schema()["$id"] == "urn:servingplan:frontier:1"


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_it_is_drawn(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("matplotlib", reason="the extra [plot] is not installed")
    path = tmp_path / f"front.{kind}"
    plot_frontier(front(), path)
    assert path.stat().st_size > 5_000
    plot_frontier(front(points=front().points[:1], asked=None), path)
    with pytest.raises(PlotError, match="names no kind of picture"):
        check_plot(tmp_path / "front.gif")
