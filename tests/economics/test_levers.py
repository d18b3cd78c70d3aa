"""Levers of a deployment that exists: each alone, all together, against the plan that the solver proves."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from planner.cli import main
from planner.economics.current import load_current
from planner.economics.levers import levers
from planner.errors import SpecError
from planner.pipeline import solve
from planner.plan.levers import Levers, Option
from tests.pipeline.requests import catalog, request, spec_of

EXAMPLE = Path(__file__).parents[2] / "docs" / "deployments" / "llama-70b-static.yaml"
TODAY = {"accelerator": "h100-sxm-80gb", "count": 8, "max_concurrency": 8, "usd_per_accelerator_h": 3.0}


def file_of(folder: Path, current: dict[str, Any], **changes: Any) -> Path:
    path = folder / "current.yaml"
    path.write_text(f"{request(**changes)}\ncurrent: {json.dumps(current)}\n", encoding="utf-8")
    return path


def answered(folder: Path, current: dict[str, Any], **changes: Any) -> Levers:
    return levers(*load_current(file_of(folder, current, **changes), catalog=catalog()), catalog=catalog())


def by_name(answer: Levers) -> dict[str, Option]:
    return {option.lever: option for option in answer.options}


def test_each_lever_alone_and_all_together(tmp_path: Path) -> None:
    found = by_name(answered(tmp_path, TODAY))
    assert list(found) == ["as it is", "batching", "format", "accelerator", "layout", "purchase", "together"]
    today = found["as it is"]
    assert today.usd_per_month == pytest.approx(8 * 3.0 * 730)
    assert (today.replicas, today.max_concurrency) == (8, 8)
    assert found["batching"].max_concurrency > 8
    assert found["batching"].replicas < today.replicas
    assert found["format"].max_concurrency == found["layout"].max_concurrency == 8
    assert found["purchase"].replicas == today.replicas
    assert found["purchase"].accelerator == today.accelerator
    assert found["accelerator"].max_concurrency <= 8
    assert found["together"].usd_per_month <= min(option.usd_per_month for option in found.values())
    for option in found.values():
        assert option.saving == pytest.approx(1.0 - option.usd_per_month / today.usd_per_month, abs=1e-4)


def test_all_together_is_the_plan_of_least_cost(tmp_path: Path) -> None:
    """Hardware at a price that nobody beats is not kept; what is bought instead is what the solver would buy."""
    found = by_name(answered(tmp_path, {**TODAY, "usd_per_accelerator_h": 50.0}, prices="{purchase: [on_demand]}"))
    plan = solve(spec_of(request()), catalog=catalog())
    assert plan.totals is not None
    assert found["together"].usd_per_month == pytest.approx(plan.totals.usd_per_h * 730, rel=1e-5)
    assert found["together"].offer == plan.workloads[0].pools[0].offer


def test_free_hardware_is_kept(tmp_path: Path) -> None:
    found = by_name(answered(tmp_path, {**TODAY, "usd_per_accelerator_h": 0.0}))
    assert {option.provider for option in found.values()} == {"today's"}


def test_every_lever_within_its_bounds(tmp_path: Path) -> None:
    for option in answered(tmp_path, {**TODAY, "count": 16}).options:
        assert option.keeps_slo
        assert option.utilisation <= 0.9 + 1e-6 or option.lever in {"as it is", "purchase"}
        assert option.ttft_p95_ms is not None
        assert option.ttft_p95_ms <= 1500.0
        assert option.tpot_p95_ms is not None
        assert option.tpot_p95_ms <= 60.0


def test_a_utilisation_stands_for_the_rate(tmp_path: Path) -> None:
    lengths = "{input_tokens: 1000, output_tokens: 200}"
    answer = answered(tmp_path, {**TODAY, "utilisation": 0.4}, workload=lengths)
    assert answer.options[0].utilisation == pytest.approx(0.4, rel=1e-5)


def test_too_much_load_is_said(tmp_path: Path) -> None:
    answer = answered(tmp_path, {**TODAY, "count": 1})
    today = answer.options[0]
    assert not today.keeps_slo
    assert today.ttft_p95_ms is None
    assert any("does not keep the SLO" in note for note in answer.notes)


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ({**TODAY, "accelerator": "h100"}, "did you mean h100"),
        (
            {**TODAY, "tensor_parallell": 2},
            "current.tensor_parallell: is an unknown key (did you mean tensor_parallel?)",
        ),
        ({**TODAY, "tensor_parallel": 16}, "current.count: 8 accelerators do not hold a replica of 16"),
        ({**TODAY, "utilisation": 0.4}, "current.utilisation: stands beside workload.requests_per_s"),
        ({**TODAY, "tensor_parallel": 7}, "does not run or fit"),
        ({**TODAY, "usd_per_accelerator_h": -1}, "current.usd_per_accelerator_h"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, current: dict[str, Any], expected: str) -> None:
    with pytest.raises(SpecError) as refused:
        answered(tmp_path, current)
    assert expected in str(refused.value)


def test_a_file_without_a_deployment_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(request(), encoding="utf-8")
    with pytest.raises(SpecError, match="current: is missing"):
        load_current(path, catalog=catalog())


def test_the_command_prints_a_table_rows_and_the_record() -> None:
    runs = {
        form: CliRunner().invoke(main, ["levers", str(EXAMPLE), "--format", form]) for form in ("table", "csv", "json")
    }
    assert {run.exit_code for run in runs.values()} == {0}
    assert "with every lever pulled" in " ".join(runs["table"].stdout.split())
    rows = list(csv.DictReader(io.StringIO(runs["csv"].stdout)))
    document = Levers.model_validate(json.loads(runs["json"].stdout))
    assert [row["lever"] for row in rows] == [option.lever for option in document.options]
