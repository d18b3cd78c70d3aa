"""``check``, ``diff``, gates and several documents at once, as a person or a pipeline would type them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from planner.cli import main
from planner.cli.schema import DOCUMENTS
from planner.pipeline.schemas import SCHEMAS
from planner.plan.record import read_plan
from tests import reviewed

FORMS = ("table", "json", "yaml", "markdown", "csv", "html", "adr", "github", "junit", "sarif", "openmetrics")
CHECK = """
import sys
from planner.cli import main
main(["check", sys.argv[1]], standalone_mode=False)
assert not [name for name in sys.modules if name.split(".")[0] == "ortools"]
assert "planner.solve.solver" not in sys.modules
"""


def run(*arguments: str, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin, catch_exceptions=False, env=env)


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "model.yaml"
    path.write_text(reviewed.SPEC, encoding="utf-8")
    return str(path)


@pytest.fixture
def plan(tmp_path: Path) -> str:
    path = tmp_path / "plan.json"
    path.write_text(reviewed.plan().model_dump_json() + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def dearer(tmp_path: Path) -> str:
    path = tmp_path / "dearer.json"
    path.write_text(reviewed.plan(reviewed.SPEC, "workload.requests_per_s=60").model_dump_json(), encoding="utf-8")
    return str(path)


def test_one_solve_writes_every_format(spec: str, tmp_path: Path) -> None:
    targets = {form: tmp_path / f"out.{form}" for form in FORMS}
    done = run("solve", spec, *(word for form, path in targets.items() for word in ("-o", f"{form}={path}")))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert read_plan(targets["json"].read_text(encoding="utf-8")) == reviewed.plan()
    assert "summary" not in targets["html"].read_text(encoding="utf-8")[:15]
    for form, path in targets.items():
        assert path.read_text(encoding="utf-8"), form


@pytest.mark.parametrize("form", FORMS)
def test_stdout_carries_the_document_alone(spec: str, form: str) -> None:
    done = run("solve", spec, "--format", form, "--verbose", "--fail-on", "infeasible")
    assert done.exit_code == 0
    assert "Looking for the plan of least cost" in done.stderr
    assert "Looking" not in done.stdout
    assert "gate passed: infeasible" in done.stderr
    assert "gate passed" not in done.stdout


def test_two_documents_cannot_go_to_one_place(spec: str, tmp_path: Path) -> None:
    for pair in (("json=-", "table=-"), (f"json={tmp_path}/a", f"html={tmp_path}/a")):
        done = run("solve", spec, "-o", pair[0], "-o", pair[1])
        assert (done.exit_code, done.stdout) == (2, "")
        assert "two documents cannot go to one place" in done.stderr


@pytest.mark.parametrize(
    ("value", "said"),
    [("jsno=x", "did you mean json?"), ("json=", "names no file"), ("pdf=x", "is no format of this command")],
)
def test_a_wrong_destination_is_refused_before_any_work(spec: str, value: str, said: str) -> None:
    done = run("solve", spec, "-o", value)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("gate", "code"),
    [("usd_per_mtok > 1000", 0), ("usd_per_mtok > 0.0001", 5), ("infeasible", 0), ("price_age > 1d", 5)],
)
def test_a_gate_decides_the_exit_code_and_not_the_document(spec: str, gate: str, code: int) -> None:
    done = run("solve", spec, "--format", "json", "--fail-on", gate)
    assert done.exit_code == code
    assert read_plan(done.stdout) == reviewed.plan()
    assert ("gate failed" in done.stderr) == (code == 5)
    assert run("solve", spec, "--format", "json", "--fail-on", gate, "--quiet").stderr == ""


@pytest.mark.parametrize("command", ["solve", "check"])
def test_a_wrong_gate_is_bad_usage_with_the_nearest_name(spec: str, plan: str, command: str) -> None:
    done = run(command, spec if command == "solve" else plan, "--fail-on", "usd_per_mtk > 1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "did you mean usd_per_mtok?" in done.stderr
    alone = run(command, spec if command == "solve" else plan, "--fail-on", "usd_per_h increase > 1%")
    assert alone.exit_code == 2
    assert "--against OLD.json" in alone.stderr


def test_an_infeasible_request_exits_with_3_and_with_5_where_a_gate_asks(spec: str) -> None:
    impossible = ("solve", spec, "--set", "slo.ttft_p95_ms=1", "--format", "junit")
    assert run(*impossible).exit_code == 3
    assert run(*impossible, "--fail-on", "infeasible").exit_code == 5
    assert run(*impossible, "--fail-on", "usd_per_mtok > 1").exit_code == 5


def test_a_stored_plan_is_verified_without_the_solver(plan: str) -> None:
    subprocess.run([sys.executable, "-c", CHECK, plan], check=True, capture_output=True)
    done = run("check", plan)
    assert done.exit_code == 0
    assert done.stdout.startswith("The plan holds")


def test_a_plan_that_was_touched_up_fails(plan: str, tmp_path: Path) -> None:
    data = json.loads(Path(plan).read_text(encoding="utf-8"))
    data["workloads"][0]["pools"][0]["tpot_ms"]["mean"] *= 0.5
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(data), encoding="utf-8")
    done = run("check", str(broken), "--format", "github")
    assert done.exit_code == 5
    assert done.stdout.startswith(f"::error file={broken}".replace(":", "%3A").replace("%3A%3Aerror", "::error")[:8])
    assert "tpot mean is" in done.stdout
    both = run("check", plan, str(broken))
    assert both.exit_code == 5
    assert both.stdout.startswith("The plan holds")
    assert "The plan does not hold" in both.stdout


def test_a_specification_that_moved_on_fails_the_check(plan: str, spec: str) -> None:
    assert run("check", plan, spec).exit_code == 0
    Path(spec).write_text(reviewed.SPEC.replace("tpot_p95_ms: 50", "tpot_p95_ms: 3"), encoding="utf-8")
    done = run("check", plan, spec)
    assert done.exit_code == 5
    assert "slo.tpot_p95_ms changed" in " ".join(done.stdout.split())
    assert run("check", plan, spec, "--set", "slo.tpot_p95_ms=50").exit_code == 0


@pytest.mark.parametrize("files", [(), ("a.yaml",), ("a.json", "b.yaml", "c.yaml"), ("a.json", "b.json", "c.yaml")])
def test_a_check_of_nothing_clear_is_bad_usage(files: tuple[str, ...]) -> None:
    assert run("check", *files).exit_code == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 99}', '{"schema": 1}', "not json"])
@pytest.mark.parametrize("command", ["check", "diff"])
def test_what_is_no_plan_is_refused_by_name(tmp_path: Path, text: str, command: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    done = run(command, str(path), *([str(path)] if command == "diff" else []))
    assert (done.exit_code, done.stdout) == (2, "")
    assert str(path) in done.stderr


def test_a_difference_is_gated_by_growth(plan: str, dearer: str) -> None:
    up = run("diff", plan, dearer, "--fail-on", "usd_per_h increase > 10%")
    assert up.exit_code == 5
    assert up.stdout.startswith("The cost rises")
    assert run("diff", dearer, plan, "--fail-on", "usd_per_h increase > 10%").exit_code == 0
    assert run("check", dearer, "--against", plan, "--fail-on", "usd_per_h increase > 10%").exit_code == 5


def test_a_difference_and_a_check_as_json_fit_the_schemas_that_are_printed(plan: str, dearer: str) -> None:
    for command, files in (("diff", (plan, dearer)), ("check", (plan,))):
        schema = json.loads(run("schema", command).stdout)
        assert schema["$id"] == f"urn:servingplan:{command}:1"
        jsonschema.validate(json.loads(run(command, *files, "--format", "json").stdout), schema)


def test_every_answer_fits_its_schema_and_says_what_made_it(spec: str) -> None:
    deployment = Path(__file__).parents[2] / "docs" / "deployments" / "llama-70b-static.yaml"
    answers = {
        "estimate": ("estimate", "--model", "meta-llama/Meta-Llama-3.1-8B", "--accelerator", "l40s"),
        "breakeven": ("breakeven", spec, "--api", "openai/gpt-4o-mini"),
        "levers": ("levers", str(deployment)),
    }
    for name, words in answers.items():
        answer = json.loads(run(*words, "--format", "json").stdout)
        jsonschema.validate(answer, SCHEMAS[name]())
        assert answer["schema"] == 1
        assert {"version", "catalog_date", "prices_date", "catalog_digest"} == set(answer["tool"])
        assert bool(answer.get("input")) == (name != "estimate")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_schema_is_one_and_has_a_stable_name(document: str) -> None:
    schema = json.loads(run("schema", document).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert re.fullmatch(r"urn:servingplan:\w+:1", schema["$id"])
    assert set(SCHEMAS) == set(DOCUMENTS)


def test_the_step_summary_goes_where_github_says(plan: str, dearer: str, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    env = {"GITHUB_STEP_SUMMARY": str(summary)}
    assert run("check", plan, "--format", "github", env=env).stdout == ""
    assert run("diff", plan, dearer, "--format", "github", env=env).stdout == ""
    text = summary.read_text(encoding="utf-8")
    assert "## Checks" in text
    assert "The cost rises" in text


def test_a_piped_plan_is_checked_from_stdin(plan: str) -> None:
    text = Path(plan).read_text(encoding="utf-8")
    assert run("check", "-", stdin=text).exit_code == 0


@pytest.mark.parametrize("command", [("solve",), ("check",), ("diff",)])
def test_sixty_columns_hold_every_page(spec: str, plan: str, dearer: str, command: tuple[str, ...]) -> None:
    files = {"solve": (spec,), "check": (plan,), "diff": (plan, dearer)}[command[0]]
    page = run(*command, *files, env={"COLUMNS": "60"}).stdout
    assert page
    assert not [line for line in page.splitlines() if len(line) > 60 and not re.search(r"\S{30,}", line)]


def test_a_document_piped_into_another_program_is_whole_and_plain(spec: str) -> None:
    command = f"{sys.executable} -m planner solve - --format json < {spec} | {sys.executable} -m json.tool"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["status"] == "optimal"
    assert done.stderr == ""
    shown = subprocess.run(
        [sys.executable, "-m", "planner", "solve", spec],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert "\x1b" not in shown.stdout
    assert shown.stderr == ""


@pytest.mark.parametrize("words", ["solve SPEC --format html", "candidates SPEC", "--help", "solve --help"])
def test_a_reader_that_goes_away_is_no_error(spec: str, words: str) -> None:
    command = f"{sys.executable} -m planner {words.replace('SPEC', spec)} | head -c 0"
    done = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_piped_in_and_out_is_json_as_jq_takes_it(spec: str) -> None:
    jq = "jq .totals" if shutil.which("jq") else f"{sys.executable} -m json.tool"
    command = f"{sys.executable} -m planner solve - < {spec} | {jq}"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=True)
    assert "usd_per_mtok" in done.stdout
    assert done.stderr == ""
    assert run("solve", "-", "--format", "table", stdin=reviewed.SPEC).stdout.startswith("1 x")
    assert run("solve", spec).stdout.startswith("1 x")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed_and_bash_completes(shell: str) -> None:
    environment = {**os.environ, "_PLANNER_COMPLETE": f"{shell}_source"}
    script = "from planner.cli import main; main(prog_name='planner')"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert "planner" in done.stdout
    words = {"COMP_WORDS": "planner ch", "COMP_CWORD": "1" if shell != "fish" else "ch"}
    environment |= {**words, "_PLANNER_COMPLETE": f"{shell}_complete"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert "check" in done.stdout
