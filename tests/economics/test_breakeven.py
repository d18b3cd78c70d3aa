"""The cost curve against the solver's proven optimum, the API's price, and the whole command offline."""

import csv
import io
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from planner.cli import main
from planner.economics.api import ApiPrice, listed_price
from planner.economics.breakeven import breakeven
from planner.errors import SpecError
from planner.perf.lengths import Lengths
from planner.pipeline import solve
from planner.plan.breakeven import Breakeven
from tests.pipeline.requests import LLAMA_8B, catalog, request, spec_of

EXAMPLE = str(Path(__file__).parents[2] / "docs" / "examples" / "llama-70b-chat.yaml")
MINI = ApiPrice("openai/gpt-4o-mini", 0.15, 0.60, 0.075, "by hand")
HOURS_PER_MONTH = 730.0


def answer(api: ApiPrice = MINI, *, overflow: bool = False, **changes: Any) -> Breakeven:
    found = breakeven(spec_of(request(**changes)), api, catalog=catalog(), overflow=overflow)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "limits",
    [
        "{accelerators: [h100-sxm-80gb, l40s]}",
        "{accelerators: [h100-sxm-80gb, l40s, l4], max_accelerators: 24}",
        "{accelerators: [l40s, a100-sxm-80gb], inventory: [{accelerator: l40s, max: 3}]}",
    ],
)
@pytest.mark.parametrize("rate", [0.5, 7.0, 31.0, 120.0])
def test_every_point_is_the_solvers_optimum(limits: str, rate: float) -> None:
    asked = spec_of(
        request(limits=limits, workload=f"{{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}")
    )
    plan = solve(asked, catalog=catalog())
    curve = breakeven(asked, MINI, catalog=catalog())
    if plan.totals is None:
        assert curve is None or curve.at_request is None
        return
    assert curve is not None
    assert curve.at_request is not None
    assert curve.at_request.self_usd_per_month == pytest.approx(plan.totals.usd_per_h * HOURS_PER_MONTH, rel=1e-5)
    assert curve.at_request.accelerators == plan.totals.accelerators
    # of columns that cost the same the solver takes the one of lower TTFT, the curve the one of larger capacity
    assert 0.0 < curve.at_request.utilisation <= plan.workloads[0].pools[0].utilisation * (1.0 + 1e-3)


def test_overheads_move_the_break_even_out() -> None:
    plain = answer()
    loaded = answer(overheads="{usd_per_month: 5000, share_of_compute: 0.1}")
    assert plain.breakeven is not None
    assert loaded.breakeven is None or loaded.breakeven.tokens_per_day > plain.breakeven.tokens_per_day
    assert plain.at_request is not None
    assert loaded.at_request is not None
    expected = plain.at_request.self_usd_per_month * 1.1 + 5000.0
    assert loaded.at_request.self_usd_per_month == pytest.approx(expected, rel=1e-5)


def test_overflow_is_never_dearer_than_either() -> None:
    for point in answer(overflow=True).points:
        assert point.overflow_usd_per_month is not None
        assert point.overflow_usd_per_month <= min(point.self_usd_per_month, point.api_usd_per_month) * (1.0 + 1e-5)


def test_cached_input_is_priced_apart() -> None:
    """1,000 tokens in of which 400 cached, 200 out: 600 x 0.15 + 400 x 0.075 + 200 x 0.6 USD a million requests."""
    assert MINI.usd_per_request(Lengths.constant(1000, 200, 400)) == pytest.approx(240e-6)


def test_the_list_knows_a_model_by_name_and_prices_by_date() -> None:
    found = listed_price("openai/gpt-4o-mini", 1000)
    assert (found.input_usd_per_mtok, found.output_usd_per_mtok, found.cached_usd_per_mtok) == (0.15, 0.6, 0.075)


def test_a_tier_holds_for_the_whole_prompt() -> None:
    short, long = (listed_price("google/gemini-2.5-pro", tokens) for tokens in (1_000, 500_000))
    assert long.input_usd_per_mtok > short.input_usd_per_mtok


@pytest.mark.parametrize("name", ["openai/gpt-4o-mimi", "gpt-4o-mini", "opena/gpt-4o-mini", "", "/", "openai/"])
def test_an_unknown_model_gets_the_nearest_names(name: str) -> None:
    with pytest.raises(SpecError, match=r"did you mean [a-z]+"):
        listed_price(name, 1000)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["breakeven", *arguments])


def test_the_command_works_offline_and_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        pytest.fail("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refused)
    picture = tmp_path / "curve.png"
    done = run(EXAMPLE, "--api", "openai/gpt-4o-mini", "--plot", str(picture))
    assert done.exit_code == 0, done.output
    assert "self-hosting is no dearer from" in " ".join(done.stdout.split())
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_csv_has_a_row_a_point_and_json_is_the_record(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(request(), encoding="utf-8")
    given = ("--api-input-usd-per-mtok", "1", "--api-output-usd-per-mtok", "4")
    rows = list(csv.DictReader(io.StringIO(run(str(path), *given, "--format", "csv").stdout)))
    document = Breakeven.model_validate(json.loads(run(str(path), *given, "--format", "json").stdout))
    assert len(rows) == len(document.points) > 10
    assert document.api.cached_usd_per_mtok == 1.0
    assert document.model == LLAMA_8B


def test_an_unknown_model_and_no_price_are_bad_usage(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(request(), encoding="utf-8")
    unknown = run(str(path), "--api", "openai/gpt-4o-mimi")
    assert unknown.exit_code == 2
    assert "openai/gpt-4o-mini" in unknown.stderr
    assert run(str(path)).exit_code == 2
    assert run(str(path), "--api", "openai/gpt-4o-mini", "--plot", "curve.doc").exit_code == 2


def test_without_hardware_there_is_no_curve(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(request(slo="{ttft_p95_ms: 0.01}"), encoding="utf-8")
    done = run(str(path), "--api", "openai/gpt-4o-mini")
    assert done.exit_code == 3
    assert "planner solve" in done.stderr


def test_fewer_tokens_say_by_how_much_the_api_is_cheaper(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(request(workload="{tokens_per_day: 2e6, input_tokens: 1000, output_tokens: 200}"), encoding="utf-8")
    words = " ".join(run(str(path), "--api", "openai/gpt-4o-mini").stdout.split())
    assert "of the request the API is cheaper, by" in words
