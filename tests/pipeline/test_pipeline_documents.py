"""Documents and gates as a library gives them: what the commands print and judge."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import planner
from planner import SpecError, document, gates, load_spec
from planner.cli import main
from planner.cli.rendering import FORMS
from planner.pipeline.documents import OF_CANDIDATES, OF_PLAN, OF_REVIEW
from tests import reviewed

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("form", FORMS)
def test_a_document_is_what_the_command_prints(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("model.yaml").write_text(reviewed.SPEC, encoding="utf-8")
    spec = load_spec("model.yaml", catalog=reviewed.catalog())
    printed = CliRunner().invoke(main, ["solve", "model.yaml", "--format", form], catch_exceptions=False)
    assert document(reviewed.plan(), form, spec=spec, catalog=reviewed.catalog()) == printed.stdout


def test_every_format_of_the_command_is_there_and_no_other() -> None:
    assert {*OF_PLAN, *OF_REVIEW, *OF_CANDIDATES} == set(FORMS)
    with pytest.raises(SpecError, match="'pdf' is none"):
        document(reviewed.plan(), "pdf")


def test_a_plan_alone_is_enough_for_every_format() -> None:
    assert all(document(reviewed.plan(), form) for form in FORMS)


def test_gates_say_what_failed_and_why() -> None:
    dearer = reviewed.plan(reviewed.SPEC, "workload.requests_per_s=60")
    passed, failed = gates(dearer, "infeasible", "usd_per_h increase > 10%", against=reviewed.plan(), today=TODAY)
    assert (passed.failed, failed.failed) == (False, True)
    assert "went from" in failed.because
    assert "usd_per_h increase" in document(dearer, "junit", gates=(failed,))


def test_a_gate_that_cannot_be_judged_is_refused() -> None:
    with pytest.raises(SpecError, match="give it as against"):
        gates(reviewed.plan(), "usd_per_h increase > 10%")
    with pytest.raises(planner.PlannerError, match="did you mean usd_per_mtok"):
        gates(reviewed.plan(), "usd_per_mtk > 1")
