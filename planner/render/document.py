"""A plan for programs: JSON (the document itself), the same as YAML, and one CSV row a pool."""

from typing import Any

from planner.plan.breakeven import Breakeven
from planner.plan.estimate import Estimate
from planner.plan.explanation import Explained
from planner.plan.frontier import Front
from planner.plan.levers import Levers
from planner.plan.record import Plan, Pool, WorkloadPlan
from planner.render.rows import Row, rows_csv
from planner.render.yaml import yaml_text

CSV_FIELDS = (
    "workload",
    "model",
    "status",
    "offer",
    "provider",
    "tenancy",
    "purchase",
    "accelerator",
    "tensor_parallel",
    "pipeline_parallel",
    "expert_parallel",
    "attention_data_parallel",
    "replicas",
    "accelerators",
    "billing_unit",
    "units",
    "weight_format",
    "kv_format",
    "engine",
    "max_concurrency",
    "requests_per_s",
    "capacity_requests_per_s",
    "ttft_ms",
    "tpot_ms",
    "e2e_ms",
    "utilisation",
    "mfu",
    "mbu",
    "usd_per_unit_h",
    "usd_per_h",
)


def document_json(document: Plan | Estimate | Breakeven | Levers | Explained | Front) -> str:
    """Return the record as JSON: what ``model_dump_json()`` gives, and a last newline."""
    return f"{document.model_dump_json()}\n"


def document_yaml(document: Plan | Estimate) -> str:
    """Return the record as YAML 1.2, with the keys of the JSON in their order."""
    return yaml_text(document.model_dump(mode="json"))


def plan_csv(plan: Plan) -> str:
    """Return one row a pool; a workload without pools keeps a row, so that the status is seen. Latencies are means."""
    rows = [_row(plan, workload, pool) for workload in plan.workloads for pool in workload.pools or (None,)]
    return rows_csv(rows, CSV_FIELDS)


def _row(plan: Plan, workload: WorkloadPlan, pool: Pool | None) -> Row:
    row: dict[str, Any] = {"workload": workload.name, "model": workload.model, "status": plan.status}
    if pool is None:
        return row
    facts = pool.model_dump(mode="json")
    facts |= {key: facts[key]["mean"] for key in ("ttft_ms", "tpot_ms", "e2e_ms") if key in facts}
    return facts | row
