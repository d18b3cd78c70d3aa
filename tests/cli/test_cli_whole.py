"""Commands from end to end on the shipped catalogue, as a person would type them."""

import csv
import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from planner.cli import main
from planner.plan.record import plan_json_schema, read_plan

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SPEC = """
model: meta-llama/Meta-Llama-3.1-8B
workload: {requests_per_s: 2, input_tokens: 1000, output_tokens: 200}
slo: {ttft_p95_ms: 2000, tpot_p95_ms: 50}
limits: {accelerators: [l40s]}
"""
HEAVY = ("ortools", "numpy", "pydantic", "ruamel.yaml", "rich")
HELP = f"""
import sys
from planner.cli import main
for arguments in (["--help"], ["solve", "--help"], ["estimate", "-h"], ["catalog", "list", "-h"], ["--version"]):
    main(arguments, standalone_mode=False)
print("heavy:", *(name for name in {HEAVY!r} if name in sys.modules))
"""


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin, catch_exceptions=False)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "model.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy:"


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "planner", "-h"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: planner [OPTIONS] COMMAND")


def test_solve_writes_a_plan_that_can_be_read_back(spec: Path, tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    done = run("solve", str(spec), "-o", str(target))
    assert (done.exit_code, done.stdout) == (0, "")
    plan = read_plan(target.read_text(encoding="utf-8"))
    assert plan.status == "optimal"
    assert {pool.accelerator for pool in plan.workloads[0].pools} == {"l40s"}
    assert plan.timing is None


def test_the_same_request_gives_the_same_bytes_from_a_file_and_from_stdin(spec: Path) -> None:
    filed, piped = run("solve", str(spec), "--format", "json"), run("solve", "-", "--format", "json", stdin=SPEC)
    assert filed.stdout == piped.stdout
    assert filed.exit_code == piped.exit_code == 0


def test_timing_is_there_only_when_asked_for(spec: Path) -> None:
    timed = json.loads(run("solve", str(spec), "--format", "json", "--timing").stdout)
    assert all(seconds >= 0.0 for seconds in timed["timing"].values())
    assert timed["timing"]


def test_every_plan_fits_its_own_schema(spec: Path) -> None:
    document, schema = json.loads(run("solve", str(spec), "--format", "json").stdout), plan_json_schema()
    assert set(schema["required"]) <= set(document) <= set(schema["properties"])
    pool = schema["$defs"]["Pool"]
    for shown in document["workloads"][0]["pools"]:
        assert set(pool["required"]) <= set(shown) <= set(pool["properties"])


def test_what_cannot_be_met_exits_with_3_and_says_what_clashes(spec: Path) -> None:
    done = run("solve", str(spec), "--set", "slo.ttft_p95_ms=1", "--format", "json")
    answer = json.loads(done.stdout)
    assert done.exit_code == 3
    assert answer["status"] == "infeasible"
    assert "ttft" in answer["clash"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", r"<stdin>:1:1: "),
        (SPEC.replace("slo:", "slos:"), r"<stdin>:4:1: .*slo"),
        (SPEC.replace("l40s", "l40z"), r"<stdin>:5:\d+: .*l40s"),
        (SPEC.replace("requests_per_s: 2", "requests_per_s: -2"), r"<stdin>:3:\d+: .*-2"),
        ("[1, 2]", r"<stdin>:1:1: "),
        ("\x00\x01", r"<stdin>:1:1: "),
    ],
)
def test_a_wrong_request_exits_with_2_and_says_where(document: str, said: str) -> None:
    for command in ("solve", "candidates"):
        done = run(command, "-", stdin=document)
        assert (done.exit_code, done.stdout) == (2, "")
        assert re.search(said, done.stderr), done.stderr
        assert "Traceback" not in done.stderr


def test_a_wrong_override_exits_with_2(spec: Path) -> None:
    done = run("solve", str(spec), "--set", "limits.max_gpus=3")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "max_gpus" in done.stderr


