"""Bands from residuals: classes by hand-made errors, pooled by models, and without the group that they are for."""

from datetime import date
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from planner.candidates.bands import band_keys, band_sigma
from planner.candidates.precision import lineage
from planner.catalog.loader import load_catalog
from planner.measure.cases import gather
from planner.measure.predict import predict
from planner.measure.residual_bands import UNSEEN, band_factors, bands_yaml
from planner.measure.residuals import measured_quantities
from planner.measure.rows import read_measurements
from planner.measure.validation import Validation
from tests.measure.sheets import row, write

CATALOG = load_catalog()
WIDE = NormalDist().inv_cdf(0.9)
MODELS = ("meta-llama/Meta-Llama-3.1-8B", "Qwen/Qwen3-30B-A3B")


def validation(folder: Path, spread: dict[str, float], rows: int = 200) -> Validation:
    """Rows of each model whose TPOT is off by errors that are uniform within ``spread``."""
    made = [row(model=model, concurrency=1 + index % 60) for model in spread for index in range(rows)]
    read = read_measurements(write(folder, *made))
    found = measured_quantities(read)
    errors = np.concatenate([np.linspace(-each, each, rows) for each in spread.values()])
    object.__setattr__(found, "log_predicted", found.log_measured + errors)
    return Validation(read, predict(gather(read, CATALOG), CATALOG), found)


def test_a_width_is_that_of_the_normal_law_with_the_same_middle_80_percent(tmp_path: Path) -> None:
    factors = band_factors(validation(tmp_path, {MODELS[0]: 0.5}), CATALOG)
    assert factors["band.tpot"] == pytest.approx(UNSEEN * 0.4 / WIDE, rel=0.02)
    assert factors["band.tpot.hopper.vllm"] == pytest.approx(0.4 / WIDE, rel=0.02)


def test_kinds_of_model_are_told_apart_but_lean_on_all(tmp_path: Path) -> None:
    found = validation(tmp_path, {MODELS[0]: 0.1, MODELS[1]: 0.5})
    factors = band_factors(found, CATALOG)
    dense, moe = (factors[f"band.tpot.kind.{kind}"] for kind in ("dense", "moe"))
    assert dense < 1.0 < moe
    assert band_sigma(factors, ("hopper", "vllm"), "moe", "tpot") > band_sigma(
        factors, ("hopper", "vllm"), "dense", "tpot"
    )


def test_rows_that_are_not_admitted_leave_no_trace(tmp_path: Path) -> None:
    found = validation(tmp_path, {MODELS[0]: 0.1, MODELS[1]: 0.5})
    alone = band_factors(validation(tmp_path, {MODELS[0]: 0.1}), CATALOG)
    assert band_factors(found, CATALOG, lambda each: each.text("model") == MODELS[0]) == alone


def test_a_descendant_takes_the_band_of_its_family() -> None:
    assert lineage("blackwell-ultra") == ("blackwell-ultra", "blackwell")
    assert band_keys("blackwell-ultra", "vllm", "tpot")[1] == "band.tpot.blackwell.vllm"
    factors = {"band.tpot": 0.5, "band.tpot.blackwell": 0.2}
    assert band_sigma(factors, ("blackwell-ultra", "vllm"), "dense", "tpot") == 0.2
    assert band_sigma(factors, ("hopper", "vllm"), "dense", "tpot") == 0.5


def test_the_entry_says_what_and_when() -> None:
    text = bands_yaml({"band.tpot": 0.25}, date(2026, 11, 23))
    assert "  band.tpot: 0.25\n" in text
    assert "checked: 2026-11-23" in text
