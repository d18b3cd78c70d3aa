"""Crossings of a stepwise curve and a line, against a scan of the curve; laws of the break-even."""

from math import ceil

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.economics.crossings import Crossings, crossings
from planner.economics.ladder import UNLIMITED, Ladder

MICRO = 1e6

step = st.tuples(st.integers(10, 400), st.integers(5, 200), st.one_of(st.just(UNLIMITED), st.integers(1, 6)))
steps = st.lists(step, min_size=1, max_size=4)


def ladder_of(parts: list[tuple[int, int, int]], scale: float = 1.0) -> Ladder:
    """Steps of (cost [0.1 USD/h], capacity [0.1 requests/s], most)."""
    cost, capacity, most = (np.array(part, dtype=np.int64) for part in zip(*parts, strict=True))
    whole = np.asarray(np.floor(capacity * 100_000 * scale), dtype=np.int64)
    return Ladder(np.arange(len(cost)), cost * 100_000, whole, np.ones_like(cost), np.ones_like(cost), most)


def hosted(ladder: Ladder, rate: float) -> float:
    """USD an hour of the cheapest column that carries the rate."""
    found = [
        ceil(rate * MICRO / int(q) - 1e-9) * p / MICRO
        for p, q, most in zip(ladder.cost_uusd_per_h, ladder.capacity_urps, ladder.most, strict=True)
        if ceil(rate * MICRO / int(q) - 1e-9) <= most
    ]
    return float(min(found, default=np.inf))


def line(usd_per_request: float, rate: float) -> float:
    return usd_per_request * 3600.0 * rate


@given(steps, st.floats(0.0001, 0.01), st.floats(0.0, 50.0))
def test_the_curve_keeps_its_side_of_the_line(
    parts: list[tuple[int, int, int]], usd_per_request: float, fixed: float
) -> None:
    ladder = ladder_of(parts)
    found = crossings(ladder, usd_per_request, fixed)
    end = found.most or 400.0
    rates = np.linspace(end / 2000.0, end * (1.0 - 1e-9), 2000)
    cheaper = np.array([hosted(ladder, r) + fixed <= line(usd_per_request, r) * (1.0 + 1e-9) for r in rates])
    if found.first is None:
        assert not cheaper.any()
        return
    assert not cheaper[rates < found.first * (1.0 - 1e-9)].any()
    if found.lasting is None:
        # the last demand that the limits admit is dearer, or the curve stays above the line far out
        assert found.most is None or not cheaper[-1]
        return
    assert cheaper[rates >= found.lasting].all()
    before = found.lasting * (1.0 - 1e-6)
    assert hosted(ladder, before) + fixed > line(usd_per_request, before) * (1.0 - 1e-9)
    assert found.first <= found.lasting


def later(one: float | None, other: float | None) -> bool:
    """Whether ``one`` is at ``other`` or after it; none at all comes last."""
    return (one or np.inf) >= (other or np.inf) * (1.0 - 1e-9)


def ends(found: Crossings) -> tuple[float | None, float | None]:
    return found.first, found.lasting


@given(steps, st.floats(0.0001, 0.01), st.floats(1.0, 3.0))
def test_a_dearer_api_never_moves_the_crossings_out(
    parts: list[tuple[int, int, int]], usd_per_request: float, factor: float
) -> None:
    cheap, dear = (ends(crossings(ladder_of(parts), usd_per_request * f)) for f in (1.0, factor))
    assert all(later(one, other) for one, other in zip(cheap, dear, strict=True))


@given(
    st.lists(st.tuples(st.integers(10, 400), st.integers(5, 200), st.just(UNLIMITED)), min_size=1, max_size=4),
    st.floats(0.0001, 0.01),
    st.floats(0.3, 1.0),
)
def test_fuller_replicas_never_move_the_crossings_out(
    parts: list[tuple[int, int, int]], usd_per_request: float, share: float
) -> None:
    emptier, fuller = (ends(crossings(ladder_of(parts, u), usd_per_request)) for u in (share, 1.0))
    assert all(later(one, other) for one, other in zip(emptier, fuller, strict=True))


def test_one_column_by_hand() -> None:
    """2 USD/h for 1 request/s against 0.001 USD a request, 3.6 USD/h at 1 request/s.

    One unit pays from 2 / 3.6 on; the second unit is dearer from 1 to 4 / 3.6; the third never is, 6 / 3.6 < 2.
    """
    found = crossings(ladder_of([(20, 10, UNLIMITED)]), 0.001)
    assert np.allclose((found.first, found.lasting), (2 / 3.6, 4 / 3.6))  # type: ignore[arg-type]


def test_free_hardware_wins_at_once() -> None:
    found = crossings(ladder_of([(0, 10, 3)]), 0.001)
    assert found == Crossings(0.0, 0.0, 3.0)
