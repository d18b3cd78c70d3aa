from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.candidates.scales import scale_key
from planner.catalog.loader import load_catalog
from planner.errors import SpecError
from planner.measure.calibrate import calibrate
from planner.measure.calibration_file import calibration_json, calibration_table, calibration_yaml
from planner.measure.cases import gather
from planner.measure.overrides import with_values
from planner.measure.predict import predict
from planner.measure.rows import read_measurements
from tests.measure.sheets import ROW, row, write

NAMES = (ROW["model"], ROW["accelerator"], ROW["engine"], ROW["weight_format"])


def generated(folder: Path, truth: dict[str, float], count: int, **changes: Any) -> Any:
    """Rows as the catalogue with these scales predicts them."""
    catalog = load_catalog()
    scaled = with_values(catalog, {scale_key(what, *NAMES): value for what, value in truth.items()})
    shapes = [(1, 128), (32, 2048), (8, 512), (64, 4096), (16, 128), (2, 2048), (48, 512), (4, 4096)][:count]
    asked = [row(concurrency=c, input_tokens=p, tpot_ms=1, ttft_ms=1, **changes) for c, p in shapes]
    found = predict(gather(read_measurements(write(folder, *asked)), scaled), scaled)
    tpot, ttft = 1e3 * found.tpot_s, 1e3 * found.ttft_s
    return read_measurements(
        write(folder, *({**each, "tpot_ms": a, "ttft_ms": b} for each, a, b in zip(asked, tpot, ttft, strict=True)))
    )


def test_scales_that_made_the_rows_are_found_again(tmp_path: Path) -> None:
    rows = generated(tmp_path, {"decode": 1.2, "prefill": 0.8, "step_ms": 0.5}, 8)
    (found,) = calibrate(rows, load_catalog())
    values = {number.name: number.value for number in found.numbers}
    assert values["prefill"] == pytest.approx(0.8, rel=0.1)
    assert found.error_after < 0.25 * found.error_before
    assert found.error_after < 0.03


def test_two_rows_give_one_scale_that_leans_towards_none(tmp_path: Path) -> None:
    rows = generated(tmp_path, {"decode": 1.3, "prefill": 1.3}, 2)
    (found,) = calibrate(rows, load_catalog())
    (number,) = found.numbers
    assert number.name == "scale of all times"
    assert 1.1 < number.value < 1.3


def test_what_rows_cannot_tell_apart_is_said(tmp_path: Path) -> None:
    asked = [row(concurrency=1, input_tokens=128, tpot_ms=9.0 + 0.01 * step) for step in range(5)]
    (found,) = calibrate(read_measurements(write(tmp_path, *asked)), load_catalog())
    assert not {number.name: number.identified for number in found.numbers}["prefill"]
    assert "not told apart by these rows" in calibration_table((found,))


def test_the_file_changes_estimates_as_calibrated(tmp_path: Path) -> None:
    rows = generated(tmp_path, {"decode": 1.25, "prefill": 1.1}, 8)
    found = calibrate(rows, load_catalog())
    path = tmp_path / "calibration.yaml"
    path.write_text(calibration_yaml(found, ["own.csv"], date(2026, 5, 1)), encoding="utf-8")
    catalog = load_catalog(path)
    after = predict(gather(rows, catalog), catalog).tpot_s * 1e3
    measured = np.array([each.numbers["tpot_ms"] for each in rows])
    assert np.median(np.abs(after / measured - 1.0)) < 0.03
    other = read_measurements(write(tmp_path, row(accelerator="h200-sxm-141gb"), name="other.csv"))
    plain = load_catalog()
    assert predict(gather(other, catalog), catalog).tpot_s == predict(gather(other, plain), plain).tpot_s
    assert '"model": "meta-llama/Meta-Llama-3.1-8B"' in calibration_json(found)


def test_rows_that_beat_physics_are_refused_one_by_one(tmp_path: Path) -> None:
    # 16 GB of weights over 3.35 TB/s take 4.8 ms; 1,979 dense TFLOP/s make about 25,000 tokens/s of this shape
    rows = read_measurements(
        write(
            tmp_path,
            row(),
            row(tpot_ms=3.0),
            row(load="saturated", tpot_ms=None, output_tokens_per_s=1e6),
            row(tpot_ms=8),
        )
    )
    with pytest.raises(SpecError) as caught:
        calibrate(rows, load_catalog())
    assert [problem.split(":")[1:3] for problem in caught.value.problems] == [
        ["3", "tpot_ms"],
        ["4", "output_tokens_per_s"],
    ]
    assert "beats physics" in caught.value.problems[0]


def test_one_row_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="has 2 measured rows"):
        calibrate(read_measurements(write(tmp_path, row())), load_catalog())


def test_rows_of_unknown_things_are_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="unknown accelerator 'abacus'"):
        calibrate(read_measurements(write(tmp_path, row(accelerator="abacus"))), load_catalog())
