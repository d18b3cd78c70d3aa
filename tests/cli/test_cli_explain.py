"""`planner explain` and `planner frontier` as a user calls them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from planner.cli import main

SPEC = """
model: meta-llama/Meta-Llama-3.1-8B
workload: {requests_per_s: 20, input_tokens: 1000, output_tokens: 200}
slo: {ttft_p95_ms: 1500, tpot_p95_ms: 60}
limits: {accelerators: [h100-sxm-80gb, l40s], providers: [runpod]}
"""


def run(*words: str, text: str = SPEC) -> Result:
    return CliRunner().invoke(main, list(words), input=text, catch_exceptions=False)


def test_explain_prints_a_page_and_exits_with_0() -> None:
    done = run("explain", "-")
    assert done.exit_code == 0
    assert "proven optimal." in done.stdout
    assert "Where the choice changes" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_explain_exits_with_3_where_nothing_meets_the_request() -> None:
    done = run("explain", "-", "--set", "slo.ttft_p95_ms=1", "--format", "json")
    assert done.exit_code == 3
    found = json.loads(done.stdout)
    assert found["status"] == "infeasible"
    assert found["clash"]
    assert found["nearest"]


def test_explain_writes_markdown_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "why.md"
    done = run("explain", "-", "-o", str(path))
    assert (done.exit_code, done.stdout) == (0, "")
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_frontier_writes_csv_and_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra [plot] is not installed")
    picture = tmp_path / "front.png"
    done = run("frontier", "-", "--against", "accelerators", "--format", "csv", "--plot", str(picture))
    assert done.exit_code == 0
    assert done.stdout.startswith("value,unit,usd_per_mtok,usd_per_h,accelerators,pieces\n")
    assert picture.stat().st_size > 5_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("frontier", "-"), "--against"),
        (("frontier", "-", "--against", "price"), "price"),
        (("frontier", "-", "--against", "ttft", "--plot", "x.gif"), "names no kind of picture"),
        (("frontier", "-", "--against", "ttft", "--times", "0.5"), "times: 0.5 is below 1"),
        (("explain", "-", "--time-limit", "-1"), "is not a positive, finite number"),
        (("explain", "-", "--set", "slo.ttft_p59_ms=100"), "ttft_p59_ms"),
        (("explain", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("document", ["explanation", "frontier"])
def test_their_schemas_are_printed(document: str) -> None:
    assert json.loads(run("schema", document).stdout)["$id"] == f"urn:servingplan:{document}:1"
