"""Every column considered, as text: the contract's fields, one row a column, the number that ruled it out."""

import csv
import json
from collections import Counter
from io import StringIO

import numpy as np
import pytest

from planner.candidates.table import ADMITTED, FILTERS, Table, candidates
from planner.catalog.loader import load_catalog
from planner.render.candidates import CANDIDATE_FIELDS, candidates_csv, candidates_json
from planner.spec.loader import load_spec

CONTRACT = [
    "workload",
    "offer",
    "accelerator",
    "tensor_parallel",
    "pipeline_parallel",
    "expert_parallel",
    "attention_data_parallel",
    "weight_format",
    "kv_format",
    "accelerators",
    "billing_unit",
    "usd_per_unit_h",
    "requests_per_s",
    "ttft_ms",
    "tpot_ms",
    "rejected_by",
    "rejected_value",
    "rejected_limit",
]
SPEC = """
model: meta-llama/Meta-Llama-3.1-70B
workload: {requests_per_s: 10, input_tokens: 4000, output_tokens: 500}
slo: {ttft_p95_ms: 2000, tpot_p95_ms: 25}
limits: {accelerators: [h100-sxm-80gb, l40s]}
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path = tmp_path_factory.mktemp("candidates") / "model.yaml"
    path.write_text(SPEC, encoding="utf-8")
    catalog = load_catalog()
    spec = load_spec(path, catalog=catalog)
    return candidates(spec, spec.workloads[0], catalog)


@pytest.fixture(scope="module")
def rows(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(candidates_csv([table]))))


def test_the_fields_of_the_contract_come_first() -> None:
    assert list(CANDIDATE_FIELDS[: len(CONTRACT)]) == CONTRACT


def test_there_is_a_row_a_column_and_one_for_each_seller_that_is_on_no_allow_list(
    table: Table, rows: list[dict[str, str]]
) -> None:
    assert len(rows) == len(table) + int((table.refused != ADMITTED).sum())
    assert {row["accelerator"] for row in rows if row["tensor_parallel"]} == {"h100-sxm-80gb", "l40s"}


def test_rejections_are_counted_as_the_table_counts_them(table: Table, rows: list[dict[str, str]]) -> None:
    expected = Counter(FILTERS[code] for code in (*table.rejected, *table.refused) if code != ADMITTED)
    assert Counter(row["rejected_by"] for row in rows if row["rejected_by"]) == expected
    assert {"memory", "accelerators"} < set(expected)


def test_an_admitted_column_has_a_rate_and_no_reason(rows: list[dict[str, str]]) -> None:
    admitted = [row for row in rows if not row["rejected_by"]]
    assert admitted
    for row in admitted:
        assert float(row["requests_per_s"]) > 0.0
        assert float(row["ttft_ms"]) <= 2000.0
        assert float(row["tpot_ms"]) <= 25.0
        assert row["rejected_value"] == row["rejected_limit"] == ""


def test_a_number_that_decided_is_beyond_its_limit_in_the_unit_of_the_group(rows: list[dict[str, str]]) -> None:
    for row in rows:
        if row["rejected_by"] in {"memory", "ttft", "tpot", "e2e"}:
            assert float(row["rejected_value"]) > float(row["rejected_limit"])
    limits = {float(row["rejected_limit"]) for row in rows if row["rejected_by"] == "tpot"}
    assert limits
    assert all(1.0 < limit <= 25.0 for limit in limits)


def test_a_replica_is_as_large_as_its_layout(rows: list[dict[str, str]]) -> None:
    names = ("tensor_parallel", "pipeline_parallel", "attention_data_parallel")
    for row in rows:
        if row["accelerators"]:
            assert int(row["accelerators"]) == np.prod([int(row[name]) for name in names])


def test_json_says_what_csv_says(table: Table, rows: list[dict[str, str]]) -> None:
    parsed = json.loads(candidates_json([table]))
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in parsed] == rows


def test_no_tables_are_an_empty_list() -> None:
    assert json.loads(candidates_json([])) == []
    assert candidates_csv([]).splitlines() == [",".join(CANDIDATE_FIELDS)]
