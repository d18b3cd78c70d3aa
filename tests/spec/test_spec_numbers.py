"""Every number of a specification, each replaced by what is none: named and refused, never taken for another."""

import json
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.catalog import Catalog
from planner.errors import SpecError
from planner.spec.document import parse_document
from planner.spec.loader import read_spec

Path_ = tuple[str | int, ...]
STEADY = {
    "model": "meta-llama/Meta-Llama-3.1-8B",
    "workload": {
        "requests_per_s": 2, "cached_input_tokens": 5,
        "input_tokens": {"mean": 400, "p95": 900}, "output_tokens": {"histogram": [[9, 5], [20, 1]]},
    },
    "slo": {"ttft_p95_ms": 2000, "tpot_mean_ms": 50, "e2e_p50_ms": 60000},
    "quality": {"min_recovery": 0.9},
    "limits": {
        "max_accelerators": 64, "max_usd_per_h": 200, "inventory": [{"accelerator": "l40s", "max": 16}], "max_pools": 2,
        "survive": {"nodes": 1}, "max_utilisation": 0.9, "throughput_variation": {"shared": 0.1, "dedicated": 0.02},
    },
    "owned": [{"node": "hgx-h100-8", "count": 4, "usd_per_node_h": 6.5}],
    "energy": {"usd_per_kwh": 0.1, "pue": 1.2, "gco2_per_kwh": {"owned": 300, "other": 400}},
    "prices": {
        "spot": {"interruption_share": 0.1, "max_share": 0.5},
        "override": [{"offer": "hyperstack/h200-sxm-x8", "usd_per_unit_h": 26}],
    },
    "overheads": {"usd_per_month": 5, "share_of_compute": 0.1},
    "confidence": 0.8, "seed": 3, "workers": 1,
}  # fmt: skip
DEMAND = {
    "hourly_requests_per_s": [1] * 24,
    "scaling": {"min_replicas": 1, "start_up_s": 60},
}
HOURLY = {
    "model": STEADY["model"],
    "workload": {"demand": DEMAND, "input_tokens": 9, "output_tokens": 9},
    "energy": {"gco2_per_kwh": 40},
}
IN_FLIGHT = {"model": STEADY["model"], "workload": {"concurrency": 4, "input_tokens": 9, "output_tokens": 9}}
A_DAY = {"model": STEADY["model"], "workload": {"tokens_per_day": 4e6, "input_tokens": 9, "output_tokens": 9}}
WRONG = (
    ".nan", ".inf", "-.inf", "1e400", "-1e400", "9" * 400, "true", "'2'", "2026-11-23", "1:30", "2_0", "0b1", "two",
    "[]", "{}", "[2]", "-1", "\u0662", "2 GB",
)  # fmt: skip


def numbers(tree: Any, path: Path_ = ()) -> list[Path_]:
    """Return the path of every number; of a list of numbers the first."""
    if isinstance(tree, dict):
        return [found for key, child in tree.items() for found in numbers(child, (*path, key))]
    if isinstance(tree, list):
        return [found for index, child in enumerate(tree[:1]) for found in numbers(child, (*path, index))]
    return [path] if isinstance(tree, int | float) else []


def text_with(tree: Any, path: Path_, written: str) -> str:
    """Return the document with one value written so."""
    if not path:
        return written
    if isinstance(tree, dict):
        parts = (
            f"{json.dumps(k)}: {text_with(v, path[1:], written) if k == path[0] else json.dumps(v)}"
            for k, v in tree.items()
        )
        return f"{{{', '.join(parts)}}}"
    parts = (text_with(v, path[1:], written) if i == path[0] else json.dumps(v) for i, v in enumerate(tree))
    return f"[{', '.join(parts)}]"


def read(text: str, catalog: Catalog) -> None:
    read_spec(parse_document(text.encode(), "s.yaml"), Path(), catalog=catalog)


CASES = [(tree, path) for tree in (STEADY, HOURLY, IN_FLIGHT, A_DAY) for path in numbers(tree)]


def test_all_are_there(catalog: Catalog) -> None:
    assert len(CASES) > 40
    for tree in (STEADY, HOURLY, IN_FLIGHT, A_DAY):
        read(json.dumps(tree), catalog)


@pytest.mark.parametrize(("tree", "path"), CASES, ids=[".".join(map(str, path)) for _, path in CASES])
def test_what_is_no_number_is_named_and_refused(catalog: Catalog, tree: Any, path: Path_) -> None:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    for written in WRONG:
        with pytest.raises(SpecError) as refused:
            read(text_with(tree, path, written), catalog)
        (problem, *_) = [
            each for each in refused.value.problems if f" {key}" in each or f" {key.rpartition('.')[0]}" in each
        ]
        assert problem.startswith("s.yaml:1:"), written
        assert len(problem) < 800


@pytest.mark.parametrize(
    ("written", "value"), [("0x10", 16), ("0o10", 8), ("+4", 4), ("017", 17), ("4.0", 4), ("1.5e1", 15)]
)
def test_numbers_in_other_coats_are_what_yaml_says(catalog: Catalog, written: str, value: float) -> None:
    text = text_with(IN_FLIGHT, ("workload", "concurrency"), written)
    spec = read_spec(parse_document(text.encode(), "s.yaml"), Path(), catalog=catalog)
    assert spec.workloads[0].workload.concurrency == value


def test_minus_zero_is_zero(catalog: Catalog) -> None:
    read(text_with(STEADY, ("workload", "cached_input_tokens"), "-0.0"), catalog)
    with pytest.raises(SpecError, match="out of range"):
        read(text_with(STEADY, ("slo", "ttft_p95_ms"), "-0.0"), catalog)
