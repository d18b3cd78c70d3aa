"""``planner candidates``."""

from pathlib import Path

import click

from planner.cli.options import catalog_option, format_option, output_option, overrides_option, specification
from planner.cli.output import chosen_output

FORMS = ("csv", "json")


@click.command("candidates", short_help="List every column considered for SPEC.")
@specification
@format_option(*FORMS)
@output_option
@overrides_option
@catalog_option
def candidates_command(
    spec: str,
    form: str | None,
    output: Path | None,
    overrides: tuple[str, ...],
    catalogs: tuple[Path, ...],
) -> None:
    """List every column considered for SPEC, and what ruled it out.

    A column is an offer with a parallel layout and formats. `rejected_by` is empty where it was admitted.
    """
    from planner.catalog.loader import load_catalog
    from planner.pipeline import candidates
    from planner.render.candidates import candidates_csv, candidates_json
    from planner.spec.loader import load_spec

    destination = chosen_output(output, form, FORMS)
    catalog = load_catalog(*catalogs)
    tables = candidates(load_spec(spec, overrides=overrides, catalog=catalog), catalog=catalog)
    destination.write({"csv": candidates_csv, "json": candidates_json}[destination.form](tables))
