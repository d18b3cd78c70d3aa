"""``planner solve``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.options import (
    catalog_option,
    format_option,
    output_option,
    overrides_option,
    positive,
    specification,
)
from planner.cli.output import Output, chosen_output
from planner.cli.progress import progress

if TYPE_CHECKING:
    from planner.plan.record import Plan

FORMS = ("table", "json", "yaml", "markdown", "csv")
EXIT_CODES = {"optimal": 0, "feasible": 0, "infeasible": 3, "unknown": 4}


@click.command("solve", short_help="Find the plan of least cost for SPEC.")
@specification
@format_option(*FORMS)
@output_option
@overrides_option
@click.option(
    "--time-limit",
    metavar="S",
    type=float,
    default=60.0,
    show_default=True,
    callback=positive,
    help="Stop searching after S seconds.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed of the solver; the specification's otherwise.")
@click.option("--workers", type=click.IntRange(1, 256), help="Search in parallel; one worker (default) is repeatable.")
@click.option("--timing", is_flag=True, help="Put the time that each part took into the document.")
@catalog_option
@click.pass_context
def solve_command(  # noqa: PLR0913, PLR0917  one parameter an option
    context: click.Context,
    spec: str,
    form: str | None,
    output: Path | None,
    overrides: tuple[str, ...],
    time_limit: float,
    seed: int | None,
    workers: int | None,
    *,
    timing: bool,
    catalogs: tuple[Path, ...],
) -> None:
    """Find the plan of least cost for SPEC (a YAML file, or - for stdin).

    Exits with 3 where no plan can meet the request (the clash is printed), with 4 where time ran out first.
    """
    from planner.catalog.loader import load_catalog
    from planner.pipeline import solve
    from planner.spec.loader import load_spec

    destination = chosen_output(output, form, FORMS)
    settings = [f"{key}={value}" for key, value in (("seed", seed), ("workers", workers)) if value is not None]
    with progress("Looking for the plan of least cost"):
        catalog = load_catalog(*catalogs)
        request = load_spec(spec, overrides=(*overrides, *settings), catalog=catalog)
        plan = solve(request, catalog=catalog, time_limit_s=time_limit, timing=timing)
    destination.write(rendered(plan, destination))
    context.exit(EXIT_CODES[plan.status])


def rendered(plan: "Plan", output: Output) -> str:
    """Return the plan as text in the format of ``output``."""
    from planner.render.document import document_json, document_yaml, plan_csv
    from planner.render.markdown import plan_markdown
    from planner.render.table import plan_table

    if output.form == "table":
        return plan_table(plan, width=output.width, colour=output.colour)
    renderings = {"json": document_json, "yaml": document_yaml, "markdown": plan_markdown, "csv": plan_csv}
    return renderings[output.form](plan)
