"""What is known of a benchmark beside its columns: KV formats, settings that delay the first token."""

from pathlib import Path
from typing import Any

import pytest

from planner.catalog.loader import load_catalog
from planner.measure.cases import Case, gather
from planner.measure.rows import read_measurements
from tests.measure.sheets import row, write

DEEPSEEK = {"model": "deepseek-ai/DeepSeek-R1", "engine": "sglang", "accelerators": 8, "tensor_parallel": 8}


def case(folder: Path, **changes: Any) -> Case:
    """The only group of one row of a known benchmark."""
    path = write(folder, row(**{"source": "inferencex", **changes}))
    (found,) = gather(read_measurements(path), load_catalog()).cases
    return found


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"engine": "vllm", "accelerator": "b200-sxm"}, "fp8"),
        ({"engine": "vllm", "accelerator": "b300-sxm"}, "fp8"),
        ({"engine": "vllm", "accelerator": "h100-sxm-80gb"}, "bf16"),
        ({"engine": "vllm", "accelerator": "b200-sxm", "kv_format": "bf16"}, "bf16"),
        ({"engine": "vllm", "accelerator": "b200-sxm", "source": "own"}, "bf16"),
    ],
)
def test_the_cache_is_held_as_stated_else_as_the_benchmark_sets_it(
    tmp_path: Path, changes: dict[str, Any], held: str
) -> None:
    assert case(tmp_path, **changes).kv_format == held


def test_a_setting_counts_where_every_condition_holds(tmp_path: Path) -> None:
    blackwell = case(tmp_path, **DEEPSEEK, accelerator="b200-sxm", weight_format="nvfp4", concurrency=64)
    few = case(tmp_path, **DEEPSEEK, accelerator="b200-sxm", weight_format="nvfp4", concurrency=8)
    hopper = case(tmp_path, **DEEPSEEK, accelerator="h200-sxm-141gb", weight_format="fp8-block", concurrency=64)
    assert blackwell.late_steps[0] == blackwell.gathered_steps[0] > 0.0
    assert few.late_steps[0] == hopper.late_steps[0] == 0.0


def test_a_stream_interval_delays_but_gathers_nothing(tmp_path: Path) -> None:
    changes = {"model": "meta-llama/Meta-Llama-3.1-70B", "engine": "trtllm", "weight_format": "fp8"}
    found = case(tmp_path, **changes, engine_version="1.2.0", output_tokens=1024)
    assert found.late_steps[0] > found.gathered_steps[0] == 0.0
