"""What each command passes on and prints, with the rooms behind it replaced by hand-made answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import planner.pipeline
import planner.spec.loader
from planner import __version__
from planner.cli import main
from planner.cli.progress import progress
from planner.errors import CatalogError, NoAnswerError, PlannerError, SolverBug, SpecError
from planner.plan.estimate import Estimate
from planner.plan.figures import Memory
from planner.plan.record import Plan, read_plan
from planner.render.table import plan_table
from planner.spec.schema import Spec

REQUEST = Spec(workloads=())
PLANS = Path(__file__).parents[1] / "render" / "plans"
ESTIMATE = Estimate(
    model="m",
    accelerator="a",
    tensor_parallel=2,
    weight_format="fp8",
    kv_format="bf16",
    engine="vllm",
    concurrency=1,
    input_tokens=1,
    output_tokens=1,
    fits=True,
    memory_per_accelerator_gib=Memory(weights=1, kv_cache=1, activations=1, overhead=1, usable=10),
    max_concurrency=7,
)


def plan_of(name: str) -> Plan:
    return read_plan((PLANS / f"{name}.json").read_text(encoding="utf-8"))


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin)


class Behind:
    """The rooms behind the commands: answers with ``plan``, raises ``error``, remembers how it was called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plan = plan_of("chat")
        self.estimate = ESTIMATE
        self.error: BaseException | None = None
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        monkeypatch.setattr(planner.spec.loader, "load_spec", self._answering(lambda: REQUEST))
        monkeypatch.setattr(planner.pipeline, "solve", self._answering(lambda: self.plan))
        monkeypatch.setattr(planner.pipeline, "estimate", self._answering(lambda: self.estimate))

    def _answering(self, answer: Callable[[], Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            self.calls.append((arguments, options))
            if self.error is not None:
                raise self.error
            return answer()

        return called


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Behind:
    return Behind(monkeypatch)


def test_solve_prints_the_page_and_nothing_else(behind: Behind) -> None:
    done = run("solve", "model.yaml")
    assert done.exit_code == 0
    assert done.stdout == plan_table(behind.plan, width=80)
    assert done.stderr == ""


def test_solve_as_json_is_exactly_the_record(behind: Behind) -> None:
    done = run("solve", "model.yaml", "--format", "json")
    assert done.stdout == behind.plan.model_dump_json() + "\n"


@pytest.mark.parametrize(
    ("form", "begins"),
    [("yaml", "schema: 1\n"), ("markdown", "# 2 x (4 x H100"), ("csv", "workload,model,"), ("TABLE", "2 x (4 x H100")],
)
def test_solve_in_every_format(behind: Behind, form: str, begins: str) -> None:
    done = run("solve", "model.yaml", "--format", form)
    assert (done.exit_code, behind.error) == (0, None)
    assert done.stdout.startswith(begins)


def test_solve_passes_its_options_on(behind: Behind) -> None:
    run("solve", "m.yaml", "--set", "seed=3", "--set", "objective=usd_per_h", "--seed", "7", "--workers", "2",
        "--time-limit", "12.5", "--timing")  # fmt: skip
    (read, reading), (solved, solving) = behind.calls
    assert read == ("m.yaml",)
    assert reading["overrides"] == ("seed=3", "objective=usd_per_h", "seed=7", "workers=2")
    assert solved == (REQUEST,)
    assert (solving["time_limit_s"], solving["timing"]) == (12.5, True)
    assert solving["catalog"] is reading["catalog"]


@pytest.mark.parametrize(("name", "status", "code"), [
    ("chat", "optimal", 0), ("chat", "feasible", 0), ("infeasible", "infeasible", 3), ("infeasible", "unknown", 4),
])  # fmt: skip
def test_the_exit_code_says_what_came_out_and_the_document_is_printed_all_the_same(
    behind: Behind, name: str, status: str, code: int
) -> None:
    behind.plan = plan_of(name).model_copy(update={"status": status})
    done = run("solve", "model.yaml", "--format", "json")
    assert done.exit_code == code
    assert json.loads(done.stdout)["status"] == status


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SpecError("model.yaml:3:5: slo: no", "model.yaml:4:1: x: no"), 2),
        (CatalogError("no such accelerator"), 2),
        (NoAnswerError("time ran out"), 4),
        (SolverBug("the checker disagrees"), 1),
        (PlannerError("something"), 1),
    ],
)
def test_an_error_is_a_message_on_stderr_and_its_own_exit_code(behind: Behind, error: PlannerError, code: int) -> None:
    behind.error = error
    done = run("solve", "model.yaml")
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr == f"{error}\n"


