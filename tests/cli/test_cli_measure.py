"""``planner validate`` and ``planner calibrate``, as a shell sees them."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from planner.cli import main
from tests.measure.sheets import row, write


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        *(row(id=f"r{n}", concurrency=n, tpot_ms=7.5 + 0.1 * n, ttft_ms=60 + n) for n in (1, 2, 8, 16, 32, 64)),
    )


def test_validate_prints_scores_and_writes_predictions(tmp_path: Path, sheet: Path) -> None:
    done = run(
        "validate", str(sheet), "--predictions", str(tmp_path / "p.csv"), "--confidence", "0.9", "--format", "json"
    )
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)["sections"][0]["scores"]
    assert {score["quantity"] for score in scores} == {"ttft", "tpot", "throughput"}
    assert all(score["rows"] == score["predicted"] == 6 for score in scores)
    with (tmp_path / "p.csv").open(encoding="utf-8") as file:
        assert [line["id"] for line in csv.DictReader(file)] == ["r1", "r2", "r8", "r16", "r32", "r64"]


def test_calibrate_writes_what_other_commands_take(tmp_path: Path, sheet: Path) -> None:
    made = tmp_path / "mine.yaml"
    done = run("calibrate", str(sheet), "-o", str(made))
    assert done.exit_code == 0, done.output
    assert "6 rows" in done.stdout
    plain, own = (
        json.loads(run("validate", str(sheet), "--format", "json", *extra).stdout)["sections"][0]["scores"][1]
        for extra in ((), ("--calibration", str(made)))
    )
    assert own["median_ape"] < plain["median_ape"]
    estimate = [
        "estimate",
        "--model",
        "meta-llama/Meta-Llama-3.1-8B",
        "--accelerator",
        "h100-sxm-80gb",
        "--format",
        "json",
    ]
    estimates = [
        json.loads(run(*estimate, *extra).stdout)["tpot_ms"]["mean"] for extra in ((), ("--calibration", str(made)))
    ]
    assert estimates[0] != estimates[1]


@pytest.mark.parametrize("command", ["validate", "calibrate"])
def test_bad_rows_exit_with_2_and_their_place(tmp_path: Path, command: str) -> None:
    path = write(tmp_path, row(tpot_ms="slow"))
    done = run(command, str(path))
    assert done.exit_code == 2
    assert "own.csv:2:tpot_ms: 'slow' is no number" in done.stderr
    assert "Traceback" not in done.output


def test_a_calibration_that_is_no_entry_is_refused(tmp_path: Path, sheet: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: bad\nfactor: {}\n", encoding="utf-8")
    done = run("validate", str(sheet), "--calibration", str(bad))
    assert done.exit_code == 2
    assert "bad.yaml:2:1: factor" in done.stderr
