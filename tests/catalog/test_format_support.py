"""Where formats run: native, fallback or impossible on every architecture and engine, with a source."""

import csv
from io import StringIO
from itertools import product

import pytest
from click.testing import CliRunner

from planner.architecture.storage import STORAGE
from planner.catalog.formats import NO_EVIDENCE, compute_for
from planner.catalog.loader import load_catalog
from planner.catalog.schema import Format
from planner.cli import main

CATALOG = load_catalog()
ENGINES = ("vllm", "sglang", "trtllm")
FP4_ARCHITECTURES = {"blackwell", "blackwell-ultra", "blackwell-rtx", "cdna4"}
FP8_ARCHITECTURES = FP4_ARCHITECTURES | {"ada", "hopper", "cdna3", "gaudi2", "gaudi3"}
CELLS = [
    (held, architecture, engine)
    for held, architecture, engine in product(
        (*CATALOG.formats.values(), *CATALOG.kv_formats.values()), CATALOG.architectures, ENGINES
    )
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("architecture", CATALOG.architectures)
def test_every_cell_is_decided_and_sourced(architecture: str, engine: str) -> None:
    for held in (*CATALOG.formats.values(), *CATALOG.kv_formats.values()):
        cell = compute_for(held, architecture, engine)
        assert cell is NO_EVIDENCE or cell.sources, (held.id, architecture, engine)
        assert (cell.support == "impossible") == (cell.rate is None)


def test_rates_exist_only_where_the_matrix_engine_has_them() -> None:
    for held, architecture, engine in CELLS:
        rate = compute_for(held, architecture, engine).rate
        assert rate != "int4", (held.id, architecture, engine)
        assert rate != "fp8" or architecture in FP8_ARCHITECTURES, (held.id, architecture, engine)
        assert rate != "fp4" or architecture in FP4_ARCHITECTURES, (held.id, architecture, engine)


def test_no_fp8_arithmetic_on_a100() -> None:
    assert "fp8" not in CATALOG.accelerators["a100-sxm-80gb"].peak_dense_tflops
    cell = compute_for(CATALOG.formats["fp8"], "ampere", "vllm")
    assert (cell.support, cell.rate) == ("fallback", "bf16")


def test_no_int4_rate_on_hopper_and_w4a8_runs_at_fp8() -> None:
    for accelerator in CATALOG.accelerators.values():
        if accelerator.architecture == "hopper":
            assert "int4" not in accelerator.peak_dense_tflops
            assert "fp4" not in accelerator.peak_dense_tflops
    assert compute_for(CATALOG.formats["w4a16"], "hopper", "vllm").rate == "bf16"
    assert compute_for(CATALOG.formats["w4a8"], "hopper", "vllm").rate == "fp8"


@pytest.mark.parametrize("architecture", ["ampere", "ada", "hopper"])
def test_nvfp4_falls_back_to_sixteen_bits_before_blackwell(architecture: str) -> None:
    cell = compute_for(CATALOG.formats["nvfp4"], architecture, "vllm")
    assert (cell.support, cell.rate) == ("fallback", "bf16")


def test_fallback_is_weight_only_on_sixteen_bits() -> None:
    fallbacks = [compute_for(*cell) for cell in CELLS]
    assert {cell.rate for cell in fallbacks if cell.support == "fallback"} == {"bf16", "fp16"}


@pytest.mark.parametrize("held", CATALOG.formats.values(), ids=lambda held: held.id)
def test_packing_is_the_usual_one_of_released_checkpoints(held: Format) -> None:
    assert held.packing is not None
    usual, packing = STORAGE[held.id], held.packing
    assert (packing.bits, packing.block_columns, packing.scale_bytes) == (
        usual.bits, usual.block_columns, usual.scale_bytes,
    )  # fmt: skip


def test_command_prints_every_architecture() -> None:
    for kind, formats in (("format", CATALOG.formats), ("kv_format", CATALOG.kv_formats)):
        for name in formats:
            done = CliRunner().invoke(main, ["catalog", "show", kind, name, "--format", "csv"])
            assert done.exit_code == 0
            rows = list(csv.DictReader(StringIO(done.stdout)))
            assert {row["architecture"] for row in rows} == set(CATALOG.architectures)
            assert {row["support"] for row in rows} <= {"native", "fallback", "impossible"}
            assert all(row["sources"] for row in rows)


def test_command_as_a_page_numbers_its_sources() -> None:
    done = CliRunner().invoke(main, ["catalog", "show", "format", "fp8"])
    assert "hopper           native at fp8" in done.stdout
    assert "ampere           fallback at bf16" in done.stdout
    assert "docs.vllm.ai" in done.stdout


@pytest.mark.parametrize("words", [["gpu", "fp8"], ["format", "fp8", "extra"]])
def test_command_refuses_other_words(words: list[str]) -> None:
    done = CliRunner().invoke(main, ["catalog", "show", *words])
    assert done.exit_code == 2
    assert "names no entry" in done.stderr