def test_a_message_cannot_command_the_terminal(behind: Behind) -> None:
    behind.error = SpecError("model: \x1b]0;owned\x07 is unknown")
    assert run("solve", "model.yaml").stderr == "model: ?]0;owned? is unknown\n"


def test_what_nobody_expected_is_one_line_with_a_hint(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLANNER_DEBUG", raising=False)
    behind.error = ZeroDivisionError("division\nby zero")
    done = run("solve", "model.yaml")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "test_cli_commands.py:" in done.stderr
    assert "PLANNER_DEBUG=1" in done.stderr


def test_the_traceback_is_shown_when_asked_for(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_DEBUG", "1")
    behind.error = ZeroDivisionError("division by zero")
    done = run("solve", "model.yaml")
    assert done.exit_code == 1
    assert done.stderr.startswith("Traceback (most recent call last):")


def test_an_interrupt_is_quiet(behind: Behind) -> None:
    behind.error = KeyboardInterrupt()
    done = run("solve", "model.yaml")
    assert (done.exit_code, done.stdout, done.stderr) == (130, "", "")


def test_estimate_passes_the_configuration_on(behind: Behind) -> None:
    done = run("estimate", "--model", "m", "--accelerator", "a", "--tensor-parallel", "2", "--weight-format", "fp8",
               "--concurrency", "5", "--input-tokens", "100", "--output-tokens", "10")  # fmt: skip
    ((arguments, options),) = behind.calls
    options.pop("catalog")
    assert arguments == ()
    assert options == {
        "model": "m",
        "accelerator": "a",
        "tensor_parallel": 2,
        "pipeline_parallel": 1,
        "expert_parallel": 1,
        "attention_data_parallel": 1,
        "weight_format": "fp8",
        "kv_format": None,
        "engine": "vllm",
        "concurrency": 5,
        "input_tokens": 100,
        "output_tokens": 10,
    }
    assert done.stdout.startswith("m with FP8 weights fits 2 x a, TP 2")


def test_estimate_exits_with_3_where_the_model_does_not_fit(behind: Behind) -> None:
    behind.estimate = ESTIMATE.model_copy(update={"fits": False})
    done = run("estimate", "--model", "m", "--accelerator", "a", "--format", "json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["fits"] is False


WRONG = [
    ["nothing"],
    ["solve"],
    ["solve", "a.yaml", "b.yaml"],
    ["solve", "a.yaml", "--format", "xml"],
    ["solve", "a.yaml", "--set", "seed"],
    ["solve", "a.yaml", "--set", "=3"],
    ["solve", "a.yaml", "--time-limit", "0"],
    ["solve", "a.yaml", "--time-limit", "-1"],
    ["solve", "a.yaml", "--time-limit", "nan"],
    ["solve", "a.yaml", "--time-limit", "inf"],
    ["solve", "a.yaml", "--seed", "-1"],
    ["solve", "a.yaml", "--seed", "4294967296"],
    ["solve", "a.yaml", "--workers", "0"],
    ["solve", "a.yaml", "--catalog", "/no/such/folder"],
    ["solve", "a.yaml", "--output", "/no/such/folder/plan.json"],
    ["solve", "a.yaml", "-o", "/"],
    ["candidates", "a.yaml", "--format", "table"],
    ["estimate"],
    ["estimate", "--model", "m"],
    ["estimate", "--model", "m", "--accelerator", "a", "--tensor-parallel", "0"],
    ["estimate", "--model", "m", "--accelerator", "a", "--concurrency", "many"],
    ["estimate", "--model", "m", "--accelerator", "a", "--input-tokens", "-5"],
    ["catalog", "list", "things"],
    ["catalog", "show"],
    ["schema", "everything"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_exits_with_2_before_anything_is_asked(behind: Behind, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: " in done.stderr
    assert behind.calls == []


def test_version() -> None:
    assert run("--version").stdout == f"planner {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["solve"], ["candidates"], ["estimate"], ["catalog"], ["catalog", "list"]])
def test_help_has_a_short_and_a_long_name(arguments: list[str]) -> None:
    short, long = run(*arguments, "-h"), run(*arguments, "--help")
    assert short.exit_code == long.exit_code == 0
    assert short.stdout == long.stdout
    assert short.stdout.startswith("Usage: ")


def test_every_option_says_what_it_is_for() -> None:
    parallel = {"tensor_parallel", "pipeline_parallel", "expert_parallel", "attention_data_parallel"}
    silent = [
        f"{command.name} --{parameter.name}"
        for command in main.commands.values()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help and parameter.name not in parallel
    ]
    assert not silent


def test_progress_says_nothing_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("thinking"):
        pass
    assert capsys.readouterr() == ("", "")
