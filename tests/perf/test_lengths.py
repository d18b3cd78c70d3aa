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
