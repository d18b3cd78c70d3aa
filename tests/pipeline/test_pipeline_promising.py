"""Rows that are left out of a question could not have answered it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from planner.candidates.table import candidates
from planner.pipeline import promising
from planner.pipeline.promising import most_replicas
from planner.pipeline.translate import Question, question
from planner.plan.record import Plan
from tests.pipeline.requests import catalog, request, solved, spec_of

ACCELERATORS = "accelerators: [h100-sxm-80gb, l40s]"


def test_most_replicas_by_hand() -> None:
    text = request(limits=f"{{{ACCELERATORS}, max_accelerators: 10, inventory: [{{accelerator: l40s, max: 5}}]}}")
    asked = spec_of(text)
    problem = question(asked, tuple(candidates(asked, each, catalog()) for each in asked.workloads)).problem
    (served,) = problem.workloads
    columns, most = served.columns, most_replicas(problem, served)
    for offer, size, replicas in zip(columns.offer.tolist(), columns.accelerators.tolist(), most.tolist(), strict=True):
        sold = problem.offers[offer]
        cap = 5 if sold.accelerator == "l40s" else 10
        units = cap // sold.accelerators
        assert replicas == (
            units * (sold.accelerators // size) if size <= sold.accelerators else units // -(-size // sold.accelerators)
        )
    assert promising.PLENTY > most.max() >= 5


def test_a_limit_that_is_left_out_restricts_nothing() -> None:
    limits = f"{{{ACCELERATORS}, max_accelerators: 40, max_usd_per_h: 7, inventory: [{{accelerator: l40s, max: 2}}]}}"
    asked = spec_of(request(limits=limits))
    tables = tuple(candidates(asked, each, catalog()) for each in asked.workloads)

    def most(*left_out: str) -> dict[str, float]:
        problem = question(asked, tables, frozenset(left_out)).problem
        (served,) = problem.workloads
        names = np.array([problem.offers[offer].accelerator for offer in served.columns.offer])
        return {name: float(most_replicas(problem, served)[names == name].max()) for name in set(names.tolist())}

    assert most()["l40s"] == 2
    assert 2 < most("inventory")["l40s"] < 40
    assert most("inventory", "budget")["l40s"] == 40
    assert most()["h100-sxm-80gb"] < most("budget")["h100-sxm-80gb"] == 40
    assert most("budget", "max_accelerators")["h100-sxm-80gb"] >= promising.PLENTY / 2


@pytest.mark.parametrize(
    "changes",
    [
        {"slo": "{ttft_p95_ms: 60, tpot_p95_ms: 20}", "limits": f"{{{ACCELERATORS}, max_usd_per_h: 8}}"},
        {"slo": "{ttft_p95_ms: 10}", "limits": f"{{{ACCELERATORS}, max_accelerators: 1}}"},
        {"limits": f"{{{ACCELERATORS}, max_usd_per_h: 0.5, max_pools: 2}}"},
        {"limits": f"{{{ACCELERATORS}, inventory: [{{accelerator: l40s, max: 1}}], max_usd_per_h: 1}}"},
    ],
)
def test_the_same_answer_as_over_all_rows(changes: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"workload": "{requests_per_s: 60, input_tokens: 1000, output_tokens: 200}"} | changes
    fewer = solved(**asked)
    monkeypatch.setattr("planner.pipeline.refute.promising_rows", _all_rows)
    assert _answer(solved(**asked)) == _answer(fewer)
    assert fewer.clash


def _all_rows(asked: Question) -> tuple[NDArray[np.bool_], ...]:
    return tuple(np.ones(0 if t.physical is None else len(t.physical.node), dtype=bool) for t in asked.tables)


def _answer(plan: Plan) -> object:
    return plan.status, plan.clash, plan.relaxations, plan.notes
