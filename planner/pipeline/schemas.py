"""The JSON Schema of every document that planner reads or writes, by the document's name."""

from collections.abc import Callable
from functools import partial
from typing import Any

from planner.catalog.json_schema import catalog_json_schema
from planner.measure.json_schema import measurements_json_schema
from planner.plan.breakeven import Breakeven
from planner.plan.estimate import Estimate
from planner.plan.explanation import explanation_json_schema
from planner.plan.frontier import frontier_json_schema
from planner.plan.levers import Levers
from planner.plan.record import plan_json_schema
from planner.plan.tool import document_json_schema
from planner.render.check import check_json_schema
from planner.review.diff import diff_json_schema
from planner.spec.json_schema import spec_json_schema


def _calibration() -> dict[str, Any]:
    return {"$id": "urn:servingplan:calibration:1", **catalog_json_schema("catalog-calibration")}


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "spec": spec_json_schema,
    "plan": plan_json_schema,
    "explanation": explanation_json_schema,
    "frontier": frontier_json_schema,
    "diff": diff_json_schema,
    "check": check_json_schema,
    "estimate": partial(document_json_schema, Estimate, "estimate"),
    "breakeven": partial(document_json_schema, Breakeven, "breakeven"),
    "levers": partial(document_json_schema, Levers, "levers"),
    "calibration": _calibration,
    "measurements": measurements_json_schema,
}
"""Each ``$id`` is stable and ends in the version; within one, keys are only added."""
