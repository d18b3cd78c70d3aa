"""Laws of the steady state: Little, roofs, order, scale, and that a column knows nothing of its neighbours."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.perf.capacity import Bounds, at_rate, capacity, largest_batch
from planner.perf.interleaving import flow, pace, supply
from planner.perf.lengths import Lengths
from planner.perf.percentiles import QUANTILES, STATISTICS
from planner.perf.scales import Scales, scaled_steps
from planner.perf.steady import Operation, Service, Steps, operate
from tests.oracle.cases import Case, random_case

FREE = np.full(len(STATISTICS), np.inf)
cases = st.builds(random_case, st.integers(0, 10_000), st.booleans())
shares = st.floats(0.02, 0.98)
few = settings(max_examples=15)


def limits(service: Service, ttft: float, tpot: float) -> Bounds:
    """Bounds on the 95th percentiles, as multiples of what an empty system takes."""
    empty = operate(service, np.full(len(service.slots), 1e-3))
    bounds = {}
    for name, factor in (("ttft_s", ttft), ("tpot_s", tpot)):
        bound = FREE.copy()
        bound[3] = factor * getattr(empty, name)[0, 3]
        bounds[name] = bound
    return Bounds(bounds["ttft_s"], bounds["tpot_s"], FREE)


def together(services: list[Service]) -> Service:
    """Columns of several cases with the same lengths side by side."""
    steps = Steps(*(np.concatenate([getattr(s.steps, item.name) for s in services]) for item in fields(Steps)))
    arrays = (np.concatenate([getattr(s, name) for s in services]) for name in ("slots", "mixed", "front_s"))
    return Service(steps, services[0].lengths, *arrays)


def slower(service: Service, factor: float) -> Service:
    """Every step takes ``factor`` times as long."""
    scaled = {
        item.name: getattr(service.steps, item.name) * (factor if item.name.endswith("_s") else 1.0)
        for item in fields(Steps)
    }
    return replace(service, tables=Steps(**scaled))


@few
@given(cases, st.floats(0.5, 4.0), st.booleans())
def test_results_that_are_slower_throughout_are_a_slower_machine(case: Case, factor: float, mixed: bool) -> None:
    """A user's calibration with one factor for decode and prefill and nothing added is another unit of time."""
    service, one = case.service(), np.ones(1)
    scales = Scales(factor * one, factor * one, 0.0 * one, 0.0 * one)
    expected = slower(service, factor).steps
    found = scaled_steps(service.steps, scales, float(mixed) * one)
    for item in fields(Steps):
        np.testing.assert_allclose(getattr(found, item.name), getattr(expected, item.name), rtol=1e-12)


@few
@given(cases, shares)
def test_little(case: Case, share: float) -> None:
    service = case.service()
    at = flow(service, share * largest_batch(service))
    residence_s = case.lengths.mean_output_tokens * at.tpot_s
    assert at.rate_per_s * residence_s == pytest.approx(at.mixture.batch)
    assert at.held == pytest.approx(at.rate_per_s * (residence_s + at.mixture.own_s))


@pytest.mark.parametrize(("mixed", "error"), [(True, 1e-5), (False, 1e-12)])
def test_the_rate_is_that_at_which_the_batch_decodes(mixed: bool, error: float) -> None:
    """At a rate that is lower by the error fewer than b sequences decode, at one higher more."""
    shares = np.array([0.01, 0.05, 0.2, 0.5, 0.8, 1.0])
    for case in (random_case(seed, mixed) for seed in range(40)):
        alone = case.service(points=12)
        service = alone.take(np.zeros(len(shares), dtype=int))
        at = flow(service, shares * largest_batch(alone))
        less, more = (
            rate * case.lengths.mean_output_tokens * pace(service, at.mixture, rate).tpot_s
            for rate in (at.rate_per_s * (1.0 - error), at.rate_per_s * (1.0 + error))
        )
        assert np.all((less < at.mixture.batch)[at.sustained]), case.name
        assert np.all((at.mixture.batch < more)[at.sustained]), case.name


@few
@given(cases, shares)
def test_what_is_stable_fits_the_slots_and_the_engine(case: Case, share: float) -> None:
    service = case.service()
    point = operate(service, share * largest_batch(service))
    at = flow(service, point.batch)
    if point.stable[0]:
        assert point.utilisation[0] < 1.0
        assert at.held[0] <= service.slots[0]
        assert point.rate_per_s[0] < service.saturated_per_s[0]
    else:
        assert np.isinf(point.ttft_s).all()
        assert np.isinf(point.e2e_s).all()


