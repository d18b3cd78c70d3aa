"""Length distributions: moments and quantiles of what the atoms stand for, and traces from CSV."""

import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.perf.lengths import Lengths
from planner.spec.demand import Histogram, Lognormal, Workload
from planner.spec.lengths import independent, joint_lengths, lognormal_shape, marginal
from planner.spec.quantiles import Marginal, binned
from planner.spec.traces import binned_jointly, read_trace
from tests.spec.texts import CHAT, Load, Problems

MAX_ATOMS = 1024


def alone(side: Marginal) -> Lengths:
    return Lengths(side.values, np.ones_like(side.values), side.weights)


@given(mean=st.floats(20, 1e5), ratio=st.floats(1.0, 3.8))
def test_lognormal_keeps_mean_variance_and_the_promised_quantiles(mean: float, ratio: float) -> None:
    p95 = min(mean * ratio, 3.8 * mean)
    mu, sigma = lognormal_shape(mean, p95)
    side = marginal(Lognormal(mean=mean, p95=p95))
    lengths = alone(side)
    assert math.exp(mu + sigma**2 / 2) == pytest.approx(mean)
    assert lengths.mean_input_tokens == pytest.approx(mean, rel=1e-9)
    assert lengths.input_quantile(0.95) == pytest.approx(p95, rel=1e-3)
    for q in (0.5, 0.9, 0.99):
        assert lengths.input_quantile(q) == pytest.approx(math.exp(mu + sigma * NormalDist().inv_cdf(q)), rel=1e-3)
    assert lengths.mean(side.values**2) == pytest.approx(math.exp(2 * mu + 2 * sigma**2), rel=1e-4)
    assert side.weights.sum() == pytest.approx(1.0)
    assert (side.values > 0).all()
    assert (side.weights >= 0).all()


def test_lognormal_against_samples() -> None:
    mu, sigma = lognormal_shape(4000, 9000)
    drawn = np.random.default_rng(0).lognormal(mu, sigma, 400_000)
    assert drawn.mean() == pytest.approx(4000, rel=0.01)
    assert np.quantile(drawn, 0.95) == pytest.approx(9000, rel=0.01)


def test_constant_is_one_atom() -> None:
    lengths = joint_lengths(Workload(requests_per_s=1, input_tokens=4000, output_tokens=500, cached_input_tokens=100))
    assert lengths.weight.tolist() == [1.0]
    assert (lengths.mean_input_tokens, lengths.mean_output_tokens) == (4000, 500)
    assert lengths.uncached_fraction == pytest.approx(0.975)


def test_histogram_weights_need_not_add_up() -> None:
    side = marginal(Histogram(histogram=((100, 3), (200, 1), (100, 0), (300, 4))))
    assert side.values.tolist() == [100, 200, 300]
    assert side.weights.tolist() == [0.375, 0.125, 0.5]


@given(
    st.lists(st.tuples(st.floats(1, 1e5), st.floats(0.01, 10)), min_size=1, max_size=200),
    st.floats(1, 1e4),
    st.floats(1, 3.8),
)
def test_independent_lengths_keep_both_means(pairs: list[tuple[float, float]], mean: float, ratio: float) -> None:
    first = marginal(Histogram(histogram=tuple(pairs)))
    second = marginal(Lognormal(mean=mean, p95=min(mean * ratio, 3.8 * mean)))
    lengths = independent(first, second)
    expected = sum(tokens * weight for tokens, weight in pairs) / sum(weight for _, weight in pairs)
    assert lengths.weight.size <= MAX_ATOMS
    assert lengths.weight.sum() == pytest.approx(1.0)
    assert lengths.mean_input_tokens == pytest.approx(expected)
    assert lengths.mean_output_tokens == pytest.approx(mean)
    product = lengths.mean(lengths.input_tokens * lengths.output_tokens)
    assert product == pytest.approx(expected * mean), "independent"


@given(st.integers(0, 1000))
def test_binning_keeps_mean_and_variance(seed: int) -> None:
    values = np.random.default_rng(seed).lognormal(6, 1, 3000).round() + 1
    side = binned(Marginal(np.sort(values), np.full(3000, 1 / 3000)))
    assert side.values.size <= 32
    assert side.weights @ side.values == pytest.approx(values.mean())
    assert side.weights @ side.values**2 == pytest.approx((values**2).mean(), rel=1e-3)
    assert side.values.min() >= values.min() - 1e-6
    assert side.values.max() <= values.max() + 1e-6


