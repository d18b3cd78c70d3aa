"""Corners of the language: what is refused only there, and what is read the same however it is written."""

from pathlib import Path

import pytest

from planner.catalog.catalog import Catalog
from planner.spec.document import MAX_BYTES, MAX_DEPTH
from planner.spec.scalars import resolve
from tests.spec.texts import CHAT, Load, Problems

ENERGY = CHAT + "objective: energy\nlimits: {max_pools: 2}\n"
HOURLY = (
    "model: meta-llama/Meta-Llama-3.1-70B\nworkload: {demand: {hourly_requests_per_s: ["
    + "1, " * 23
    + ("1]}, input_tokens: 9, output_tokens: 9}\nobjective: [usd_per_mtok, accelerators]\n")
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CHAT + "#" * MAX_BYTES, "s.yaml:1:1: document: is larger than"),
        (
            f"a: &deep {'[' * 20}{']' * 20}\nb: {'[' * (MAX_DEPTH - 10)}*deep{']' * (MAX_DEPTH - 10)}\n",
            "is nested more",
        ),
        (ENERGY, "limits.max_pools: mixes of columns beside objective: energy are known but not built yet"),
        (HOURLY, "a demand over time beside objective: accelerators is known but not built yet"),
        (CHAT + "limits: {xyzzy: 1}\n", "limits.xyzzy: is an unknown key (known here: accelerators"),
        (CHAT + "limits: {purchas: 1}\n", "limits.purchas: is an unknown key (did you mean purchase, under prices?)"),
    ],
)
def test_refused_with_a_way_out(problems: Problems, text: str, expected: str) -> None:
    found = problems(text)
    assert any(expected in problem for problem in found), found


def test_an_override_nested_too_deep_is_refused(problems: Problems) -> None:
    (problem,) = problems(CHAT, ".".join(["a"] * (MAX_DEPTH + 1)) + "=1")
    assert f"is nested more than {MAX_DEPTH} deep" in problem


def test_an_item_of_a_list_is_removed_by_null(load: Load) -> None:
    text = CHAT + "limits: {accelerators: [l4, l40s]}\n"
    assert load(text, "limits.accelerators[0]=null").limits.accelerators == ("l40s",)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0x1F", 31), ("0o17", 15), ("017", 17), ("-0", 0), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), ("0x", "0x")],
)
def test_numbers_are_read_by_the_core_schema(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize("text", ["9" * 400, "0x" + "F" * 400, "1e999"])
def test_what_no_float_holds_is_infinite(text: str) -> None:
    assert resolve(text) == float("inf")


@pytest.mark.parametrize("region", ["us-east-1", None])
def test_a_stock_counts_what_it_names_only(load: Load, catalog: Catalog, region: str | None) -> None:
    """A row of stock for one region leaves offers of other regions alone."""
    named = f", region: {region}" if region else ""
    (stock,) = load(CHAT + f"limits: {{inventory: [{{provider: aws{named}, max: 3}}]}}\n").limits.inventory
    counted = {o.id for o in catalog.offers.values() if stock.counts(catalog.nodes[o.node].accelerator, o)}
    assert counted == {
        o.id for o in catalog.offers.values() if o.provider == "aws" and (region is None or region in o.regions)
    }


def rates(hours: int) -> str:
    return "hour,requests_per_s\n" + "".join(f"{hour},1\n" for hour in range(hours))


def two_profiles(first: int, second: int, folder: Path) -> str:
    blocks = ""
    for name, hours in (("a", first), ("b", second)):
        (folder / f"{name}.csv").write_text(rates(hours), encoding="utf-8")
        demand = f"{{demand: {{csv: {name}.csv}}, input_tokens: 10, output_tokens: 10}}"
        blocks += f"- {{name: {name}, model: meta-llama/Meta-Llama-3.1-8B, workload: {demand}}}\n"
    return f"workloads:\n{blocks}"


def test_profiles_of_several_workloads_repeat_within_one_another(problems: Problems, tmp_path: Path) -> None:
    assert not problems(two_profiles(2, 6, tmp_path))
    (problem,) = problems(two_profiles(4, 6, tmp_path))
    assert "workloads[0].workload.demand: spans 4 hours, which do not divide the 6 of another workload" in problem


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"hour,requests_per_s\n0,\xff\n", "byte 0xff"),
        (b"hour,requests_per_s\n0,1\n\n1,2\n", None),
        (b"hour,requests_per_s\n" + b"x,y\n" * 40, "'x,y' is no hour and rate"),
    ],
)
def test_files_of_rates(problems: Problems, tmp_path: Path, content: bytes, expected: str | None) -> None:
    """Blank lines are passed over; broken text and wrong rows are named, ten at most."""
    (tmp_path / "r.csv").write_bytes(content)
    found = problems(CHAT.replace("requests_per_s: 10", "demand: {csv: r.csv}"))
    assert bool(found) == (expected is not None)
    if expected is not None:
        assert expected in found[0]
        assert found[0].count("is no hour and rate") <= 10
