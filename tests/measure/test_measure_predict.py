from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from planner.catalog.loader import load_catalog
from planner.measure.cases import gather
from planner.measure.predict import Predictions, predict
from planner.measure.rows import read_measurements
from tests.measure.sheets import row, write


def predicted(folder: Path, *rows: dict[str, Any]) -> Predictions:
    catalog = load_catalog()
    return predict(gather(read_measurements(write(folder, *rows)), catalog), catalog)


def test_a_closed_loop_holds_little_and_grows_with_its_clients(tmp_path: Path) -> None:
    clients = (1, 4, 16, 64)
    found = predicted(tmp_path, *(row(concurrency=each) for each in clients))
    assert (np.diff(found.tpot_s) > 0).all()
    assert (np.diff(found.output_tokens_per_s) > 0).all()
    residence = found.ttft_s + 256 * found.tpot_s
    assert found.output_tokens_per_s / 256 * residence == pytest.approx(clients)


def test_a_start_burst_lengthens_only_the_mean_time_to_first_token(tmp_path: Path) -> None:
    found = predicted(tmp_path, row(ttft_ms=80), row(ttft_ms=80, ttft_statistic="mean-with-start-burst"))
    assert found.ttft_s[1] > found.ttft_s[0]
    assert found.tpot_s[1] == found.tpot_s[0]


def test_a_single_static_request_is_its_prefill_and_its_steps(tmp_path: Path) -> None:
    found = predicted(tmp_path, row(load="static", concurrency=1, output_tokens=101, tpot_ms=None, latency_s=1.0))
    assert found.latency_s[0] == pytest.approx(found.ttft_s[0] + 100 * found.tpot_s[0])
    assert found.output_tokens_per_s[0] == pytest.approx(101 / found.latency_s[0])
    assert found.total_tokens_per_s[0] == pytest.approx((101 + 1024) / found.latency_s[0])


def test_a_saturated_engine_is_a_closed_loop_with_every_slot_taken(tmp_path: Path) -> None:
    free = row(load="saturated", concurrency=None, tpot_ms=None, output_tokens_per_s=1.0)
    found = predicted(tmp_path, free, {**free, "concurrency": 8}, row(concurrency=8))
    assert found.batch[0] > found.batch[1] == 8
    assert found.tpot_s[1] == pytest.approx(found.tpot_s[2])
    assert found.output_tokens_per_s[0] > found.output_tokens_per_s[1]


def test_an_open_loop_at_a_trickle_is_a_request_alone(tmp_path: Path) -> None:
    slow = row(load="open", concurrency=None, request_rate=0.01)
    found = predicted(tmp_path, slow, row(concurrency=1))
    assert found.tpot_s[0] == pytest.approx(found.tpot_s[1], rel=0.02)
    assert found.output_tokens_per_s[0] == pytest.approx(0.01 * 256)


def test_a_queue_that_grows_has_no_time_to_first_token_and_says_so(tmp_path: Path) -> None:
    found = predicted(tmp_path, row(load="open", concurrency=None, request_rate=1000, ttft_ms=50))
    assert np.isnan(found.ttft_s[0])
    assert found.because[0].startswith("ttft: the queue grows without end at 1000 requests/s (at most ")
    assert 0 < found.output_tokens_per_s[0] < 1000 * 256


def test_the_fuller_an_open_loop_the_wider_the_band_of_its_latencies(tmp_path: Path) -> None:
    loops = [row(load="open", concurrency=None, request_rate=rate) for rate in (0.01, 4.0, 8.0, 1000.0)]
    found = predicted(tmp_path, *loops, row(concurrency=1))
    slow, half, full, grows, closed = found.deviation("tpot") / found.sigma["tpot"]
    assert closed == grows == 1.0 < slow < 1.01 < half < full


def test_replicas_share_the_clients(tmp_path: Path) -> None:
    found = predicted(tmp_path, row(concurrency=32, replicas=2, accelerators=2), row(concurrency=16))
    assert found.tpot_s[0] == pytest.approx(found.tpot_s[1])
    assert found.output_tokens_per_s[0] == pytest.approx(2 * found.output_tokens_per_s[1])


def test_a_row_that_cannot_be_predicted_says_why(tmp_path: Path) -> None:
    found = predicted(
        tmp_path,
        row(model="nobody/none"),
        row(accelerator="abacus"),
        row(weight_format="fp7"),
        row(model="meta-llama/Meta-Llama-3.1-70B"),
        row(),
    )
    assert found.because[:3] == (
        "unknown model 'nobody/none'",
        "unknown accelerator 'abacus'",
        "unknown weight_format 'fp7'",
    )
    assert "meta-llama/Meta-Llama-3.1-70B in bf16 does not fit: an accelerator needs 13" in found.because[3]
    assert np.isnan(found.tpot_s[:4]).all()
    assert found.because[4] == ""


