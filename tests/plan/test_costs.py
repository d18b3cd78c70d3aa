"""Where the money goes: conservation, prices of tokens, overheads apart."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.candidates.table import ADMITTED, Table
from planner.pipeline import candidates, solve
from planner.plan.check import check_plan
from planner.plan.costs import bill
from planner.plan.pools import Chosen, pool
from tests.pipeline.requests import catalog, request, spec_of

TWO = """
workloads:
  - {name: a, model: meta-llama/Meta-Llama-3.1-8B, workload: {requests_per_s: 9, input_tokens: 900, output_tokens: 90}}
  - {name: b, model: meta-llama/Meta-Llama-3.1-8B, workload: {requests_per_s: 2, input_tokens: 90, output_tokens: 900}}
limits: {accelerators: [l40s, h100-sxm-80gb]}
"""


@cache
def table() -> Table:
    return candidates(
        spec_of(request(limits="{accelerators: [h100-sxm-80gb, l40s, a100-sxm-80gb]}")), catalog=catalog()
    )[0]


@given(st.integers(0, 10**6), st.integers(1, 9), st.floats(0.01, 1.0))
def test_the_parts_of_a_pool_add_up(pick: int, replicas: int, share: float) -> None:
    columns = np.flatnonzero(table().rejected == ADMITTED)
    column = int(columns[pick % len(columns)])
    load = share * replicas * float(table().requests_per_s[column])
    found = bill(table(), each := Chosen(column, replicas, load), pool(table(), each))
    parts = (found.used, found.headroom, found.spare, found.idle)
    assert sum(parts) == pytest.approx(found.usd_per_h)
    assert min(parts) >= -1e-9 * found.usd_per_h
    assert found.used <= found.usd_per_h * share * 0.9 * (1.0 + 1e-4)
    assert 0.0 < found.input_share < 1.0


@pytest.mark.parametrize("rate", [0.2, 20, 90])
def test_the_blended_price_lies_between_input_and_output(rate: float) -> None:
    workload = f"{{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}"
    plan = solve(spec := spec_of(request(workload=workload)), catalog=catalog(), costs=True)
    assert plan.costs is not None
    assert plan.totals is not None
    tokens = plan.costs.usd_per_mtok
    assert min(tokens.input, tokens.output) <= tokens.blended <= max(tokens.input, tokens.output)
    assert tokens.blended == pytest.approx(plan.totals.usd_per_mtok, rel=1e-5)
    assert plan.costs.usd_per_request == pytest.approx(plan.totals.usd_per_h / rate / 3600.0, rel=1e-4)
    assert check_plan(plan, spec, catalog()) == ()


def test_several_workloads_share_one_account() -> None:
    plan = solve(spec := spec_of(TWO), catalog=catalog(), costs=True)
    assert plan.costs is not None
    assert plan.costs.usd_per_request is None
    assert check_plan(plan, spec, catalog()) == ()


def test_overheads_stand_apart_and_change_no_choice() -> None:
    bare = solve(spec_of(request()), catalog=catalog())
    loaded = solve(spec_of(request(overheads="{usd_per_month: 730, share_of_compute: 0.5}")), catalog=catalog())
    assert bare.costs is None
    assert bare.totals == loaded.totals
    assert loaded.totals is not None
    assert loaded.costs is not None
    assert loaded.costs.overheads is not None
    assert loaded.costs.overheads.total_usd_per_h == pytest.approx(1.5 * loaded.totals.usd_per_h + 1.0, rel=1e-5)


def test_the_checker_sees_money_that_vanishes() -> None:
    plan = solve(spec := spec_of(request()), catalog=catalog(), costs=True)
    assert plan.costs is not None
    less = plan.costs.usd_of_month.model_copy(update={"idle": -1.0})
    broken = plan.model_copy(update={"costs": plan.costs.model_copy(update={"usd_of_month": less})})
    assert any("used, headroom, spare and idle" in problem for problem in check_plan(broken, spec, catalog()))
