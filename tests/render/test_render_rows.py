"""Numbers in words, rows of named values, and the catalogue's entries as rows."""

import csv
import json
from dataclasses import replace
from datetime import date
from io import StringIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog
from planner.render.entries import LISTED, entries_called, entries_of, entry_counts, entry_rows, entry_yaml
from planner.render.numbers import counted, exact, listed, percent, short
from planner.render.rows import bare, rows_csv, rows_json, rows_table

ROWS: list[dict[str, Any]] = [
    {"id": "a", "price": 1.25, "count": 3, "regions": ["x", "y"]},
    {"id": "long-name,\x1b[1m", "price": None, "count": 12_000},
]
FIELDS = ("id", "price", "count", "regions")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.1327, "0.133"),
        (21.5, "21.5"),
        (2000.0, "2,000"),
        (99.96, "100"),
        (0.0, "0"),
        (1e-7, "0.0000001"),
        (1e-12, "1e-12"),
    ],
)
def test_three_digits(value: float, words: str) -> None:
    assert short(value) == words


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_three_digits_are_near(value: float) -> None:
    assert float(short(value).replace(",", "")) == pytest.approx(value, rel=5.1e-3)


def test_words_around_numbers() -> None:
    assert [exact(300.0), exact(5.672), exact(12_000.5)] == ["300", "5.672", "12,000.5"]
    assert [percent(0.0), percent(0.032), percent(0.71)] == ["0 %", "3.2 %", "71 %"]
    assert [counted(1, "node"), counted(2_000, "node")] == ["1 node", "2,000 nodes"]
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_csv_quotes_and_keeps_one_line_a_row() -> None:
    rows = list(csv.reader(StringIO(rows_csv(ROWS, FIELDS))))
    assert rows == [list(FIELDS), ["a", "1.25", "3", "x y"], ["long-name,?[1m", "", "12000", ""]]


def test_json_rows_have_every_field() -> None:
    assert json.loads(rows_json(ROWS, FIELDS))[1] == {
        "id": "long-name,\x1b[1m",
        "price": None,
        "count": 12000,
        "regions": None,
    }
    assert json.loads(rows_json([], FIELDS)) == []


def test_columns_of_numbers_stand_right() -> None:
    lines = rows_table(ROWS, {"id": "id", "price": "USD/h", "count": "count"}).splitlines()
    assert lines == [
        "  id              USD/h   count",
        "  a                1.25       3",
        "  long-name,?[1m         12,000",
    ]


def test_a_value_that_json_does_not_know_is_opened_rounded_or_absent() -> None:
    values = [np.float64(1 / 3), np.int64(4), np.str_("x"), float("nan"), float("inf"), (1, 2), date(2026, 11, 23)]
    assert bare(values) == [0.333333, 4, "x", None, None, [1, 2], "2026-11-23"]


def test_every_kind_of_entry_is_listed_whole(catalog: Catalog) -> None:
    for kind in LISTED:
        rows = entry_rows(catalog, kind)
        assert {row["id"] for row in rows} == set(entries_of(catalog, kind))
        assert all(tuple(row) == tuple(LISTED[kind]) for row in rows)
        assert any(value is not None for row in rows for value in list(row.values())[1:]) or len(LISTED[kind]) == 1


def test_every_listed_field_is_a_field_of_some_entry(catalog: Catalog) -> None:
    empty = {
        (kind, field)
        for kind in LISTED
        for field in LISTED[kind]
        if all(row[field] is None for row in entry_rows(catalog, kind))
    }
    assert not empty


def test_an_offer_gives_a_row_a_price(catalog: Catalog) -> None:
    rows = entry_rows(catalog, "offers")
    assert len(rows) == sum(max(len(offer.prices), 1) for offer in catalog.offers.values())
    priced = {row["id"] for row in rows if row["prices.usd_per_unit_h"] is not None}
    assert priced == {offer.id for offer in catalog.offers.values() if offer.prices}


def test_counts_are_those_of_the_catalogue(catalog: Catalog) -> None:
    counts = {row["kind"]: row["entries"] for row in entry_counts(catalog)}
    assert counts["accelerators"] == len(catalog.accelerators)
    assert set(counts) == set(LISTED)


def test_an_entry_is_found_by_id_and_alias_whatever_the_case(catalog: Catalog) -> None:
    accelerator = catalog.accelerators["h100-sxm-80gb"].model_copy(update={"aliases": ("H100",)})
    catalog = replace(catalog, accelerators={accelerator.id: accelerator})
    for name in (accelerator.id, accelerator.id.upper(), accelerator.aliases[0]):
        assert entries_called(catalog, name)["accelerators"] == accelerator
    assert entries_called(catalog, "no such thing") == {}


def test_an_entry_in_full_shows_its_sources(catalog: Catalog) -> None:
    text = entry_yaml(catalog.accelerators["h100-sxm-80gb"])
    assert text.startswith("id: h100-sxm-80gb\n")
    assert "\nsources:\n" in text
    assert "null" not in text
