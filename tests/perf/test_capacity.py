"""Bounds, branches and rates by hand: what slack is, where the first branch ends, and capacity as the last batch."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.perf.capacity import LIGHT, Bounds, at_rate, capacity, first_batch, largest_batch
from planner.perf.interleaving import flow
from planner.perf.steady import Operation, Service, operate
from tests.oracle.cases import Case, random_case
from tests.perf.test_interleaving import LENGTHS, steps
from tests.perf.test_operators_by_hand import one

FREE = np.full(5, np.inf)
LATENCY = np.array([[1.0, 2.0, 4.0, 5.0, 8.0], [0.5, 1.0, 2.0, 2.5, 4.0]])
BATCHES = np.array([[1.0, 2.0, 4.0, 8.0]])
cases = st.builds(random_case, st.integers(0, 10_000), st.booleans())


def point(stable: bool = True) -> Operation:
    """Two columns, the second twice as fast; whole requests were not asked for."""
    return Operation(
        np.ones(2), np.ones(2), np.ones(2), np.array([True, stable]), LATENCY, LATENCY / 10.0, np.full((1, 1), np.nan)
    )


def bound(statistic: int, value: float) -> np.ndarray:
    bounds = FREE.copy()
    bounds[statistic] = value
    return bounds


def test_slack_is_that_of_the_tightest_bound() -> None:
    """p95 of 5 s and 2.5 within 6: a fifth over; p90 of 0.4 s and 0.2 within 0.44: a tenth over."""
    first, output = bound(3, 6.0), bound(2, 0.44)
    assert Bounds(first, FREE, FREE).slack(point()) == pytest.approx([0.2, 1.4])
    assert Bounds(first, output, FREE).slack(point()) == pytest.approx([0.1, 1.2])
    assert Bounds(first, output, FREE).met(point()).tolist() == [True, True]
    assert Bounds(bound(3, 4.9), output, FREE).met(point()).tolist() == [False, True]
    assert Bounds(bound(3, 5.0), output, FREE).met(point()).tolist() == [True, True]


def test_slack_lies_between_a_growing_queue_and_far_from_any_bound() -> None:
    assert Bounds.none().slack(point(stable=False)).tolist() == [20.0, -1.0]
    assert Bounds(bound(0, 1e6), FREE, FREE).slack(point(stable=False)).tolist() == [20.0, -1.0]


def test_bounds_of_each_column() -> None:
    own = Bounds(np.stack([bound(3, 6.0), bound(0, 0.4)]), FREE, FREE)
    assert own.slack(point()) == pytest.approx([0.2, -0.2])
    taken = own.take(np.array([1, 1]))
    assert taken.slack(point()) == pytest.approx([-0.6, -0.2])
    assert taken.tpot_s is FREE


def service(mixed: bool, decode_s: list[float], full_s: float = 0.1) -> Service:
    """Prompts of 120 tokens in chunks of 60, outputs of 50."""
    same = {name: np.repeat(value[:, :1], 4, axis=1) for name, value in vars(steps(full_s=full_s)).items()}
    tables = replace(steps(), **same | {"batch": BATCHES, "decode_s": np.array([decode_s])})
    return Service(tables, LENGTHS, one(64.0), np.array([mixed]), one(0.0))


@pytest.mark.parametrize(("mixed", "expected"), [(True, 8.0), (False, 8.0)])
def test_a_rate_that_rises_throughout_takes_all_batches(mixed: bool, expected: float) -> None:
    assert largest_batch(service(mixed, [0.02, 0.021, 0.022, 0.023]))[0] == expected


@pytest.mark.parametrize(
    ("decode_s", "expected"),
    [([0.02, 0.02, 0.05, 0.02], 2.0), ([0.02, 0.05, 0.05, 0.05], 1.0), ([0.02, 0.03, 0.05, 0.2], 4.0)],
)
def test_the_branch_ends_before_the_rate_first_falls(decode_s: list[float], expected: float) -> None:
    """b / T_d: 50, 100, 80 beside nothing else."""
    assert largest_batch(service(True, decode_s, full_s=0.0))[0] == expected


@pytest.mark.parametrize(("mixed", "expected"), [(True, 8.0), (False, 1.0)])
def test_what_prompts_add_beside_decodes_is_less_the_decode(mixed: bool, expected: float) -> None:
    """A full step of 90 ms, two of them a prompt, beside decodes of 20 ms and, of two sequences, 41.

    Mixed, 1 / (50 x 0.02 + 2 x 0.07) = 0.88, 2 / (50 x 0.041 + 4 x 0.049) = 0.89; apart 1 / 1.18, 2 / 2.41: it falls.
    """
    assert largest_batch(service(mixed, [0.02, 0.041, 0.07, 0.09], full_s=0.09))[0] == expected


@pytest.mark.parametrize(("chunk", "expected"), [(60.0, 4.0), (240.0, 8.0)])
def test_prompts_count_by_the_full_steps_that_they_fill(chunk: float, expected: float) -> None:
    """Decodes of 20 ms, of eight sequences 34; 4 / (50 x 0.02 + 8 x 0.05) = 2.86, 8 / (1.7 + 16 x 0.07) = 2.84.

    With chunks four times as long, 4 / (1 + 2 x 0.05) = 3.64 and 8 / (1.7 + 4 x 0.07) = 4.04.
    """
    some = service(False, [0.02, 0.02, 0.02, 0.034], full_s=0.07)
    full = np.array([[0.05, 0.05, 0.05, 0.07]])
    tables = replace(some.tables, full_s=full, chunk_tokens=np.full((1, 4), chunk))
    assert largest_batch(replace(some, tables=tables))[0] == expected


def test_prompts_that_fill_the_budget_end_the_branch_only_where_steps_mix() -> None:
    """61 tokens a step, 50 of each 170 of output."""
    wide = replace(
        service(True, [0.02] * 4, full_s=0.02), tables=replace(steps(full_s=0.02), batch=np.array([[1.0, 32.0]]))
    )
    assert largest_batch(wide)[0] == pytest.approx(61.0 * 50.0 / 170.0)
    assert largest_batch(replace(wide, mixed=np.array([False])))[0] == 32.0


@settings(max_examples=10)
@given(cases, st.floats(0.05, 0.95))
def test_the_batch_that_takes_a_rate_is_found_again(case: Case, share: float) -> None:
    some = case.service()
    batch = share * capacity(some, Bounds.none()).batch
    rate = flow(some, batch).rate_per_s
    assert first_batch(some, rate) == pytest.approx(batch, rel=1e-6)
    found = at_rate(some, rate)
    assert found.stable[0]
    assert found.rate_per_s[0] == rate[0]
    assert found.ttft_s == pytest.approx(operate(some, batch).ttft_s, rel=1e-5)


@settings(max_examples=10)
@given(cases, st.floats(1.2, 10.0), st.floats(1.05, 3.0))
def test_capacity_is_the_last_of_its_batches(case: Case, ttft: float, tpot: float) -> None:
    """A thousandth more breaks a bound, unless the branch ends there."""
    some = case.service()
    empty = operate(some, one(LIGHT))
    bounds = Bounds(bound(3, ttft * empty.ttft_s[0, 3]), bound(0, tpot * empty.tpot_s[0, 0]), FREE)
    found = capacity(some, bounds)
    assert bounds.met(found).all()
    most = largest_batch(some)[0]
    assert found.batch[0] == most or not bounds.met(operate(some, found.batch * (1.0 + 1.0 / 512.0))).any()


def test_a_bound_that_every_load_just_keeps_is_kept() -> None:
    """Prompts that take no time leave each token a bare step of 20 ms at any batch."""
    some = service(True, [0.02] * 4, full_s=0.02)
    nothing = np.zeros((1, 4))
    free = replace(some, tables=replace(some.tables, alone_s=nothing, supply_s=nothing, full_s=nothing + 1e-9))
    bare = operate(free, one(LIGHT)).tpot_s[0, 1]
    assert bare == pytest.approx(0.02)
    found = capacity(free, Bounds(FREE, bound(1, bare), FREE))
    assert found.batch[0] == pytest.approx(8.0, rel=1e-2)


def test_whole_requests_are_bounded_too() -> None:
    some = random_case(4).service()
    free, bounds = (
        capacity(some, Bounds.none()),
        Bounds(FREE, FREE, bound(4, 2.0 * operate(some, one(LIGHT)).e2e_s[0, 4])),
    )
    found = capacity(some, bounds)
    assert 0.0 < found.batch[0] < free.batch[0]
    assert found.e2e_s[0, 4] == pytest.approx(bounds.e2e_s[4], rel=1e-2)


def test_beyond_its_rate_a_column_grows_and_its_neighbour_does_not() -> None:
    some = random_case(3).service()
    most = capacity(some, Bounds.none()).rate_per_s[0]
    two = at_rate(some.take(np.zeros(2, dtype=int)), np.array([0.5, 1.5]) * most)
    assert two.stable.tolist() == [True, False]
    for latency in (two.ttft_s, two.tpot_s, two.e2e_s):
        assert np.isfinite(latency[0]).all()
        assert (latency[1] == np.inf).all()
