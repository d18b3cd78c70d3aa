"""Moments and quantiles of joint length distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.perf.lengths import OUTPUT_GROUPS, Lengths

QUANTILES = np.array([0.5, 0.9, 0.95, 0.99])


@st.composite
def mixes(draw: st.DrawFn) -> Lengths:
    count = draw(st.integers(1, 8))
    tokens = st.lists(st.integers(1, 30_000), min_size=count, max_size=count)
    weights = np.array(draw(st.lists(st.floats(0.05, 1.0), min_size=count, max_size=count)))
    inputs, outputs = np.array(draw(tokens), dtype=float), np.array(draw(tokens), dtype=float)
    return Lengths(inputs, outputs, weights / weights.sum())


def test_constant_lengths_have_no_spread() -> None:
    lengths = Lengths.constant(4000.0, 500.0, 1000.0)
    assert lengths.input_cv2 == lengths.output_cv2 == 0.0
    assert lengths.mean_prefill_tokens == 3000.0
    assert lengths.uncached_fraction == 0.75
    assert lengths.mean_context_tokens == 4250.0
    np.testing.assert_array_equal(lengths.output_quantiles(QUANTILES), 500.0)


def test_the_resident_context_is_length_biased() -> None:
    """Two requests, (100, 1) and (100, 999): nearly all residents are the long one, of mean context 100 + 999 / 2."""
    lengths = Lengths(np.array([100.0, 100.0]), np.array([1.0, 999.0]), np.array([0.5, 0.5]))
    assert lengths.mean_context_tokens == pytest.approx(100.0 + (1.0 + 999.0**2) / (2.0 * 1000.0))


@given(mixes())
def test_a_window_beyond_every_context_hides_nothing(lengths: Lengths) -> None:
    assert lengths.windowed_context_tokens(10**6) == pytest.approx(lengths.mean_context_tokens)
    assert lengths.windowed_context_tokens(1) == pytest.approx(1.0)


@given(mixes(), st.integers(1, 40_000))
def test_a_window_hides_what_lies_before_it(lengths: Lengths, window: int) -> None:
    """Token by token (the middle of each): a resident is met at every one of its output tokens alike."""
    seen = total = 0.0
    for prompt, output, weight in zip(lengths.input_tokens, lengths.output_tokens, lengths.weight, strict=True):
        contexts = prompt + np.arange(output) + 0.5
        seen += weight * np.minimum(contexts, window).sum()
        total += weight * output
    assert lengths.windowed_context_tokens(window) == pytest.approx(seen / total, abs=0.13)


def test_moments_by_hand() -> None:
    """100 or 300 in, 10 or 70 out, one in four long: means 150 and 25, variances 7,500 and 675."""
    lengths = Lengths(np.array([300.0, 100.0]), np.array([70.0, 10.0]), np.array([0.25, 0.75]), 30.0)
    assert lengths.input_cv2 == pytest.approx(7500.0 / 150.0**2)
    assert lengths.output_cv2 == pytest.approx(675.0 / 25.0**2)
    assert lengths.mean_prefill_tokens == pytest.approx(120.0)
    assert lengths.uncached_fraction == pytest.approx(0.8)
    assert lengths.output_groups == pytest.approx([10.0, 10.0, 10.0, 70.0])
    assert lengths.output_quantiles(np.array([0.5, 0.75, 0.76])).tolist() == [10.0, 10.0, 70.0]
    assert lengths.input_quantile(0.75) == 100.0


def test_groups_share_a_length_that_lies_across_their_ends() -> None:
    """Three lengths, a third each: quarters hold one, a third of it and two of the next, and so on."""
    lengths = Lengths(np.full(3, 9.0), np.array([60.0, 12.0, 36.0]), np.full(3, 1.0 / 3.0))
    assert lengths.output_groups == pytest.approx([12.0, 28.0, 44.0, 60.0])
    assert Lengths.constant(9.0, 0.25).output_groups.tolist() == [1.0]


def test_hats_interpolate_between_their_nodes() -> None:
    """Of 10, 20 and 40 (a fifth, three and one of five) the mean is 22, the median 20, and 10 lies beyond the nodes.

    With 3 at 20, 5 at 22 and 95 at 40, straight lines give -7 at 10.
    """
    lengths = Lengths(np.array([10.0, 20.0, 40.0]), np.full(3, 5.0), np.array([0.2, 0.6, 0.2]))
    first, second = lengths.input_hats(QUANTILES)
    values = np.array([5.0, 3.0, 95.0, 95.0, 95.0])
    assert values @ first == pytest.approx(0.2 * -7.0 + 0.6 * 3.0 + 0.2 * 95.0)
    assert values @ second @ values == pytest.approx(0.2 * 49.0 + 0.6 * 9.0 + 0.2 * 95.0**2)


def test_hats_go_on_beyond_the_last_quantile() -> None:
    """One in 200 of 100 tokens, the rest of 10: mean 10.45, every quantile 10. A slope of 2 / 0.45 goes on to 100."""
    lengths = Lengths(np.array([10.0, 100.0]), np.full(2, 5.0), np.array([0.995, 0.005]))
    first, second = lengths.input_hats(QUANTILES)
    values, far = np.array([5.0, 3.0, 3.0, 3.0, 3.0]), 3.0 + 90.0 * 2.0 / 0.45
    assert values @ first == pytest.approx(0.995 * 3.0 + 0.005 * far)
    assert values @ second @ values == pytest.approx(0.995 * 9.0 + 0.005 * far**2)


@given(mixes(), st.floats(0.01, 0.99))
def test_a_quantile_has_its_probability_below_it(lengths: Lengths, q: float) -> None:
    bound = lengths.input_quantile(q)
    assert lengths.weight[lengths.input_tokens <= bound].sum() >= q - 1e-9
    assert lengths.weight[lengths.input_tokens < bound].sum() <= q + 1e-9


@given(mixes(), st.floats(0.1, 10.0), st.floats(0.0, 5.0))
def test_hats_are_exact_for_straight_lines(lengths: Lengths, offset: float, slope: float) -> None:
    nodes = np.array([lengths.mean_input_tokens, *(lengths.input_quantile(float(q)) for q in QUANTILES)])
    first, second = lengths.input_hats(QUANTILES)
    line = offset + slope * nodes
    true = offset + slope * lengths.input_tokens
    if len(np.unique(nodes)) == 1 and lengths.input_cv2 > 0.0:
        return
    assert line @ first == pytest.approx(lengths.mean(true), rel=1e-9)
    assert line @ second @ line == pytest.approx(lengths.mean(true**2), rel=1e-9)


@given(mixes())
def test_output_groups_keep_the_mean_and_rise(lengths: Lengths) -> None:
    groups = lengths.output_groups
    assert len(groups) == (1 if lengths.output_cv2 == 0.0 else OUTPUT_GROUPS)
    assert groups.mean() == pytest.approx(lengths.mean_output_tokens)
    assert np.all(np.diff(groups) >= -1e-9)
    assert groups[0] >= lengths.output_tokens.min() - 1e-9
    assert groups[-1] <= lengths.output_tokens.max() + 1e-9


@given(mixes())
def test_a_sequence_reserves_what_it_holds_at_its_end(lengths: Lengths) -> None:
    """Reserved from the start, a resident takes half its output more than it holds on average."""
    lin, lout = lengths.input_tokens, lengths.output_tokens
    half = lengths.mean(lout**2) / 2.0 / lengths.mean_output_tokens
    assert lengths.mean_reserved_tokens == pytest.approx(lengths.mean_context_tokens + half)
    assert lengths.mean_reserved_tokens <= float(np.max(lin + lout)) * (1 + 1e-12)
