"""Rows evaluated together: each equal to the same configuration evaluated alone."""

from dataclasses import fields
from functools import cache

import numpy as np
import pytest

from planner.candidates.physics import admitted, machine_of, memory_of, service_of, sockets_for
from planner.candidates.rows import Physical
from planner.candidates.table import laid_out
from planner.perf.capacity import Bounds, capacity
from planner.perf.steady import Steps
from tests.pipeline.requests import LLAMA_70B, catalog, request, spec_of

MIXTRAL = "mistralai/Mixtral-8x7B-v0.1"
ROWS = 16


@cache
def physical(model: str) -> Physical:
    asked = spec_of(
        request(
            model=model,
            engine="[vllm, sglang]",
            workload="{requests_per_s: 1, input_tokens: {mean: 1500, p95: 5000}, output_tokens: {mean: 300, p95: 900}}",
            limits="{accelerators: [h100-sxm-80gb, mi300x, l40s]}",
        )
    )
    found = laid_out(asked, asked.workloads[0], catalog()).physical
    assert found is not None
    return found


def some(of: Physical) -> list[int]:
    chosen = np.random.default_rng(1).choice(np.flatnonzero(of.served >= 0), ROWS, replace=False)
    return [int(row) for row in chosen]


@pytest.mark.parametrize("model", [LLAMA_70B, MIXTRAL])
def test_a_row_among_others_is_the_row_alone(model: str) -> None:
    every = physical(model)
    names = tuple(node.id for node in every.nodes)
    assert len({each.batched_tokens for each in every.settings}) > 1
    assert len(set(every.service.mixed.tolist())) > 1
    assert len(set(every.layout.pipeline[some(every)].tolist())) > 1
    for row in some(every):
        setting, layout = every.settings[every.setting[row]], every.layout.take([row])
        sockets = sockets_for(setting, names, every.node[[row]])
        memory = memory_of(setting, sockets, layout)
        assert admitted(setting, memory, layout) == every.slots[[row]]
        alone = service_of(setting, machine_of(setting, sockets, layout), layout, every.slots[[row]])
        among = every.service.take([every.served[row]])
        assert memory.needed_bytes == pytest.approx(every.memory.needed_bytes[[row]], rel=1e-12)
        assert among.front_s == pytest.approx(alone.front_s, rel=1e-12)
        for item in fields(Steps):
            expected = pytest.approx(getattr(alone.steps, item.name), rel=1e-9, abs=1e-15)
            assert getattr(among.steps, item.name) == expected, item.name


@pytest.mark.parametrize("model", [LLAMA_70B, MIXTRAL])
def test_the_capacity_of_a_row_among_others_is_that_of_the_row_alone(model: str) -> None:
    every = physical(model)
    free = Bounds.none()
    bounds = Bounds(
        np.where(np.arange(5) == 3, 1.5, free.ttft_s), np.where(np.arange(5) == 3, 0.05, free.tpot_s), free.e2e_s
    )
    together = capacity(every.service, bounds)
    for served in every.served[some(every)].tolist():
        alone = capacity(every.service.take([served]), bounds)
        assert together.batch[[served]] == pytest.approx(alone.batch, rel=1e-12)
        assert together.rate_per_s[[served]] == pytest.approx(alone.rate_per_s, rel=1e-12)
        assert np.isfinite(together.ttft_s[served]).all()
