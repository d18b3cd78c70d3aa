"""``planner schema``."""

import json

import click

from planner.cli.output import write_stdout


@click.command("schema")
@click.argument("document", type=click.Choice(["spec", "plan"]))
def schema_command(document: str) -> None:
    """Print the JSON Schema of the specification or of the plan."""
    from planner.plan.record import plan_json_schema
    from planner.spec.json_schema import spec_json_schema

    schema = {"plan": plan_json_schema, "spec": spec_json_schema}[document]()
    write_stdout(json.dumps(schema, indent=2) + "\n")
