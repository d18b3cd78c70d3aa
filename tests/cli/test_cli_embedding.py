"""The page on embedding shows what is printed: its blocks line by line, figures aside; its YAML is YAML."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from planner.cli import main
from tests import reviewed

PAGE = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
Run = Callable[..., str]
PINNED = "uses: example/planner@v0.1.0"


def bare(text: str) -> set[str]:
    """Lines without their figures, names of accelerators and percent signs as GitHub escapes them."""
    plain = re.sub(r"[-+]?\d[\d.,]*(%25)?", "N", text)
    return {re.sub(r"\s+", " ", line).strip() for line in plain.splitlines() if line.strip() not in {"", "..."}}


def block(first: str) -> str:
    (found,) = [text for kind, text in BLOCKS if kind == "text" and text.startswith(first)]
    return str(found)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    Path("model.yaml").write_text(reviewed.SPEC, encoding="utf-8")
    Path("plan.json").write_text(reviewed.plan().model_dump_json(), encoding="utf-8")
    return lambda *words: CliRunner().invoke(main, list(words), catch_exceptions=False).stdout


def test_a_forgotten_plan_prints_what_the_page_says(run: Run) -> None:
    Path("model.yaml").write_text(reviewed.SPEC.replace("tpot_p95_ms: 50", "tpot_p95_ms: 49"), encoding="utf-8")
    shown = run("check", "plan.json", "model.yaml")
    assert bare(block("The plan does not hold")) <= bare(shown)


def test_a_failing_gate_prints_what_the_page_says(run: Run) -> None:
    document = reviewed.plan(reviewed.SPEC, "workload.requests_per_s=60").model_dump_json()
    Path("dearer.json").write_text(document, encoding="utf-8")
    gate = ("--against", "plan.json", "--fail-on", "usd_per_h increase > 10%", "--format", "github")
    (shown,) = bare(block("::error"))
    printed = {
        line.replace("file=dearer.json", "file=serving/model.yaml") for line in bare(run("check", "dearer.json", *gate))
    }
    assert shown in printed


@pytest.mark.parametrize(("form", "first"), [("openmetrics", "# HELP"), ("adr", "# Serve")])
def test_a_document_holds_the_lines_that_the_page_shows(run: Run, form: str, first: str) -> None:
    shown = {line for line in bare(block(first)) if not line.startswith("# Serve")}
    assert shown <= bare(run("solve", "model.yaml", "--format", form))


def test_every_configuration_on_the_page_is_yaml() -> None:
    texts = [text for kind, text in BLOCKS if kind == "yaml"]
    assert len(texts) >= 3
    for text in texts:
        assert YAML(typ="safe", pure=True).load(text.replace(PINNED, "uses: example"))
