"""``planner catalog``: look at the catalogue and check it."""

from pathlib import Path

import click

from planner.cli.options import catalog_option, format_option, output_option
from planner.cli.output import chosen_output, write_stdout

LIST_FORMS = ("table", "csv", "json")
SHOW_FORMS = ("yaml", "json")
KINDS = (
    "accelerators",
    "nodes",
    "offers",
    "models",
    "formats",
    "kv_formats",
    "engines",
    "harnesses",
    "links",
    "architectures",
    "calibrations",
)


@click.group("catalog")
def catalog_group() -> None:
    """Look at the catalogue: list, show, check."""


@catalog_group.command("list")
@click.argument("kind", required=False, type=click.Choice(KINDS))
@format_option(*LIST_FORMS)
@output_option
@catalog_option
def list_command(kind: str | None, form: str | None, output: Path | None, catalogs: tuple[Path, ...]) -> None:
    """List the entries of one KIND; without it, how many of each kind there are."""
    from planner.catalog.loader import load_catalog
    from planner.render.entries import LISTED, entry_counts, entry_rows
    from planner.render.rows import rows_csv, rows_json, rows_table

    destination = chosen_output(output, form, LIST_FORMS)
    catalog = load_catalog(*catalogs)
    rows = entry_rows(catalog, kind) if kind else entry_counts(catalog)
    headers = LISTED[kind] if kind else {"kind": "kind", "entries": "entries"}
    if destination.form == "table":
        destination.write(rows_table(rows, headers, colour=destination.colour))
    else:
        destination.write({"csv": rows_csv, "json": rows_json}[destination.form](rows, tuple(headers)))


@catalog_group.command("show")
@click.argument("name", metavar="ID")
@format_option(*SHOW_FORMS)
@output_option
@catalog_option
def show_command(name: str, form: str | None, output: Path | None, catalogs: tuple[Path, ...]) -> None:
    """Print the entry called ID in full, with the source of each figure."""
    from planner.catalog.loader import load_catalog
    from planner.catalog.nearest import did_you_mean
    from planner.errors import CatalogError
    from planner.render.entries import entries_called, entries_of, entry_yaml

    destination = chosen_output(output, form, SHOW_FORMS)
    catalog = load_catalog(*catalogs)
    found = entries_called(catalog, name).values()
    if not found:
        known = [key for kind in KINDS for key in entries_of(catalog, kind)]
        raise CatalogError(f"{name!r} is not in the catalogue ({did_you_mean(name, known)})")
    if destination.form == "json":
        destination.write("".join(f"{record.model_dump_json(indent=2, exclude_none=True)}\n" for record in found))
    else:
        destination.write("---\n".join(entry_yaml(record) for record in found))


@catalog_group.command("check")
@catalog_option
def check_command(catalogs: tuple[Path, ...]) -> None:
    """Prove references, units, plausibility, dated prices and that every number is backed.

    Prints one line and exits with 0 where nothing is wrong; otherwise names every problem and exits with 2.
    """
    from planner.catalog.check import check_catalog
    from planner.catalog.loader import load_catalog
    from planner.errors import CatalogError
    from planner.render.entries import entry_counts
    from planner.render.numbers import listed

    catalog = load_catalog(*catalogs)
    problems = check_catalog(catalog)
    if problems:
        raise CatalogError("\n".join(str(problem) for problem in problems))
    counts = [f"{row['entries']} {str(row['kind']).replace('_', ' ')}" for row in entry_counts(catalog)]
    write_stdout(f"catalogue: {listed(counts)}: no problem found\n")