@few
@given(cases, shares)
def test_no_latency_is_below_its_roof(case: Case, share: float) -> None:
    service = case.service()
    point = capacity(service, Bounds.none())
    at = flow(service, share * point.batch)
    under = operate(service, share * point.batch)
    assert np.all(under.tpot_s >= at.mixture.decode_s * (1.0 - 1e-9))
    assert under.ttft_s[0, 0] >= at.mixture.own_s[0]
    assert under.e2e_s[0, 0] >= under.ttft_s[0, 0] + (case.lengths.mean_output_tokens - 1.0) * at.mixture.decode_s[0]
    for latency in (under.ttft_s, under.tpot_s, under.e2e_s):
        assert np.all(np.diff(latency[0, 1:]) >= 0.0)


@few
@given(cases)
def test_an_empty_system_waits_for_nothing_but_a_step(case: Case) -> None:
    service = case.service()
    point = operate(service, np.zeros(1))
    at = flow(service, np.zeros(1))
    assert point.rate_per_s[0] == 0.0
    assert point.tpot_s[0, 0] == pytest.approx(at.mixture.seen_s[0], rel=1e-6)
    assert point.ttft_s[0, 0] == pytest.approx(at.mixture.own_s[0] + at.mixture.decode_s[0] / 2.0, rel=1e-2)


@few
@given(cases)
def test_latencies_rise_with_the_rate(case: Case) -> None:
    service = case.service()
    most = capacity(service, Bounds.none()).rate_per_s[0]
    rates = np.linspace(0.02, 0.98, 25) * most
    point = at_rate(service.take(np.zeros(25, dtype=int)), rates)
    assert point.stable.all()
    assert np.all(np.diff(point.batch) > 0.0)
    for latency in (point.ttft_s, point.tpot_s, point.e2e_s):
        assert np.all(np.diff(latency[:, 0]) >= -1e-6 * latency[:-1, 0])
        assert np.all(np.diff(latency, axis=0) >= -0.03 * latency[:-1])


@few
@given(cases, st.floats(1.5, 20.0), st.floats(1.05, 4.0))
def test_capacity_keeps_its_bounds_when_evaluated_again(case: Case, ttft: float, tpot: float) -> None:
    service = case.service()
    bounds = limits(service, ttft, tpot)
    found = capacity(service, bounds)
    assert found.rate_per_s[0] > 0.0
    assert bounds.met(found).all()
    again = at_rate(service, found.rate_per_s)
    assert again.batch == pytest.approx(found.batch, rel=1e-6)
    assert again.ttft_s == pytest.approx(found.ttft_s, rel=1e-5)
    for share in (0.3, 0.9):
        assert bounds.met(at_rate(service, share * found.rate_per_s)).all()


@few
@given(cases, st.floats(1.5, 20.0), st.floats(1.05, 4.0), st.floats(1.0, 2.0))
def test_looser_bounds_never_lower_capacity(case: Case, ttft: float, tpot: float, looser: float) -> None:
    service = case.service()
    tight, loose = limits(service, ttft, tpot), limits(service, ttft * looser, tpot * looser)
    assert capacity(service, loose).rate_per_s[0] >= capacity(service, tight).rate_per_s[0]


def test_a_bound_that_an_empty_system_breaks_leaves_no_rate() -> None:
    service = random_case(1).service()
    found = capacity(service, limits(service, 0.9, 2.0))
    assert found.rate_per_s[0] == 0.0
    assert found.batch[0] == 0.0


@few
@given(cases, st.floats(0.2, 5.0), shares)
def test_time_has_no_unit(case: Case, factor: float, share: float) -> None:
    """Every step ``factor`` times as long: latencies by that factor, rates by its inverse, batches as before."""
    service = case.service()
    slow = slower(service, factor)
    batch = share * largest_batch(service)
    one, other = operate(service, batch), operate(slow, batch)
    np.testing.assert_allclose(other.ttft_s, factor * one.ttft_s, rtol=1e-6)
    np.testing.assert_allclose(other.tpot_s, factor * one.tpot_s, rtol=1e-6)
    np.testing.assert_allclose(other.e2e_s, factor * one.e2e_s, rtol=1e-6)
    np.testing.assert_allclose(other.rate_per_s, one.rate_per_s / factor, rtol=1e-6)
    free = Bounds.none()
    np.testing.assert_allclose(capacity(slow, free).rate_per_s, capacity(service, free).rate_per_s / factor, rtol=1e-3)


