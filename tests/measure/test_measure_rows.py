from pathlib import Path
from typing import Any

import pytest

from planner.errors import SpecError
from planner.measure.rows import measured, read_measurements
from tests.measure.sheets import row, write


def only(folder: Path, **changes: Any) -> Any:
    (found,) = read_measurements(write(folder, row(**changes)))
    return found


def test_a_row_keeps_its_cells_its_numbers_and_its_place(tmp_path: Path) -> None:
    found = only(tmp_path)
    assert found.place.endswith("own.csv:2")
    assert found.numbers["concurrency"] == 16.0
    assert (found.tensor_parallel, found.pipeline_parallel, found.replicas, found.load) == (1, 1, 1, "closed")


def test_unknown_columns_are_kept_for_grouping_and_missing_ones_take_their_meaning(tmp_path: Path) -> None:
    found = only(tmp_path, rack="7", tensor_parallel=None, accelerators=4, load=None)
    assert found.text("rack") == "7"
    assert found.tensor_parallel == 4
    assert found.load == "closed"


def test_a_rate_without_a_load_is_an_open_loop(tmp_path: Path) -> None:
    assert only(tmp_path, load=None, concurrency=None, request_rate=2.5).load == "open"


def test_an_infinite_rate_says_nothing(tmp_path: Path) -> None:
    found = only(
        tmp_path, load="saturated", concurrency=None, request_rate="inf", tpot_ms=None, output_tokens_per_s=900
    )
    assert "request_rate" not in found.numbers


def test_the_throughput_of_a_closed_loop_follows_from_its_latencies(tmp_path: Path) -> None:
    found = measured(only(tmp_path, ttft_ms=100.0, tpot_ms=10.0))
    assert found["output_tokens_per_s"] == pytest.approx(16 * 256 / (0.1 + 256 * 0.010))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tpot_ms": "fast"}, "own.csv:2:tpot_ms: 'fast' is no number"),
        ({"tpot_ms": -1}, "own.csv:2:tpot_ms: '-1' must be positive and finite"),
        ({"tpot_ms": "nan"}, "must be positive and finite"),
        ({"input_tokens": "1e400"}, "must be positive and finite"),
        ({"tensor_parallel": 1.5}, "must be a whole number"),
        ({"load": "batchy"}, "'batchy' is none of static, closed, open, saturated"),
        ({"accelerators": 3, "tensor_parallel": 2}, "own.csv:2:accelerators: 3 is not tensor x pipeline"),
        ({"expert_parallel": 3}, "own.csv:2:expert_parallel: 3 does not divide the group of 1"),
        ({"concurrency": None}, "own.csv:2:concurrency: empty"),
        ({"load": "open", "concurrency": None}, "own.csv:2:request_rate: empty"),
        ({"model": ""}, "own.csv:2:model: empty"),
        ({"note": "x" * 3000}, "own.csv:2:note: 3000 characters"),
    ],
)
def test_a_bad_cell_is_refused_with_its_place_and_rule(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=r"(?s).*") as caught:
        only(tmp_path, **changes)
    assert message in str(caught.value)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, row(tpot_ms=0), row(tpot_ms=9), row(input_tokens="x", load="y"))
    with pytest.raises(SpecError) as caught:
        read_measurements(path)
    assert [problem.split(":")[1] for problem in caught.value.problems] == ["2", "4", "4"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header line"),
        (b"id,model\n", "own.csv:1:accelerator: missing"),
        (b"model,model,accelerator,input_tokens,output_tokens\n", "own.csv:1:model: stands twice"),
        (b"model,accelerator,input_tokens,output_tokens\na,b,1\n", "own.csv:2: 3 cells where the header has 4"),
        (b"\xff\xfe\x00m", "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    with pytest.raises(SpecError) as caught:
        read_measurements(path)
    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no such file"):
        read_measurements(tmp_path / "none.csv")
