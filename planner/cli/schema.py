"""``planner schema``."""

import json
from collections.abc import Callable
from typing import Any

import click

from planner.cli.output import write_stdout


@click.command("schema")
@click.argument(
    "document",
    type=click.Choice(["spec", "plan", "explanation", "diff", "check", "calibration", "measurements"]),
)
def schema_command(document: str) -> None:
    """Print the JSON Schema (2020-12) of a document that planner reads or writes."""
    write_stdout(json.dumps(_schemas()[document](), indent=2) + "\n")


def _schemas() -> dict[str, Callable[[], dict[str, Any]]]:
    from planner.catalog.json_schema import catalog_json_schema
    from planner.measure.json_schema import measurements_json_schema
    from planner.plan.explanation import explanation_json_schema
    from planner.plan.record import plan_json_schema
    from planner.render.check import check_json_schema
    from planner.review.diff import diff_json_schema
    from planner.spec.json_schema import spec_json_schema

    return {
        "spec": spec_json_schema,
        "plan": plan_json_schema,
        "explanation": explanation_json_schema,
        "diff": diff_json_schema,
        "check": check_json_schema,
        "measurements": measurements_json_schema,
        "calibration": lambda: {"$id": "urn:servingplan:calibration:1", **catalog_json_schema("catalog-calibration")},
    }
