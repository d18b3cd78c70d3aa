"""Choosing by prediction: cases, picks and what they cost, on tables small enough to count by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.catalog.loader import load_catalog
from planner.measure.choosing import Table, choose, lines, main, table
from planner.measure.rows import read_measurements
from planner.measure.validate import validate
from tests.measure.sheets import row, write

ONE = Table(
    np.zeros(3, dtype=np.int64),
    ttft_ms=np.array([400.0, 800.0, 4000.0]),
    tpot_ms=np.array([10.0, 18.0, 40.0]),
    usd_per_mtok=np.array([4.0, 2.0, 1.0]),
    predicted_ttft_ms=np.array([400.0, 800.0, 4000.0]),
    predicted_tpot_ms=np.array([10.0, 18.0, 40.0]),
    predicted_usd_per_mtok=np.array([4.0, 2.0, 1.0]),
)
"""Of 25 pairs of limits the first row meets 4 x 4, the second 3 x 3 and the third 1 x 1, each inside the one before."""


def test_exact_predictions_pick_the_best_of_every_case() -> None:
    found = choose(ONE)
    assert (found.cases, found.missed, found.none) == (16, 0.0, 0.0)
    assert (found.extra_median, found.extra_mean) == (0.0, 0.0)


def test_hope_misses_and_fear_finds_nothing() -> None:
    hope = choose(replace(ONE, predicted_ttft_ms=ONE.ttft_ms / 2.0, predicted_tpot_ms=ONE.tpot_ms / 2.0))
    fear = choose(replace(ONE, predicted_ttft_ms=ONE.ttft_ms * 100.0))
    assert hope.missed > 0.0
    assert hope.none == 0.0
    assert (fear.missed, fear.none) == (0.0, 1.0)


def test_caution_costs_what_the_pick_costs_over_the_best() -> None:
    found = choose(replace(ONE, predicted_tpot_ms=np.array([10.0, 60.0, 60.0])))
    assert (found.missed, found.none) == (0.0, 0.0)
    # twice the price in the 8 cases where only the second is better, four times in the one where the third is best
    assert found.extra_mean == pytest.approx((8 * 1.0 + 1 * 3.0) / 16)


def test_a_choice_stays_within_a_model_and_its_lengths() -> None:
    apart = replace(ONE, group=np.array([0, 1, 2]))
    assert choose(apart).cases == 16 + 9 + 1
    assert choose(apart).extra_mean == 0.0


def closed(**changes: object) -> dict[str, object]:
    return row(**{"source": "inferencex", "ttft_ms": 60.0, "ttft_statistic": "mean-with-start-burst", **changes})


def test_only_priced_rows_that_state_both_latencies_are_chosen_among(tmp_path: Path) -> None:
    path = write(tmp_path, closed(), closed(accelerator="l40s"), closed(source="own"), closed(tpot_ms=None))
    found = validate(read_measurements(path), load_catalog())
    assert len(table(found).group) == 1


def test_upper_bounds_lie_above_predictions(tmp_path: Path) -> None:
    found = validate(read_measurements(write(tmp_path, closed(), closed(concurrency=4))), load_catalog())
    plain, bounds = table(found), table(found, 0.9)
    assert (bounds.predicted_ttft_ms > plain.predicted_ttft_ms).all()
    assert (bounds.predicted_tpot_ms > plain.predicted_tpot_ms).all()
    assert (bounds.predicted_usd_per_mtok == plain.predicted_usd_per_mtok).all()


def test_the_comparison_is_three_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, closed())
    main([str(path)])
    printed = capsys.readouterr().out.splitlines()
    assert printed == list(lines(validate(read_measurements(path), load_catalog()), 0.9))
    assert len(printed) == 3
