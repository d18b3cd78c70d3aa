"""Requests that ask for what no example does: each with a plan of figures that stand nowhere else."""

from tests.pipeline.requests import request
from tests.pipeline.test_pipeline_joint_profile import DAY as EVENING
from tests.pipeline.test_pipeline_joint_profile import NIGHT, block
from tests.pipeline.test_pipeline_joint_profile import text as joint_text
from tests.pipeline.test_pipeline_profile import DAY
from tests.pipeline.test_pipeline_profile import text as day_text

GRAMS = "energy: {pue: 1.2, gco2_per_kwh: {eu: 120, other: 400}}"
HALF_SPOT = "{purchase: [on_demand, reserved_1y, spot], spot: {interruption_share: 0.1, max_share: 0.5}}"
PAIR = (block("day", EVENING, ", scaling: {start_up_s: 900, min_replicas: 1}"), block("night", NIGHT))


def two(limits: str, *more: str) -> str:
    """Two workloads of one model, one of long prompts, one of long answers."""
    shapes = ((9, 900, 90), (2, 90, 900))
    blocks = [
        f"{{name: {name}, model: meta-llama/Meta-Llama-3.1-8B, slo: {{tpot_p95_ms: 60}}, "
        f"workload: {{requests_per_s: {rate}, input_tokens: {given}, output_tokens: {made}}}}}"
        for name, (rate, given, made) in zip("ab", shapes, strict=True)
    ]
    return "\n".join([f"workloads: [{', '.join(blocks)}]", f"limits: {limits}", *more])


UNUSUAL = {
    "least energy, then cost": request(objective="[energy, usd_per_h]") + "\n" + GRAMS,
    "best quality, then fewest": request(objective="[quality, accelerators, usd_per_mtok]"),
    "apart, with emissions": two("{accelerators: [l40s, h100-sxm-80gb]}", "apart: [[a, b]]", GRAMS),
    "varied throughput, overheads": request(
        limits="{accelerators: [h100-sxm-80gb, l40s], throughput_variation: {shared: 0.2, dedicated: 0.05}}",
        overheads="{usd_per_month: 900, share_of_compute: 0.1}",
    ),
    "two kinds, one replica lost": request(
        workload="{requests_per_s: 40, input_tokens: 1000, output_tokens: 200}",
        limits="{accelerators: [h100-sxm-80gb, l40s], max_pools: 2, survive: {replicas: 1}}",
    ),
    "fixed concurrency, least TTFT": request(
        workload="{concurrency: 64, input_tokens: 1000, output_tokens: 200}", slo="{}", objective="[ttft]"
    ),
    "spot by day, with emissions": day_text(DAY, prices=HALF_SPOT) + "\n" + GRAMS,
    "spot for two by day": joint_text(*PAIR, prices=HALF_SPOT) + GRAMS + "\noverheads: {usd_per_month: 900}",
}
