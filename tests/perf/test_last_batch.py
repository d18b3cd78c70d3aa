"""The search for the last batch: equal to plain bisection, whatever shape the slack falls in, in far fewer tries."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from planner.perf.last_batch import CELLS, LAST, OCTAVES, batch_at, last_batch

Floats = NDArray[np.float64]

SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "straight": lambda ratio: 1.0 - ratio,
    "hyperbola": lambda ratio: 1.0 / ratio - 1.0,
    "steep": lambda ratio: 1.0 - ratio**8,
    "flat": lambda ratio: 1.0 - ratio**0.1,
    "cliff": lambda ratio: np.where(ratio <= 1.0, 5.0, -1.0),
    "queue": lambda ratio: np.where(ratio < 1.5, 1.0 - 0.5 * ratio / np.maximum(1.5 - ratio, 1e-9), -1.0),
}


def bisected(top: float, root: float, slack: Callable[[Floats], Floats]) -> float:
    """Bisect the places one column at a time."""

    def holds(batch: float) -> bool:
        return bool(slack(np.array(batch / root)) >= 0.0)

    if holds(top):
        return top
    low, high = 0.0, LAST
    while high - low > 1.0:
        middle = np.floor((low + high) / 2.0)
        low, high = (middle, high) if holds(float(batch_at(np.array(top), middle))) else (low, middle)
    return float(batch_at(np.array(top), np.array(low)))


def test_places_rise_from_nothing_to_the_top_in_steps_of_a_thousandth() -> None:
    batches = batch_at(np.array(200.0), np.arange(LAST + 1.0))
    assert batches[0] == 0.0
    assert batches[CELLS] == 200.0 * 2.0**-OCTAVES
    assert batches[-1] == 200.0
    assert (np.diff(batches) > 0.0).all()
    assert (np.diff(batches)[CELLS:] / batches[CELLS:-1]).max() <= 1.0 / CELLS


@given(
    shape=st.sampled_from(sorted(SHAPES)),
    tops=st.lists(st.floats(1.0, 5000.0), min_size=1, max_size=8),
    shares=st.lists(st.floats(1e-6, 2.0), min_size=8, max_size=8),
)
def test_equal_to_bisection(shape: str, tops: list[float], shares: list[float]) -> None:
    top = np.array(tops)
    root = np.array(shares[: len(top)]) * top
    slack = SHAPES[shape]
    found = last_batch(top, slack(1e-9 / root), lambda columns: lambda batch: slack(batch / root[columns]))
    assert found.tolist() == [bisected(t, r, slack) for t, r in zip(top, root, strict=True)]


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_few_tries_a_column(shape: str) -> None:
    root = np.geomspace(1e-2, 1.0, 500)
    tried = 0

    def slack_of(columns: Any) -> Callable[[Floats], Floats]:
        def slack(batch: Floats) -> Floats:
            nonlocal tried
            tried += len(batch)
            return SHAPES[shape](np.maximum(batch, 1e-9) / root[columns])

        return slack

    last_batch(np.ones(500), np.full(500, 20.0), slack_of)
    assert tried / 500 < 18.0 if shape == "cliff" else tried / 500 < 12.0


def test_nothing_where_even_the_lightest_load_breaks_a_bound() -> None:
    found = last_batch(np.array([8.0, 8.0]), np.array([-0.1, 0.1]), lambda columns: lambda batch: 4.0 - batch)
    assert found.tolist() == [0.0, 4.0]


def test_a_bound_that_is_just_kept_is_kept() -> None:
    """Slack of nothing up to half the top, and at almost no batch already."""
    found = last_batch(np.array([8.0]), np.zeros(1), lambda columns: lambda batch: np.where(batch <= 4.0, 0.0, -1.0))
    assert found.tolist() == [4.0]
