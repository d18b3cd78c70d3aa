"""Fleets drawn from the real catalogue: many models on its offers, too little stock for everyone's first wish."""

import tempfile
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.catalog.loader import load_catalog
from planner.pipeline import candidates
from planner.pipeline.translate import question
from planner.solve.problem import Problem, Stock, Workload
from planner.spec.loader import load_spec

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog

MODELS = (
    "meta-llama/Meta-Llama-3.1-8B", "Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-14B-Instruct", "Qwen/Qwen3-32B",
    "mistralai/Mixtral-8x7B-v0.1", "meta-llama/Llama-3.3-70B-Instruct", "openai/gpt-oss-20b", "openai/gpt-oss-120b",
    "google/gemma-3-27b-it", "mistralai/Mistral-Small-3.1-24B-Instruct-2503", "Qwen/Qwen3-30B-A3B",
    "mistralai/Mistral-Large-Instruct-2407",
)  # fmt: skip
LENGTHS = ((500, 150), (1500, 350), (4000, 300), (8000, 500), (1000, 20))
BOUNDS_MS = ((500, 30), (1500, 50), (4000, 100))
KINDS = 60
"""Distinct requests (model, lengths, SLO); larger fleets repeat them at other rates."""


@cache
def catalogue() -> "Catalog":
    return load_catalog()


def kinds(number: int, seed: int) -> Problem:
    """Draw ``number`` requests, read and evaluated as any other."""
    random = np.random.default_rng(seed)
    blocks = []
    for at in range(number):
        prompt, output = LENGTHS[random.integers(len(LENGTHS))]
        ttft, tpot = BOUNDS_MS[random.integers(len(BOUNDS_MS))]
        blocks.append(
            f"  - {{name: w{at:04}, model: {MODELS[random.integers(len(MODELS))]}, "
            f"workload: {{requests_per_s: 1, input_tokens: {prompt}, output_tokens: {output}}}, "
            f"slo: {{ttft_p95_ms: {ttft}, tpot_p95_ms: {tpot}}}}}"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.yaml"
        path.write_text("\n".join(["workloads:", *blocks, "seed: 0"]), encoding="utf-8")
        spec = load_spec(path, catalog=catalogue())
    problem = question(spec, candidates(spec, catalog=catalogue())).problem
    return replace(problem, workloads=tuple(_unnamed(workload) for workload in problem.workloads))


def _unnamed(workload: Workload) -> Workload:
    """Return a workload whose columns do not hold the tables from which their names are made."""
    return replace(workload, columns=replace(workload.columns, keys=[""] * len(workload.columns)))


def fleet(workloads: int, *, seed: int = 0, max_pools: int = 1, stock_share: float = 0.7) -> Problem:
    """Draw a fleet; of each accelerator there is ``stock_share`` of what everyone's first wish would take."""
    drawn = kinds(min(workloads, KINDS), seed)
    random = np.random.default_rng(seed + 1)
    able = [each for each in drawn.workloads if len(each.columns)]
    served = tuple(
        replace(
            able[at % len(able)],
            name=f"workload{at:04}",
            demand_urps=int(1e6 * np.exp(random.uniform(-1, 3))),
            max_pools=max_pools,
        )
        for at in range(workloads)
    )
    wanted: Counter[str] = Counter()
    for each in served:
        wanted.update(_first_wish(drawn, each))
    stocks = tuple(
        Stock(f"stock[{name}]", int(stock_share * n), accelerator=name) for name, n in sorted(wanted.items()) if n
    )
    return Problem(drawn.offers, served, stocks)


def _first_wish(problem: Problem, workload: Workload) -> dict[str, int]:
    """Accelerators that a workload takes when it has all offers to itself."""
    columns = workload.columns
    unit = np.array([offer.accelerators for offer in problem.offers])[columns.offer]
    price = np.array([offer.cost_uusd_per_h for offer in problem.offers])[columns.offer]
    replicas = -(-workload.demand_urps // columns.capacity_urps)
    units = -(-replicas // np.maximum(unit // columns.accelerators, 1)) * -(-columns.accelerators // unit)
    best = int(np.argmin(units * price))
    return {problem.offers[int(columns.offer[best])].accelerator: int(units[best] * unit[best])}
