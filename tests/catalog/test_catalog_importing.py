"""A flat list of offers as dated entries that the planner can buy from."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from planner.catalog.loader import load_catalog
from planner.catalog.prices import price_at
from planner.cli import main
from planner.pipeline import solve
from planner.spec.loader import load_spec
from tests.pipeline.requests import request

HEADER = "InstanceType,vCPUs,AcceleratorName,AcceleratorCount,GpuInfo,Price,SpotPrice,Region,AvailabilityZone"
ROWS = [
    "p5.48xlarge,192,H100,8,{},55.04,20.1,us-east-1,a",
    "p5.48xlarge,192,H100,8,{},55.04,20.1,us-west-2,a",
    "p5.48xlarge,192,H100,8,{},60.0,,eu-west-1,a",
    "g6e.xlarge,4,L40S,1,{},1.86,,us-east-1,a",
    "m5.large,2,,,,0.096,0.03,us-east-1,a",
    "strange,2,Zeta9,1,,0.5,,us-east-1,a",
]


def imported(
    folder: Path, *rows: str, header: str = HEADER, day: str = "2026-11-20", more: tuple[str, ...] = ()
) -> Result:
    source = folder / "list.csv"
    source.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    arguments = ["catalog", "import", str(source), "-o", str(folder / "own"), "--provider", "acme", "--as-of", day]
    return CliRunner().invoke(main, [*arguments, *more])


H100 = ("--accelerator", "H100=h100-sxm-80gb")


def test_rows_become_offers_by_price_with_their_regions(tmp_path: Path) -> None:
    done = imported(tmp_path, *ROWS, more=H100)
    assert done.exit_code == 0, done.output
    offers = {key: offer for key, offer in load_catalog(tmp_path / "own").offers.items() if offer.provider == "acme"}
    assert set(offers) == {"acme/p5.48xlarge-us-east-1", "acme/p5.48xlarge-eu-west-1", "acme/g6e.xlarge-us-east-1"}
    two = offers["acme/p5.48xlarge-us-east-1"]
    assert two.regions == ("us-east-1", "us-west-2")
    assert [(price.purchase, price.usd_per_unit_h, price.as_of) for price in two.prices] == [
        ("on_demand", 55.04, date(2026, 11, 20)),
        ("spot", 20.1, date(2026, 11, 20)),
    ]
    assert "Zeta9 is not in the catalogue" in done.stderr


def test_the_planner_buys_from_them(tmp_path: Path) -> None:
    imported(tmp_path, "g6e.xlarge,4,L40S,1,{},0.01,,here,a")
    catalog = load_catalog(tmp_path / "own")
    (tmp_path / "m.yaml").write_text(request(), encoding="utf-8")
    plan = solve(load_spec(tmp_path / "m.yaml", catalog=catalog), catalog=catalog)
    assert plan.workloads[0].pools[0].offer == "acme/g6e.xlarge-here"


def test_a_later_list_appends_prices(tmp_path: Path) -> None:
    row = "g6e.xlarge,4,L40S,1,{{}},{0},,here,a"
    imported(tmp_path, row.format(1.86))
    imported(tmp_path, row.format(1.5), day="2026-11-22")
    imported(tmp_path, row.format(1.5), day="2026-11-22")
    offer = load_catalog(tmp_path / "own").offers["acme/g6e.xlarge-here"]
    assert [price.usd_per_unit_h for price in offer.prices] == [1.86, 1.5]
    before = price_at(offer, "on_demand", date(2026, 11, 21))
    assert before is not None
    assert before.usd_per_unit_h == 1.86


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("p5.48xlarge,192,H100,8,{},55.04,20.1,us-east-1,a",), "--accelerator H100=ID"),
        (("m5.large,2,,,,0.096,0.03,us-east-1,a",), "no accelerator: 1 rows"),
        (("x,1,L40S,64,{},1,,here,a",), "more than the"),
        (("x,1,L40S,1,{},-3,,here,a",), "no price"),
        ((), "it holds no rows"),
    ],
)
def test_a_list_without_a_usable_row_says_why(tmp_path: Path, rows: tuple[str, ...], expected: str) -> None:
    done = imported(tmp_path, *rows)
    assert done.exit_code == 2
    assert expected in done.stderr
    assert not (tmp_path / "own").exists()


def test_missing_columns_and_wrong_options_are_bad_input(tmp_path: Path) -> None:
    assert "no column InstanceType" in imported(tmp_path, "1,2", header="a,b").stderr
    wrong = imported(tmp_path, *ROWS, more=("--accelerator", "H100=h100-sxm"))
    assert wrong.exit_code == 2
    assert "did you mean 'h100-sxm-80gb'" in wrong.stderr
    assert imported(tmp_path, *ROWS, day="yesterday").exit_code == 2
