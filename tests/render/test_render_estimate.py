"""An estimate as a page: the verdict, what a step's time goes to, and nothing that was not computed."""

import json
import re

import pytest

from planner.plan.estimate import Estimate
from planner.plan.figures import Evidence, Latency, Memory
from planner.render.document import document_json, document_yaml
from planner.render.estimate import estimate_table

FITS = Estimate(
    model="meta-llama/Meta-Llama-3.1-70B",
    accelerator="h200-sxm-141gb",
    accelerator_name="H200 SXM 141GB",
    tensor_parallel=1,
    weight_format="fp8",
    kv_format="bf16",
    engine="vllm",
    concurrency=32,
    input_tokens=1024,
    output_tokens=1024,
    parameters=70_553_706_496,
    active_parameters=70_553_706_496,
    kv_bytes_per_token=327_680,
    fits=True,
    memory_per_accelerator_gib=Memory(weights=67.7, kv_cache=55.0, activations=0.8, overhead=1.5, usable=125.0),
    max_concurrency=117,
    decode_ms={"attention": 3.0, "mlp": 12.0},
    prefill_ms={"attention": 20.0, "mlp": 130.0, "head": 0.5},
    ttft_ms=Latency(mean=210.0, band=(140.0, 310.0), basis="calibrated"),
    tpot_ms=Latency(mean=33.0, band=(27.0, 40.0), basis="calibrated"),
    requests_per_s=0.9,
    output_tokens_per_s=930.0,
    total_tokens_per_s=1860.0,
    mfu=0.13,
    mbu=0.52,
    evidence=(
        Evidence(what="memory_gb", basis="datasheet", source="the datasheet"),
        Evidence(what="bandwidth", basis="datasheet", source="the datasheet"),
    ),
)
DOES_NOT_FIT = Estimate(
    model="meta-llama/Meta-Llama-3.1-70B",
    accelerator="h100-sxm-80gb",
    tensor_parallel=1,
    weight_format="bf16",
    kv_format="bf16",
    engine="vllm",
    concurrency=1,
    input_tokens=1024,
    output_tokens=1024,
    fits=False,
    memory_per_accelerator_gib=Memory(weights=131.4, kv_cache=0.0, activations=0.8, overhead=1.5, usable=71.0),
    max_concurrency=0,
)


def test_the_verdict_comes_first() -> None:
    assert estimate_table(FITS, width=120).startswith(
        "meta-llama/Meta-Llama-3.1-70B with FP8 weights fits 1 x H200 SXM 141GB, TP 1: at most 117 sequences at once.\n"
    )


def test_what_does_not_fit_says_by_how_much_and_shows_no_speed() -> None:
    page = estimate_table(DOES_NOT_FIT, width=120)
    assert "does not fit 1 x h100-sxm-80gb, TP 1." in page
    assert "! missing 62.7 GiB" in page
    assert "!]" in page
    assert "Latency" not in page
    assert "Throughput" not in page
    assert "Time by operator" not in page


def test_the_times_by_operator_add_up() -> None:
    lines = estimate_table(FITS).split("Time by operator [ms]\n")[1].split("\n\n")[0].splitlines()
    cells = {line.split()[0]: re.findall(r"[\d.,]+(?: %)?", line) for line in lines[1:]}
    assert cells == {
        "attention": ["3", "20 %", "20", "13 %"],
        "mlp": ["12", "80 %", "130", "86 %"],
        "head": ["0.5", "0.3 %"],
        "total": ["15", "150"],
    }


def test_parameters_are_shown_to_a_thousandth_and_active_ones_only_where_they_are_fewer() -> None:
    assert "70.554 billion\n" in estimate_table(FITS)
    sparse = FITS.model_copy(update={"active_parameters": 7_000_000_000})
    assert "70.554 billion, 7.000 billion active for a token" in estimate_table(sparse)


def test_evidence_of_one_source_is_one_line() -> None:
    assert "  - memory_gb, bandwidth: datasheet\n    the datasheet\n" in estimate_table(FITS)


@pytest.mark.parametrize("estimate", [FITS, DOES_NOT_FIT])
def test_json_is_the_record(estimate: Estimate) -> None:
    assert Estimate.model_validate_json(document_json(estimate)) == estimate
    assert "null" not in document_json(estimate)
    assert json.loads(document_json(estimate))["fits"] is estimate.fits
    assert f"fits: {str(estimate.fits).lower()}" in document_yaml(estimate)


@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_asked(width: int) -> None:
    assert max(map(len, estimate_table(FITS, width=width).splitlines())) <= width
