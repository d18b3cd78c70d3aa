"""The GitHub Action's script on a repository with a base branch: dearer or broken fails, cheaper passes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
SPEC = """
model: meta-llama/Meta-Llama-3.1-8B
workload: {requests_per_s: 2, input_tokens: 1000, output_tokens: 200}
slo:
  ttft_p95_ms: 2000
  tpot_p95_ms: 50
limits: {accelerators: [l40s], tenancy: [private]}
owned: [{node: NODE, count: 4, usd_per_node_h: 10}]
"""


def spec_text() -> str:
    nodes = sorted((ROOT / "catalog" / "nodes").glob("*.yaml"))
    node = next(path.stem for path in nodes if "accelerator: l40s\n" in path.read_text(encoding="utf-8"))
    return SPEC.replace("NODE", node)


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=reviewer", "-c", "user.email=reviewer@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "model.yaml").write_text(spec_text(), encoding="utf-8")
    git(folder, "add", "model.yaml")
    git(folder, "commit", "-q", "-m", "base")
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def reviewed(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")},
        "SPEC": "model.yaml",
        "BASE": "main",
        "FAIL_ON": "infeasible\nusd_per_h increase > 10%\n",
        "OUT": str(folder.parent / "out"),
        "PLANNER": f"{sys.executable} -m planner",
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"),
        **variables,
    }
    command = ["bash", str(ROOT / "action" / "review.sh")]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def change(folder: Path, old: str, new: str) -> None:
    text = (folder / "model.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "model.yaml").write_text(text.replace(old, new), encoding="utf-8")


def test_a_change_that_costs_a_fifth_more_fails(repository: Path) -> None:
    change(repository, "usd_per_node_h: 10", "usd_per_node_h: 12")
    done = reviewed(repository)
    assert done.returncode == 5, done.stderr
    assert "usd_per_h increase > 10%25" in done.stdout
    assert "+20.0%" in done.stdout.replace("%25", "%")
    summary = (repository.parent / "summary.md").read_text(encoding="utf-8")
    assert "The cost rises from " in summary
    assert "owned[0].usd_per_node_h" in summary.replace("\\", "")


def test_a_change_that_costs_less_passes_and_leaves_its_documents(repository: Path) -> None:
    change(repository, "usd_per_node_h: 10", "usd_per_node_h: 8")
    done = reviewed(repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::error" not in done.stdout
    out = repository.parent / "out"
    assert json.loads((out / "plan.json").read_text(encoding="utf-8"))["status"] == "optimal"
    assert {path.name for path in out.iterdir()} == {
        "base.json",
        "decision.md",
        "junit.xml",
        "plan.json",
        "report.html",
    }
    assert ET.parse(out / "junit.xml").getroot().attrib["failures"] == "0"
    done = subprocess.run(["git", "worktree", "list"], cwd=repository, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 1


def test_a_change_that_breaks_the_slo_fails_at_its_line(repository: Path) -> None:
    change(repository, "tpot_p95_ms: 50", "tpot_p95_ms: 1")
    done = reviewed(repository)
    assert done.returncode == 5, done.stderr
    line = 1 + (repository / "model.yaml").read_text(encoding="utf-8").splitlines().index("  tpot_p95_ms: 1")
    assert f"::error file=model.yaml,line={line},title=planner clash::tpot" in done.stdout


def test_a_request_that_cannot_be_met_fails_without_any_gate(repository: Path) -> None:
    change(repository, "tpot_p95_ms: 50", "tpot_p95_ms: 1")
    assert reviewed(repository, FAIL_ON="").returncode == 3


def test_a_wrong_specification_is_said_and_fails(repository: Path) -> None:
    change(repository, "slo:", "slos:")
    done = reviewed(repository)
    assert done.returncode == 2
    assert "::error file=model.yaml" in done.stdout
    assert "model.yaml:4:1" in done.stderr


def test_a_new_specification_is_judged_by_itself(repository: Path) -> None:
    (repository / "new.yaml").write_text(spec_text(), encoding="utf-8")
    done = reviewed(repository, SPEC="new.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not judged without an older plan: usd_per_h increase > 10%" in done.stdout


def test_the_action_and_the_hook_are_what_their_readers_take() -> None:
    yaml = YAML(typ="safe", pure=True)
    action = yaml.load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert action["runs"]["using"] == "composite"
    steps = action["runs"]["steps"]
    assert all("shell" in step for step in steps if "run" in step)
    # what a pull request's author can name never stands in a script's text, only in its environment
    assert not [step["run"] for step in steps if "run" in step and "${{" in step["run"]]
    given = set(steps[-1]["env"]) - {"ACTION_PATH"}
    script = (ROOT / "action" / "review.sh").read_text(encoding="utf-8")
    assert all(name in script for name in given)
    (hook,) = yaml.load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    assert hook["entry"].split() == ["planner", "check"]