@few
@given(cases, st.floats(1.02, 3.0), st.floats(2.0, 20.0), st.floats(1.1, 4.0))
def test_slower_steps_never_raise_capacity(case: Case, factor: float, ttft: float, tpot: float) -> None:
    service = case.service()
    bounds = limits(service, ttft, tpot)
    assert capacity(slower(service, factor), bounds).rate_per_s[0] <= capacity(service, bounds).rate_per_s[0]


@few
@given(cases, st.integers(1, 64), st.floats(2.0, 20.0), st.floats(1.1, 4.0))
def test_more_slots_never_lower_capacity(case: Case, more: int, ttft: float, tpot: float) -> None:
    service = case.service()
    bounds = limits(service, ttft, tpot)
    roomier = replace(service, slots=service.slots + more)
    assert capacity(roomier, bounds).rate_per_s[0] >= capacity(service, bounds).rate_per_s[0] * (1.0 - 1e-3)


@few
@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=5, unique=True), shares, st.booleans())
def test_a_column_knows_nothing_of_its_neighbours(seeds: list[int], share: float, both: bool) -> None:
    lengths = Lengths(np.array([500.0, 6000.0]), np.array([60.0, 400.0]), np.array([0.7, 0.3]))
    alone = [replace(random_case(s, s % 2 == 0 or not both), lengths=lengths).service() for s in seeds]
    table = together(alone)
    bounds = Bounds(np.full(5, 20.0), np.full(5, 0.2), FREE)
    for found, single in (
        (operate(table, share * largest_batch(table)), [operate(s, share * largest_batch(s)) for s in alone]),
        (capacity(table, bounds), [capacity(s, bounds) for s in alone]),
    ):
        for row, expected in enumerate(single):
            for item in fields(Operation):
                np.testing.assert_allclose(
                    getattr(found, item.name)[row], getattr(expected, item.name)[0], rtol=1e-5, err_msg=item.name
                )


def test_too_much_is_unstable() -> None:
    service = random_case(3).service()
    most = capacity(service, Bounds.none()).rate_per_s
    over = at_rate(service, 1.2 * most)
    assert not over.stable[0]
    assert np.isinf(over.ttft_s).all()
    assert over.rate_per_s == 1.2 * most


@few
@given(cases)
def test_decode_and_prompt_tokens_share_the_budget(case: Case) -> None:
    """Where steps mix, each carries b tokens out and b Lin / Lout in: never more than its budget."""
    service, lengths = case.service(), case.lengths
    batch = largest_batch(service)[0]
    if case.engine.mixed:
        tokens = batch * (1.0 + lengths.mean_prefill_tokens / lengths.mean_output_tokens)
        assert tokens <= case.engine.budget_tokens * (1.0 + 1e-9)
    assert batch <= case.engine.slots * (1.0 + 1e-9)


@few
@given(st.floats(0.01, 400.0), st.integers(16, 9000), st.integers(2, 2000), st.floats(0.0, 1.2))
def test_supply_keeps_mean_and_variance_within_the_budget(batch: float, inputs: int, outputs: int, cv: float) -> None:
    sizes = np.array([max(inputs * (1.0 - cv / 2.0), 1.0), inputs * (1.0 + cv / 2.0)])
    lengths = Lengths(sizes, np.full(2, float(outputs)), np.array([0.5, 0.5]))
    mean = batch * lengths.mean_input_tokens / outputs
    variance = mean * lengths.mean_input_tokens * (1.0 + lengths.input_cv2)
    free, budget = np.full(1, 1e9), np.full(1, 2048.0)
    few, many, share = supply(np.full(1, batch), lengths, free)
    assert share * many + (1.0 - share) * few == pytest.approx(mean, rel=1e-6)
    assert share * (1.0 - share) * (many - few) ** 2 == pytest.approx(variance, rel=1e-5)
    few, many, share = supply(np.full(1, batch), lengths, budget)
    assert many[0] <= 2048.0
    assert share * many + (1.0 - share) * few == pytest.approx(mean, rel=1e-6)


def test_quantiles_stand_in_the_order_of_the_statistics() -> None:
    assert [f"p{100 * q:.0f}" for q in QUANTILES] == list(STATISTICS[1:])
