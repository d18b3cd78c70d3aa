"""``planner levers``."""

from pathlib import Path

import click

from planner.cli.options import catalog_option, format_option, output_option, overrides_option
from planner.cli.output import chosen_output

FORMS = ("table", "csv", "json")


@click.command("levers", short_help="Say what a deployment that exists could save.")
@click.argument("current", metavar="CURRENT", type=str)
@format_option(*FORMS)
@output_option
@overrides_option
@catalog_option
def levers_command(
    current: str,
    form: str | None,
    output: Path | None,
    overrides: tuple[str, ...],
    catalogs: tuple[Path, ...],
) -> None:
    """Say what batching, format, accelerator, layout and purchase would save, each alone and together.

    CURRENT is a specification with a section `current` for the deployment as it is.
    """
    from planner.catalog.loader import load_catalog
    from planner.economics.current import load_current
    from planner.economics.levers import levers
    from planner.render.document import document_json
    from planner.render.levers import levers_csv, levers_table

    destination = chosen_output(output, form, FORMS)
    catalog = load_catalog(*catalogs)
    answer = levers(*load_current(current, overrides=overrides, catalog=catalog), catalog=catalog)
    if destination.form == "table":
        destination.write(levers_table(answer, width=destination.width, colour=destination.colour))
    else:
        destination.write({"csv": levers_csv, "json": document_json}[destination.form](answer))
