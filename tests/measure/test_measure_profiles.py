from pathlib import Path
from typing import Any

import pytest

from planner.catalog.loader import load_catalog
from planner.measure.profiles import admits, profile_of, undated, version_of
from planner.measure.rows import read_measurements
from tests.measure.sheets import row, write


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.19.0", (0, 19, 0)),
        ("v1.0.0rc3", (1, 0, 0)),
        ("1.0 (PyTorch backend)", (1, 0)),
        ("nightly-dev", None),
        ("", None),
    ],
)
def test_the_leading_number_of_a_version_counts(text: str, version: tuple[int, ...] | None) -> None:
    assert version_of(text) == version


def test_a_requirement_is_a_list_of_comparisons() -> None:
    assert admits(">=0.12,<0.16", (0, 12))
    assert not admits(">=0.12,<0.16", (0, 16, 0))
    assert admits("", (99,))


@pytest.mark.parametrize(
    ("changes", "profile"),
    [
        ({"engine": "vllm", "engine_version": "0.18.0"}, "vllm"),
        ({"engine": "vllm", "engine_version": "0.6.1"}, "vllm-2024"),
        ({"engine": "vllm", "engine_version": "0.4.2"}, "vllm-0.4"),
        ({"engine": "vllm", "engine_version": "nightly", "measured_on": "2024-03"}, "vllm"),
        ({"engine": "vllm", "engine_version": None, "measured_on": "2024-11"}, "vllm-2024"),
        ({"engine": "trtllm", "engine_version": "0.12", "load": "static"}, "trtllm-static-2024"),
        ({"engine": "trtllm", "engine_version": "0.12", "load": "saturated"}, "trtllm-0.11"),
        ({"engine": "trtllm", "engine_version": "1.2.0rc2"}, "trtllm"),
        ({"engine": "TRTLLM", "engine_version": "1.2.0rc2", "load": "saturated"}, "trtllm-1.0-offline"),
        ({"engine": "trtllm", "engine_version": None, "measured_on": "2025-11-02"}, "trtllm"),
        (
            {"engine": "trtllm", "engine_version": None, "measured_on": "2024-11", "load": "static"},
            "trtllm-static-2024",
        ),
        ({"engine": "somebody-elses"}, "generic"),
        ({"engine": None}, "vllm"),
    ],
)
def test_version_then_year_then_load_choose_the_profile(tmp_path: Path, changes: dict[str, Any], profile: str) -> None:
    (found,) = read_measurements(write(tmp_path, row(**changes)))
    assert profile_of(load_catalog(), found).id == profile


@pytest.mark.parametrize(
    ("engine", "version", "profile"),
    [("vllm", "0.4.2", "vllm"), ("trtllm", "0.12", "trtllm"), ("deepspeed-mii", "0.2", "generic")],
)
def test_without_its_date_a_row_runs_on_todays_engine(tmp_path: Path, engine: str, version: str, profile: str) -> None:
    (found,) = read_measurements(write(tmp_path, row(engine=engine, engine_version=version, measured_on="2024-05")))
    assert profile_of(load_catalog(), undated(load_catalog(), found)).id == profile
    assert found.text("engine_version") == version
