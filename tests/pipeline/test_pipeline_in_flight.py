"""Requests in flight that no SLO turns into a rate: bounds are kept, and what cannot be served is named."""

import numpy as np
import pytest

from planner.plan.record import Plan
from tests.pipeline.requests import solved

IN_FLIGHT = "{concurrency: 300, input_tokens: 1000, output_tokens: 200}"


def plan(**changes: str) -> Plan:
    wanted = {"slo": "{tpot_p95_ms: 60}", "limits": "{accelerators: [l40s]}", **changes}
    return solved(workload=IN_FLIGHT, **wanted)


def test_a_bound_that_gives_them_no_rate_is_kept() -> None:
    def mtok(tpot_ms: float) -> float:
        found = plan(slo=f"{{tpot_p95_ms: {tpot_ms}}}")
        return np.inf if found.totals is None else found.totals.usd_per_mtok

    costs = [mtok(tpot) for tpot in (1e6, 120.0, 60.0, 30.0, 1.0)]
    assert costs == sorted(costs)
    assert costs[0] < costs[3] < np.inf
    assert costs[4] == np.inf


L40S = "{accelerators: [l40s]"
ANY = "{providers: []"


@pytest.mark.parametrize(
    ("limits", "clash"),
    [
        (", max_accelerators: 1}", ("limits.accelerators", "limits.max_accelerators")),
        (", max_usd_per_h: 0.5}", ("limits.max_usd_per_h",)),
        (", inventory: [{accelerator: l40s, max: 0}]}", ("limits.accelerators", "limits.inventory")),
    ],
)
def test_what_cannot_hold_together_is_named_and_none_of_it_can_be_spared(limits: str, clash: tuple[str, ...]) -> None:
    found = plan(limits=L40S + limits)
    assert (found.status, found.clash) == ("infeasible", clash)
    assert plan(limits=L40S + "}").found
    assert plan(limits=ANY + limits).found is ("limits.accelerators" in clash)


def test_a_bound_that_nothing_keeps_is_named_alone() -> None:
    assert plan(slo="{tpot_p95_ms: 1}").clash == ("tpot",)
