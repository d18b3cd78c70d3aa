"""``planner explain``."""

from pathlib import Path
from typing import Any

import click

from planner.cli.options import (
    catalog_option,
    format_option,
    output_option,
    overrides_option,
    specification,
    time_limit_option,
)
from planner.cli.output import chosen_output
from planner.cli.progress import progress
from planner.cli.solve import EXIT_CODES
from planner.cli.talk import talk_options

FORMS = ("table", "json", "markdown")


@click.command("explain", short_help="Say why this plan: what binds, who loses and why, where the choice changes.")
@specification
@format_option(*FORMS)
@output_option
@overrides_option
@time_limit_option(120.0, "Stop asking after S seconds; what is not complete is named.")
@catalog_option
@talk_options
@click.pass_context
def explain_command(
    context: click.Context,
    /,
    spec: str,
    form: str | None,
    output: Path | None,
    overrides: tuple[str, ...],
    **options: Any,  # noqa: ANN401  as the options above say
) -> None:
    """Say why the plan for SPEC is what it is: the request solved again and again with one number changed.

    What each limit costs, the best of each accelerator, format and kind of parallelism with what it would need to win,
    and the price, demand and bound at which the choice changes. Where nothing can meet the request: what clashes, and
    the nearest that would do. Exits with 3 then, with 4 where time ran out before any answer.
    """
    from planner.catalog.loader import load_catalog
    from planner.reasons.explain import explain
    from planner.render.document import document_json
    from planner.render.explain import explanation_markdown, explanation_table
    from planner.spec.loader import load_spec

    destination = chosen_output(output, form, FORMS)
    with progress("Looking for reasons"):
        catalog = load_catalog(*options["catalogs"])
        request = load_spec(spec, overrides=overrides, catalog=catalog)
        answer = explain(request, catalog=catalog, time_limit_s=options["time_limit"])
    if destination.form == "table":
        destination.write(explanation_table(answer, width=destination.width, colour=destination.colour))
    else:
        destination.write({"json": document_json, "markdown": explanation_markdown}[destination.form](answer))
    context.exit(EXIT_CODES[answer.status])
