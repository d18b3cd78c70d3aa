"""``planner catalog``: look at the catalogue and check it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.catalog_import import import_command
from planner.cli.options import catalog_option, format_option, output_option
from planner.cli.output import Output, chosen_output, write_stdout

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.records import Record

LIST_FORMS = ("table", "csv", "json")
SHOW_FORMS = ("yaml", "json")
SUPPORT_FORMS = ("table", "csv", "json")
KINDS = (
    "accelerators",
    "nodes",
    "offers",
    "models",
    "formats",
    "kv_formats",
    "quality",
    "engines",
    "harnesses",
    "links",
    "architectures",
    "calibrations",
)


@click.group("catalog")
def catalog_group() -> None:
    """Look at the catalogue: list, show, check; import."""


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
@click.argument("words", metavar="[format|kv_format] ID", nargs=-1, required=True)
@format_option(*dict.fromkeys((*SHOW_FORMS, *SUPPORT_FORMS)))
@output_option
@catalog_option
def show_command(words: tuple[str, ...], form: str | None, output: Path | None, catalogs: tuple[Path, ...]) -> None:
    """Print the entry called ID in full, with the source of each figure.

    With `format` or `kv_format` before the ID: for every architecture of the catalogue whether the format runs there
    natively, by falling back on wider arithmetic, or not at all, with the source.
    """
    from planner.catalog.loader import load_catalog
    from planner.catalog.nearest import did_you_mean
    from planner.errors import CatalogError
    from planner.render.entries import entries_called, entries_of, entry_yaml

    *kinds, name = words
    if kinds and tuple(kinds) not in {("format",), ("kv_format",)}:
        problem = f"{' '.join(words)!r} names no entry (give one ID, or `format` and the id of a format)"
        raise click.UsageError(problem)
    forms = SUPPORT_FORMS if kinds else SHOW_FORMS
    if form is not None and form not in forms:
        problem = f"--format {form} is not for this (one of {', '.join(forms)} is)"
        raise click.UsageError(problem)
    destination = chosen_output(output, form, forms)
    catalog = load_catalog(*catalogs)
    found = entries_called(catalog, name)
    among = (f"{kinds[0]}s",) if kinds else KINDS
    records = [record for kind, record in found.items() if kind in among]
    if not records:
        known = [key for kind in among for key in entries_of(catalog, kind)]
        raise CatalogError(f"{name!r} is not in the catalogue ({did_you_mean(name, known)})")
    if kinds:
        destination.write(_support(catalog, records[0], destination))
    elif destination.form == "json":
        destination.write("".join(f"{record.model_dump_json(indent=2, exclude_none=True)}\n" for record in records))
    else:
        destination.write("---\n".join(entry_yaml(record) for record in records))


def _support(catalog: "Catalog", held: "Record", destination: Output) -> str:
    """Return where a format runs, in the form asked for."""
    from planner.catalog.schema import Format
    from planner.render.rows import rows_csv, rows_json
    from planner.render.support import FIELDS, support_page, support_rows

    assert isinstance(held, Format)
    if destination.form == "table":
        return support_page(catalog, held, width=destination.width, colour=destination.colour)
    return {"csv": rows_csv, "json": rows_json}[destination.form](support_rows(catalog, held), FIELDS)


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


catalog_group.add_command(import_command)
