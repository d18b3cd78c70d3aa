"""How far a latency must give way: verified, smallest on its grid, and seen without a solve where that is possible."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.candidates.table import candidates
from planner.pipeline.nearest import nearest_factor
from planner.pipeline.refute import GRID, SLACK
from planner.pipeline.translate import question
from planner.plan.record import Plan, Relaxation
from tests.pipeline.requests import catalog, request, solved, spec_of

ACCELERATORS = "accelerators: [h100-sxm-80gb, l40s]"


def workload(rate: float, prompt: int = 1000) -> str:
    return f"{{requests_per_s: {rate}, input_tokens: {prompt}, output_tokens: 200}}"


def slo(ttft: float, tpot: float) -> str:
    return f"{{ttft_p95_ms: {ttft:.6f}, tpot_p95_ms: {tpot:.6f}}}"


def latencies(plan: Plan) -> list[Relaxation]:
    return [each for each in plan.relaxations or () if each.group in {"ttft", "tpot"}]


@settings(max_examples=6, deadline=None)
@given(
    st.sampled_from([0.5, 5.0, 60.0]),
    st.sampled_from([40, 120, 400]),
    st.sampled_from([3, 8, 30]),
    st.sampled_from(
        ["max_usd_per_h: 3", "max_usd_per_h: 12", "max_accelerators: 2", "inventory: [{max: 1, accelerator: l40s}]"]
    ),
)
@example(60.0, 60, 20, "max_usd_per_h: 8")
def test_a_relaxed_latency_suffices_and_one_per_cent_less_does_not(
    rate: float, ttft: int, tpot: int, limit: str
) -> None:
    asked = {"workload": workload(rate), "limits": f"{{{ACCELERATORS}, {limit}}}"}
    for relaxed in latencies(solved(**asked, slo=slo(ttft, tpot))):
        bounds = {"ttft": float(ttft), "tpot": float(tpot)}
        assert relaxed.start == bounds[relaxed.group]
        enough = solved(**asked, slo=slo(**bounds | {relaxed.group: relaxed.to * (1 + 1e-6)}))
        assert enough.found
        assert enough.totals is not None
        assert enough.totals.usd_per_mtok == pytest.approx(relaxed.then_usd_per_mtok, rel=1e-5)
        less = relaxed.to / GRID / (1 + SLACK) * (1 - 1e-6)
        assert not solved(**asked, slo=slo(**bounds | {relaxed.group: less})).found or less < relaxed.start


def test_what_is_seen_without_a_solve_is_the_factor_itself() -> None:
    asked = spec_of(request(workload=workload(60.0), slo=slo(60, 20), limits=f"{{{ACCELERATORS}, max_usd_per_h: 8}}"))
    tables = tuple(candidates(asked, each, catalog(), frozenset({"ttft"})) for each in asked.workloads)
    factor = nearest_factor(question(asked, tables), "ttft")
    assert factor > 2.0
    at = {"workload": workload(60.0), "limits": f"{{{ACCELERATORS}, max_usd_per_h: 8}}"}
    assert solved(**at, slo=slo(60 * factor * (1 + SLACK), 20)).found
    assert not solved(**at, slo=slo(60 * factor / (1 + SLACK), 20)).found


def test_a_guess_that_is_wrong_costs_a_search_and_no_accuracy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"workload": workload(60.0), "slo": slo(60, 20), "limits": f"{{{ACCELERATORS}, max_usd_per_h: 8}}"}
    (right,) = (each.to for each in latencies(solved(**asked)) if each.group == "ttft")
    for wrong in (0.2, 0.8, 1.3, 5.0, np.inf):
        monkeypatch.setattr(
            "planner.pipeline.refute.nearest_factor", lambda *a, w=wrong: max(nearest_factor(*a) * w, 1.0)
        )
        (found,) = (each.to for each in latencies(solved(**asked)) if each.group == "ttft")
        assert found == pytest.approx(right, rel=GRID * (1 + 2 * SLACK) - 1)
