"""Random weeks of many services: five models, days that peak at different hours, quieter weekends."""

import json
from pathlib import Path

import numpy as np

MODELS = (
    "meta-llama/Meta-Llama-3.1-70B",
    "meta-llama/Meta-Llama-3.1-8B",
    "Qwen/Qwen2.5-32B-Instruct",
    "Qwen/Qwen2.5-14B-Instruct",
    "mistralai/Mixtral-8x7B-v0.1",
)
HOURS = np.arange(168)


def week(rng: np.random.Generator, peak: float) -> list[float]:
    """Draw the rates of a week [requests/s]: a quarter at night, half at weekends, ten percent of noise."""
    day = np.maximum(0.0, np.cos((HOURS % 24 - rng.uniform(8, 20)) / 24 * 2 * np.pi)) ** 1.5
    rates = peak * (0.25 + 0.75 * day) * np.where(HOURS // 24 >= 5, 0.5, 1.0) * rng.uniform(0.9, 1.1, len(HOURS))
    return [round(float(rate), 2) for rate in rates]


def weeks(path: Path, workloads: int, spot: dict[str, float], *, seed: int = 1) -> Path:
    """Write a request of many workloads with four ways to buy."""
    rng = np.random.default_rng(seed)
    blocks = [
        {
            "name": f"service{at:02}",
            "model": MODELS[at % len(MODELS)],
            "workload": {
                "demand": {"hourly_requests_per_s": week(rng, float(rng.choice([3, 6, 12, 25])))},
                "input_tokens": int(rng.choice([500, 1500, 3000])),
                "output_tokens": int(rng.choice([100, 300, 600])),
            },
            "slo": {"ttft_p95_ms": 3000, "tpot_p95_ms": 60},
        }
        for at in range(workloads)
    ]
    prices = {"purchase": ["on_demand", "reserved_1y", "reserved_3y", "spot"], "spot": spot}
    limits = {"providers": ["hyperstack", "verda", "gcp", "aws"]}
    path.write_text(json.dumps({"workloads": blocks, "limits": limits, "prices": prices}), encoding="utf-8")
    return path
