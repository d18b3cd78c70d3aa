"""Prices by date: what is later is left out, what is old is flagged."""

from pathlib import Path

from click.testing import CliRunner

from planner.cli import main
from tests.pipeline.requests import request, solved

HYPERSTACK = "{providers: [hyperstack], accelerators: [h100-pcie-80gb]}"


def test_an_old_price_is_flagged_with_its_age() -> None:
    plan = solved(limits=HYPERSTACK)
    pool = plan.workloads[0].pools[0]
    assert pool.price_as_of is not None
    assert plan.tool.catalog_date is not None
    days = (plan.tool.catalog_date - pool.price_as_of).days
    assert days > 60
    assert any(f"is {days} days old on {plan.tool.catalog_date}" in note for note in plan.notes)


def test_a_price_of_last_month_is_not_flagged(tmp_path: Path) -> None:
    """The list prices of that provider are of 2026-08-26."""
    (tmp_path / "m.yaml").write_text(request(limits=HYPERSTACK), encoding="utf-8")
    done = CliRunner().invoke(main, ["solve", str(tmp_path / "m.yaml"), "--as-of", "2026-09-20", "--format", "json"])
    assert done.exit_code == 0
    assert "2026-08-26" in done.stdout
    assert "days old" not in done.stdout


def test_a_price_without_a_date_says_so() -> None:
    plan = solved(limits="{providers: [verda], accelerators: [h100-sxm-80gb]}")
    (note,) = [note for note in plan.notes if "undated" in note]
    pool = plan.workloads[0].pools[0]
    assert pool.offer in note
    assert f"by {pool.price_as_of} at the latest" in note
    assert not any("undated" in note for note in solved(limits=HYPERSTACK).notes)


def test_prices_of_the_future_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(request(limits=HYPERSTACK), encoding="utf-8")
    done = CliRunner().invoke(main, ["solve", str(tmp_path / "m.yaml"), "--as-of", "2020-01-01"])
    assert done.exit_code == 3
