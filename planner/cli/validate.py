"""``planner validate``."""

from pathlib import Path
from typing import Any

import click

from planner.cli.options import FiniteRange, catalog_option, format_option, output_option
from planner.cli.output import chosen_output, write_file
from planner.cli.streams import say

FORMS = ("table", "json", "csv")


@click.command("validate")
@click.argument("files", metavar="MEASUREMENTS.csv...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--by", "by", metavar="COLUMNS", default="", help="Columns to score by, joined by commas.")
@click.option(
    "--confidence",
    type=FiniteRange(0.5, 0.999),
    default=0.8,
    show_default=True,
    help="With which the upper bounds of --predictions hold, one-sided, each by itself.",
)
@click.option(
    "--predictions", metavar="FILE", type=click.Path(path_type=Path), help="Write a line of predictions a row."
)
@click.option(
    "--leave-out",
    "left_out",
    type=click.Choice(("model", "accelerator")),
    help="Refit the factors without the rows of the same model or accelerator, then predict those.",
)
@click.option("--today", is_flag=True, help="Take today's engine profile for every row, whatever its version and year.")
@click.option("--plot", "picture", metavar="FILE", type=click.Path(path_type=Path), help="Draw it, PNG or SVG.")
@format_option(*FORMS)
@output_option
@catalog_option
def validate_command(
    files: tuple[Path, ...],
    by: str,
    left_out: str | None,
    form: str | None,
    output: Path | None,
    **options: Any,  # noqa: ANN401  as the options above say
) -> None:
    """Hold estimates against measured results, row by row.

    Prints the median and mean absolute error, the bias, the share within 20 % and how many measured values lie in the
    80 % band, overall and by the columns asked for; flagged rows apart. The columns are those of docs/accuracy.md.
    """
    from planner.catalog.loader import load_catalog
    from planner.measure.plot import plot
    from planner.measure.predictions_csv import predictions_csv
    from planner.measure.profiles import undated
    from planner.measure.report import report_csv, report_json, report_table
    from planner.measure.rows import read_measurements
    from planner.measure.validate import report, validate
    from planner.render.plain import harmless

    destination = chosen_output(output, form, FORMS)
    columns = tuple(dict.fromkeys(name.strip() for name in by.split(",") if name.strip()))
    rows = read_measurements(*files)
    catalog = load_catalog(*options["catalogs"])
    rows = tuple(undated(catalog, row) for row in rows) if options["today"] else rows
    found = validate(rows, catalog, left_out, say)
    shown = report(found, columns)
    if options["predictions"] is not None:
        write_file(options["predictions"], predictions_csv(found, options["confidence"]))
    if options["picture"] is not None:
        plot(found, options["picture"])
    text = {"table": report_table, "json": report_json, "csv": report_csv}[destination.form](shown)
    destination.write("\n".join(harmless(line) for line in text.split("\n")))
