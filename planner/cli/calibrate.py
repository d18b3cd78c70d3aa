"""``planner calibrate``."""

from pathlib import Path

import click

from planner.cli.options import catalog_option, format_option
from planner.cli.output import chosen_output, write_file

FORMS = ("table", "json")


@click.command("calibrate")
@click.argument("files", metavar="MEASUREMENTS.csv...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="calibration.yaml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where the calibration goes; give it to other commands with --calibration.",
)
@format_option(*FORMS)
@catalog_option
def calibrate_command(files: tuple[Path, ...], output: Path, form: str | None, catalogs: tuple[Path, ...]) -> None:
    """Refit the estimates to your own results.

    For each model, accelerator, engine and format: one scale from 2 rows on; scales of decode and prefill and an offset
    a step from 5; an offset of the first token from 6 rows with a TTFT. Says what the rows cannot tell apart, and the
    error before and after, each row left out in turn. Rows that beat the roofline are refused.
    """
    from datetime import datetime

    from planner.catalog.loader import load_catalog
    from planner.measure.calibrate import calibrate
    from planner.measure.calibration_file import calibration_json, calibration_table, calibration_yaml
    from planner.measure.rows import read_measurements
    from planner.render.plain import harmless

    destination = chosen_output(None, form, FORMS)
    chosen_output(output, None, ("yaml",))
    catalog = load_catalog(*catalogs)
    found = calibrate(read_measurements(*files), catalog)
    today = datetime.now().astimezone().date()
    write_file(output, calibration_yaml(found, [path.name for path in files], today))
    text = {"table": calibration_table, "json": calibration_json}[destination.form](found)
    destination.write("\n".join(harmless(line) for line in text.split("\n")))
