"""``planner schema``."""

import json

import click

from planner.cli.output import write_stdout

DOCUMENTS = (
    "spec",
    "plan",
    "explanation",
    "frontier",
    "diff",
    "check",
    "estimate",
    "breakeven",
    "levers",
    "calibration",
    "measurements",
)


@click.command("schema")
@click.argument("document", type=click.Choice(DOCUMENTS))
def schema_command(document: str) -> None:
    """Print the JSON Schema (2020-12) of a document that planner reads or writes."""
    from planner.pipeline.schemas import SCHEMAS

    write_stdout(json.dumps(SCHEMAS[document](), indent=2) + "\n")
