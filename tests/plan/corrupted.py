"""A plan as its document with some values replaced, read again: what somebody else may hand to the checker."""

import json
from collections.abc import Mapping
from typing import Any

from planner.plan.check import check_plan
from planner.plan.record import Plan, read_plan
from planner.spec.schema import Spec
from tests.pipeline.requests import catalog


def corrupted(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    """Return the plan with the value at each dotted path replaced, or changed by a function of what stood there."""
    document = json.loads(plan.model_dump_json())
    for path, value in changes.items():
        *above, last = (int(part) if part.isdigit() else part for part in path.split("."))
        at = document
        for part in above:
            at = at[part]
        at[last] = value(at[last]) if callable(value) else value
    return read_plan(json.dumps(document))


def objections(plan: Plan, spec: Spec, changes: Mapping[str, Any] | None = None) -> str:
    """Return everything that the checker says of the plan, corrupted first where changes are given."""
    return "\n".join(check_plan(corrupted(plan, changes or {}), spec, catalog()))