def test_candidates_go_to_stdout_as_csv_and_json(spec: Path) -> None:
    rows = list(csv.DictReader(StringIO(run("candidates", str(spec)).stdout)))
    assert any(not row["rejected_by"] for row in rows)
    assert len(json.loads(run("candidates", str(spec), "--format", "json").stdout)) == len(rows)


@pytest.mark.parametrize(
    ("model", "accelerator", "options", "fits"),
    [
        ("meta-llama/Meta-Llama-3.1-70B", "h100-sxm-80gb", ["--weight-format", "bf16"], False),
        ("meta-llama/Meta-Llama-3.1-70B", "h200-sxm-141gb", ["--weight-format", "fp8"], True),
        ("deepseek-ai/DeepSeek-R1", "h100-sxm-80gb", ["--tensor-parallel", "8"], False),
        ("deepseek-ai/DeepSeek-R1", "h200-sxm-141gb", ["--tensor-parallel", "8"], True),
    ],
)
def test_estimate_says_what_fits(model: str, accelerator: str, options: list[str], fits: bool) -> None:
    done = run("estimate", "--model", model, "--accelerator", accelerator, *options, "--format", "json")
    answer = json.loads(done.stdout)
    assert done.exit_code == (0 if fits else 3)
    assert answer["fits"] is fits
    assert (answer["max_concurrency"] > 1) is fits
    page = run("estimate", "--model", model, "--accelerator", accelerator, *options)
    assert (" fits " if fits else " does not fit ") in " ".join(page.stdout.split())


def test_an_unknown_name_is_met_with_the_nearest_one() -> None:
    done = run("estimate", "--model", "meta-llama/Meta-Llama-3.1-70B", "--accelerator", "h100-sxm-80g")
    assert done.exit_code == 2
    assert "h100-sxm-80gb" in done.stderr


def test_catalog_lists_shows_and_checks() -> None:
    assert re.search(r"accelerators +\d+", run("catalog", "list").stdout)
    assert "h100-sxm-80gb" in run("catalog", "list", "accelerators").stdout
    assert run("catalog", "list", "models", "--format", "csv").stdout.startswith("id,")
    assert json.loads(run("catalog", "list", "nodes", "--format", "json").stdout)[0]["accelerator"]
    assert run("catalog", "show", "h100-sxm-80gb").stdout.startswith("id: h100-sxm-80gb\n")
    assert json.loads(run("catalog", "show", "vllm", "--format", "json").stdout)["id"] == "vllm"
    checked = run("catalog", "check")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert checked.stdout.endswith(": no problem found\n")


def test_an_entry_that_is_not_there_exits_with_2() -> None:
    done = run("catalog", "show", "h100-sxm-80")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "'h100-sxm-80' is not in the catalogue (did you mean 'h100-sxm-80gb'?)\n"


def test_the_users_own_entries_lie_on_top(tmp_path: Path) -> None:
    entry = run("catalog", "show", "l40s").stdout.replace("memory_gb: 48.0", "memory_gb: 49.0")
    folder = tmp_path / "accelerators"
    folder.mkdir()
    (folder / "l40s.yaml").write_text(entry, encoding="utf-8")
    assert "memory_gb: 49.0" in run("catalog", "show", "l40s", "--catalog", str(tmp_path)).stdout


def test_a_problem_of_the_catalogue_exits_with_2(tmp_path: Path) -> None:
    entry = run("catalog", "show", "l40s").stdout.replace("memory_gb: 48.0", "memory_gb: 48000.0")
    folder = tmp_path / "accelerators"
    folder.mkdir()
    (folder / "l40s.yaml").write_text(entry, encoding="utf-8")
    done = run("catalog", "check", "--catalog", str(tmp_path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "l40s" in done.stderr


@pytest.mark.parametrize("document", ["spec", "plan"])
def test_schemas_are_json_schemas(document: str) -> None:
    assert json.loads(run("schema", document).stdout)["$schema"].endswith("2020-12/schema")


def test_no_answer_in_time_is_an_exit_code_of_its_own() -> None:
    done = run("solve", str(EXAMPLES / "mixed-fleet.yaml"), "--time-limit", "0.001")
    assert done.exit_code == 4
    assert done.stdout.startswith("No answer: the time limit was reached")
