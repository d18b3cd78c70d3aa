"""The review script of the documentation runs, and objects where it should."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import planner
from planner.errors import PlannerError
from tests import reviewed

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "docs" / "scripts" / "review_service.py"


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_the_script_passes_what_is_cheap_and_names_what_grew(tmp_path: Path) -> None:
    spec, plan = tmp_path / "model.yaml", tmp_path / "plan.json"
    spec.write_text(reviewed.SPEC, encoding="utf-8")
    plan.write_text(reviewed.plan().model_dump_json(), encoding="utf-8")
    passed = run(str(spec), str(plan))
    assert (passed.returncode, passed.stderr) == (0, "")
    assert "l40s" in passed.stdout
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    spec.write_text(reviewed.SPEC.replace("requests_per_s: 2", "requests_per_s: 60"), encoding="utf-8")
    grown = run(str(spec), str(plan))
    assert grown.returncode == 1
    assert "usd_per_h increase > 10%: usd_per_h went from" in grown.stderr


def test_a_wrong_file_is_one_message(tmp_path: Path) -> None:
    done = run(str(tmp_path / "none.yaml"))
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_names_every_public_name() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert not [name for name in planner.__all__ if f"`{name}" not in page]
    assert issubclass(planner.SpecError, PlannerError)


def test_the_page_shows_the_parameters_that_there_are() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \|", page, flags=re.MULTILINE))
    functions = {name for name in planner.__all__ if inspect.isfunction(getattr(planner, name))}
    assert set(shown) == functions
    for name, words in shown.items():
        signature = inspect.signature(getattr(planner, name))
        said = [word.split("=")[0].strip("* ") for word in words.split(", ") if word.strip("* .")]
        real = [parameter for parameter in signature.parameters if parameter != "configuration"]
        assert said == real[: len(said)], name
        assert "..." in words or said == real, name


def test_checking_needs_only_the_plan() -> None:
    assert planner.check(reviewed.plan(), catalog=reviewed.catalog()) == ()