def test_rows_are_predicted_alone_as_together(tmp_path: Path) -> None:
    rows = [row(concurrency=4), row(concurrency=4, accelerator="h200-sxm-141gb"), row(load="static", concurrency=4)]
    together = predicted(tmp_path, *rows)
    for place, each in enumerate(rows):
        assert predicted(tmp_path, each).tpot_s[0] == pytest.approx(together.tpot_s[place])


def test_lengths_of_a_known_benchmark_are_its_real_ones(tmp_path: Path) -> None:
    found = predicted(
        tmp_path,
        row(source="inferencex", input_tokens=1000, output_tokens=1000),
        row(input_tokens=900, output_tokens=900),
    )
    assert found.tpot_s[0] == pytest.approx(found.tpot_s[1])


def test_llama_2_7b_on_one_a100_decodes_as_trtllm_published(tmp_path: Path) -> None:
    # TensorRT-LLM 0.10 perf-overview.md (2024-06): Llama 2 7B, FP16, one A100 80GB, 128 in, 128 out: 5,303.5 tokens/s
    asked = row(
        model="meta-llama/Llama-2-7b-hf", accelerator="a100-sxm-80gb", engine="trtllm", engine_version="0.10.0",
        load="saturated", concurrency=None, input_tokens=128, output_tokens=128, tpot_ms=None,
        output_tokens_per_s=5303.5,
    )  # fmt: skip
    assert predicted(tmp_path, asked).output_tokens_per_s[0] == pytest.approx(5303.5, rel=0.2)


@pytest.mark.parametrize("load", ["closed", "saturated", "open"])
def test_a_request_takes_its_first_token_and_its_steps(tmp_path: Path, load: str) -> None:
    rate = {"request_rate": 0.5, "concurrency": None} if load == "open" else {}
    found = predicted(tmp_path, row(load=load, **rate, tpot_ms=None, latency_s=1.0))
    assert found.latency_s[0] == pytest.approx(found.ttft_s[0] + 255 * found.tpot_s[0], rel=1e-6)


def any_rows(count: int) -> list[dict[str, Any]]:
    """Rows that name anything the catalogue holds, in any combination, optional columns left out at random."""
    catalog, draw = load_catalog(), Random(1)
    rows = []
    for index in range(count):
        tensor, pipeline, data = draw.choice([1, 2, 4, 8]), draw.choice([1, 1, 2]), draw.choice([1, 1, 2, 8])
        load = draw.choice(["closed", "open", "static", "saturated"])
        rows.append(
            row(
                id=f"r{index}",
                model=draw.choice(list(catalog.models)),
                accelerator=draw.choice(list(catalog.accelerators)),
                accelerators=draw.choice([None, tensor * pipeline * data]),
                tensor_parallel=tensor,
                pipeline_parallel=pipeline,
                expert_parallel=draw.choice([1, tensor * data]),
                attention_data_parallel=data,
                weight_format=draw.choice([None, *catalog.formats]),
                engine=draw.choice([None, "vllm", "sglang", "trtllm", "another"]),
                engine_version=draw.choice([None, "0.5", "nightly", "1.2.0rc1"]),
                measured_on=draw.choice([None, "2024-05", "2026-01-03"]),
                load=load,
                input_tokens=draw.choice([1, 128, 8192, 100_000]),
                output_tokens=draw.choice([1, 2, 128, 4096]),
                concurrency=draw.choice([1, 64, 1000]) if load != "open" else None,
                request_rate=draw.choice([0.01, 50]) if load == "open" else None,
            )
        )
    return rows


def test_every_row_is_predicted_in_full_or_says_why(tmp_path: Path) -> None:
    rows = any_rows(250)
    found = predicted(tmp_path, *rows)
    assert len(found.because) == len(rows)
    for name in ("ttft_s", "tpot_s", "output_tokens_per_s", "total_tokens_per_s", "latency_s"):
        values = getattr(found, name)
        missing = np.isnan(values)
        silent = [each for each, gone, why in zip(rows, missing, found.because, strict=True) if gone and not why]
        assert not silent, (name, silent[0])
        assert (values[np.isfinite(values)] > 0).all()
    assert sum(not why for why in found.because) > 150
    for sigma in found.sigma.values():
        assert np.isfinite(sigma).all()


def test_more_accelerators_than_a_host_holds_are_joined_by_what_joins_it(tmp_path: Path) -> None:
    one = {"accelerator": "l40s", "concurrency": 8}
    within, beyond = (row(**one, accelerators=each, tensor_parallel=each) for each in (8, 16))
    found = predicted(tmp_path, within, beyond)
    assert 0.2 < found.tpot_s[1] / found.tpot_s[0] < 5.0


def test_a_format_that_nothing_is_known_of_runs_on_16_bit_arithmetic(tmp_path: Path) -> None:
    volta = {"accelerator": "v100-sxm2-32gb", "concurrency": 1, "kv_format": "bf16"}
    found = predicted(tmp_path, row(**volta), row(**volta, weight_format="w8a16"))
    assert 0.4 < found.tpot_s[1] / found.tpot_s[0] < 1.1