@given(st.integers(0, 1000), st.integers(1, 5000))
def test_trace_keeps_its_means_exactly_and_its_dependence_closely(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    inputs = random.lognormal(7, 1, rows).round() + 1
    outputs = (inputs * 0.2 + random.lognormal(5, 1, rows)).round() + 1
    lengths = binned_jointly(inputs, outputs)
    assert lengths.weight.size <= MAX_ATOMS
    assert lengths.weight.sum() == pytest.approx(1.0)
    assert lengths.mean_input_tokens == pytest.approx(inputs.mean(), rel=1e-12)
    assert lengths.mean_output_tokens == pytest.approx(outputs.mean(), rel=1e-12)
    product = lengths.mean(lengths.input_tokens * lengths.output_tokens)
    assert product == pytest.approx((inputs * outputs).mean(), rel=0.02)
    assert lengths.mean(lengths.output_tokens**2) == pytest.approx((outputs**2).mean(), rel=0.05)


def test_short_trace_is_kept_row_by_row() -> None:
    lengths = binned_jointly(np.array([10.0, 10.0, 20.0, 10.0]), np.array([1.0, 1.0, 2.0, 3.0]))
    assert sorted(zip(lengths.input_tokens, lengths.output_tokens, lengths.weight, strict=True)) == [
        (10.0, 1.0, 0.5),
        (10.0, 3.0, 0.25),
        (20.0, 2.0, 0.25),
    ]


TRACED = CHAT.replace("  input_tokens: 4000\n  output_tokens: 500\n", "  lengths: {trace: t.csv}\n")


def test_trace_file_beside_the_specification(load: Load, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("timestamp_s,input_tokens,output_tokens,user\n0.5,100,10,a\n\n0.7,300,30,b\n")
    (workload,) = load(TRACED).workloads
    assert (workload.lengths.mean_input_tokens, workload.lengths.mean_output_tokens) == (200, 20)
    assert read_trace(tmp_path / "t.csv").longest_tokens == 330


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "t.csv:1:1: input_tokens: has no such column"),
        ("input_tokens,output_tokens\n", "t.csv:1:1: trace: holds no rows"),
        ("prompt,output_tokens\n1,2\n", "input_tokens: has no such column (the header must name"),
        ("input_tokens,output_token\n1,2\n", "output_tokens: has no such column (rename 'output_token'?)"),
        ("input_tokens,output_tokens\n1,2\n5,0\n", "t.csv:3:2: output_tokens: '0' is no length"),
        ("input_tokens,output_tokens\n-1,2\n", "t.csv:2:1: input_tokens: '-1' is no length"),
        ("input_tokens,output_tokens\nnan,2\n", "t.csv:2:1: input_tokens: 'nan' is no length"),
        ("input_tokens,output_tokens\n1e400,2\n", "t.csv:2:1: input_tokens: '1e400' is no length"),
        ("input_tokens,output_tokens\n7\n", "t.csv:2:2: output_tokens: nothing is no length"),
        ("input_tokens,output_tokens\n140000,2\n", "requests of 140002 tokens (input + output) exceed the context"),
    ],
)
def test_wrong_trace_is_refused(problems: Problems, tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    (problem,) = problems(TRACED)
    assert problem.startswith("s.yaml:4:20: workload.lengths.trace: ")
    assert expected in problem


def test_trace_that_is_no_text_or_no_file(problems: Problems, tmp_path: Path) -> None:
    assert "no such file" in problems(TRACED)[0]
    assert "not a regular file" in problems(TRACED.replace("t.csv", "/dev/zero"))[0]
    assert "is a directory" in problems(TRACED.replace("t.csv", "."))[0]
    (tmp_path / "t.csv").write_bytes(b"input_tokens,output_tokens\n\xff\xfe,1\n")
    assert "byte 27 is not UTF-8" in problems(TRACED)[0]
    (tmp_path / "t.csv").write_text('input_tokens,output_tokens\n"' + "1" * 200_000)
    assert "is not CSV" in problems(TRACED)[0]


def test_cached_part_of_a_trace_is_held_against_its_mean(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("input_tokens,output_tokens\n100,10\n")
    (problem,) = problems(TRACED + "  cached_input_tokens: 100\n")
    assert "s.yaml:5:24: workload.cached_input_tokens: 100 is more than the mean prompt" in problem
