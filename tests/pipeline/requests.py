"""Requests as text, so that the tests speak the user's language and pass through the loader."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog
from planner.pipeline import solve
from planner.plan.record import Plan
from planner.spec.loader import load_spec
from planner.spec.schema import Spec

LLAMA_70B = "meta-llama/Meta-Llama-3.1-70B"
LLAMA_8B = "meta-llama/Meta-Llama-3.1-8B"


@cache
def catalog() -> Catalog:
    return load_catalog()


def request(**changes: Any) -> str:
    """A small request over two accelerators; ``changes`` override its values (YAML flow style)."""
    values: dict[str, Any] = {
        "model": LLAMA_8B,
        "workload": "{requests_per_s: 20, input_tokens: 1000, output_tokens: 200}",
        "slo": "{ttft_p95_ms: 1500, tpot_p95_ms: 60}",
        "formats": "[bf16, fp8]",
        "kv_formats": "[bf16]",
        "limits": "{accelerators: [h100-sxm-80gb, l40s]}",
    }
    values |= changes
    return "\n".join(f"{key}: {value}" for key, value in values.items() if value is not None)


def spec_of(text: str) -> Spec:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.yaml"
        path.write_text(text, encoding="utf-8")
        return load_spec(path, catalog=catalog())


def solved(**changes: Any) -> Plan:
    return solve(spec_of(request(**changes)), catalog=catalog())


def cost(plan: Plan) -> float:
    """USD an hour; infinite when there is no plan."""
    return plan.totals.usd_per_h if plan.totals else float("inf")
