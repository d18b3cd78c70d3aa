import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.catalog.loader import load_catalog
from planner.errors import SpecError
from planner.measure.cases import gather
from planner.measure.plot import plot
from planner.measure.predict import predict
from planner.measure.predictions_csv import COLUMNS, predictions_csv
from planner.measure.report import report_csv, report_json, report_table
from planner.measure.residuals import Residuals, residuals
from planner.measure.rows import read_measurements
from planner.measure.score import scores
from planner.measure.validate import report, validate
from planner.measure.validation import Validation
from tests.measure.sheets import row, write


def entries(*ratios: float) -> Residuals:
    """TPOT entries, one a row, predicted at these ratios of what was measured."""
    count = len(ratios)
    return Residuals(np.arange(count), np.ones(count, dtype=np.int64), np.zeros(count), np.log(np.array(ratios)))


def rows_of(folder: Path, *rows: dict[str, Any]) -> Any:
    return read_measurements(write(folder, *rows))


def test_scores_are_those_of_the_definition(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, *(row() for _ in range(5)))
    (found,) = scores(rows, entries(1.1, 0.9, 1.0, 1.5, float("nan")), np.full(5, 0.1))
    assert (found.quantity, found.rows, found.predicted) == ("tpot", 5, 4)
    assert found.median_ape == pytest.approx(0.1)
    assert found.mean_ape == pytest.approx((0.1 + 0.1 + 0.0 + 0.5) / 4)
    assert found.bias == pytest.approx(np.sqrt(1.1 * 1.0) - 1.0)
    assert found.within_20 == pytest.approx(0.75)
    assert found.in_band == pytest.approx(0.75)  # exp(1.2816 x 0.1) = 1.137 holds all but 1.5


def test_groups_are_rows_that_agree_in_the_columns_asked_for(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, row(engine="vllm"), row(engine="sglang"), row(engine="vllm"))
    found = scores(rows, entries(1.2, 1.0, 1.2), np.full(3, 0.1), ("engine",))
    assert [(each.group, each.rows) for each in found] == [(("sglang",), 1), (("vllm",), 2)]


def exact(folder: Path, **changes: Any) -> dict[str, Any]:
    """A row that measures exactly what is predicted."""
    asked = row(**changes)
    catalog = load_catalog()
    tpot = predict(gather(rows_of(folder, asked), catalog), catalog).tpot_s[0]
    return {**asked, "tpot_ms": 1e3 * tpot}


def validation(folder: Path, *rows: dict[str, Any], left_out: str | None = None) -> Validation:
    return validate(rows_of(folder, *rows), load_catalog(), left_out)


def test_an_exact_prediction_scores_zero_and_flagged_rows_stand_apart(tmp_path: Path) -> None:
    good = exact(tmp_path)
    found = validation(tmp_path, good, {**good, "tpot_ms": 2 * good["tpot_ms"], "flag": "odd"})
    whole, flagged = report(found).sections
    assert whole.scores[0].median_ape == pytest.approx(0.0, abs=1e-4)
    assert flagged.scores[0].group == ("odd", "closed")
    assert flagged.scores[0].bias == pytest.approx(-0.5, abs=1e-4)


def test_latencies_of_an_unstated_queue_are_not_scored(tmp_path: Path) -> None:
    asked = row(load="saturated", concurrency=None, ttft_ms=5000, tpot_ms=50, output_tokens_per_s=1000)
    assert [score.quantity for score in report(validation(tmp_path, asked)).sections[0].scores] == ["throughput"]


def test_every_form_of_the_report_holds_the_same_scores(tmp_path: Path) -> None:
    found = report(validation(tmp_path, exact(tmp_path), row(accelerator="abacus")), ("accelerator",))
    table, document = report_table(found), json.loads(report_json(found))
    lines = list(csv.DictReader(io.StringIO(report_csv(found))))
    assert "unknown accelerator 'abacus'" in table
    assert document["unpredicted"] == [{"because": "unknown accelerator 'abacus'", "rows": 1}]
    by = document["sections"][1]["scores"]
    assert [(each["accelerator"], each["predicted"]) for each in by] == [("abacus", 0), ("h100-sxm-80gb", 1)]
    assert by[0]["median_ape"] is None
    assert [line["accelerator"] for line in lines if line["section"].startswith("By")] == ["abacus", "h100-sxm-80gb"]


def test_predictions_are_one_line_a_row_with_bounds_above(tmp_path: Path) -> None:
    found = validation(tmp_path, row(id="x", ttft_ms=50), row(id="y", accelerator="abacus"))
    lines = list(csv.DictReader(io.StringIO(predictions_csv(found, 0.9))))
    assert tuple(lines[0]) == COLUMNS
    assert [line["id"] for line in lines] == ["x", "y"]
    for name in ("ttft", "tpot"):
        assert float(lines[0][f"predicted_{name}_upper_ms"]) > float(lines[0][f"predicted_{name}_ms"])
    assert lines[1]["predicted_tpot_ms"] == ""
    assert lines[1]["unpredicted_because"] == "unknown accelerator 'abacus'"


def test_more_confidence_means_higher_bounds(tmp_path: Path) -> None:
    found = validation(tmp_path, row())
    bounds = [
        float(next(csv.DictReader(io.StringIO(predictions_csv(found, each))))["predicted_tpot_upper_ms"])
        for each in (0.5, 0.8, 0.95)
    ]
    assert bounds == sorted(set(bounds))


def test_a_column_that_no_row_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="--by rack: no such column"):
        report(validation(tmp_path, row()), ("rack",))


@pytest.mark.parametrize("name", ["p.png", "p.svg"])
def test_a_picture_is_drawn(tmp_path: Path, name: str) -> None:
    pytest.importorskip("matplotlib")
    plot(validation(tmp_path, row(ttft_ms=50), row(tpot_ms=20)), tmp_path / name)
    assert (tmp_path / name).stat().st_size > 1000


def test_a_picture_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"p.gif: .gif is not understood"):
        plot(validation(tmp_path, row()), tmp_path / "p.gif")


def test_residuals_keep_both_sides(tmp_path: Path) -> None:
    rows, catalog = rows_of(tmp_path, row(tpot_ms=10)), load_catalog()
    found = residuals(rows, predict(gather(rows, catalog), catalog))
    assert np.exp(found.log_measured[0]) == pytest.approx(0.010)
    assert np.isfinite(found.error[0])
