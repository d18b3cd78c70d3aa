"""The same request with values replaced as `--set` replaces them, solved by the whole planner."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from planner.catalog.catalog import Catalog
from planner.pipeline import solve
from planner.plan.explanation import Outcome
from planner.plan.record import Plan
from planner.spec.loader import load_spec
from planner.spec.schema import Spec
from tests.pipeline.requests import catalog

SHAPE = ("tensor_parallel", "pipeline_parallel", "expert_parallel", "attention_data_parallel")
NAMES = ("offer", "accelerator", *SHAPE, "weight_format", "kv_format", "engine")


def spec_with(text: str, *overrides: str) -> Spec:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.yaml"
        path.write_text(text, encoding="utf-8")
        return load_spec(path, overrides=overrides, catalog=catalog())


@cache
def answer(text: str, *overrides: str) -> Plan:
    return solve(spec_with(text, *overrides), catalog=catalog())


def answer_over(known: Catalog, text: str, *overrides: str) -> Plan:
    return solve(spec_with(text, *overrides), catalog=known)


def cost(plan: Plan) -> float:
    return plan.totals.usd_per_mtok if plan.totals else float("inf")


def choice(found: Plan | Outcome) -> set[tuple[object, ...]]:
    """What tells one choice from another, numbers of replicas apart."""
    if isinstance(found, Outcome):
        return {(piece.workload, *(getattr(piece, name) for name in NAMES)) for piece in found.pieces}
    return {
        (served.name, *(getattr(pool, name) for name in NAMES)) for served in found.workloads for pool in served.pools
    }
