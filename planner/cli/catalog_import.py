"""``planner catalog import``."""

import re
from datetime import datetime
from pathlib import Path

import click

from planner.cli.options import key_values
from planner.cli.output import write_file
from planner.cli.streams import say

PROVIDER = re.compile(r"[a-z0-9][a-z0-9-]*")


def _provider(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not PROVIDER.fullmatch(value):
        problem = f"{value!r} is no id (lower case letters, digits and -)"
        raise click.BadParameter(problem, param=parameter)
    return value


@click.command("import")
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--provider", required=True, metavar="ID", callback=_provider, help="Who sells them, e.g. aws.")
@click.option(
    "--as-of", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="When the prices were read."
)
@click.option(
    "--accelerator",
    "names",
    multiple=True,
    metavar="NAME=ID",
    callback=key_values,
    help="Which accelerator of the catalogue a name of the file means. May be repeated.",
)
def import_command(file: Path, output: Path, provider: str, as_of: datetime, names: tuple[str, ...]) -> None:
    """Turn a flat list of offers into dated entries below DIR, for `--catalog DIR`.

    The columns are those of the SkyPilot catalogue: InstanceType, AcceleratorName, AcceleratorCount, Price, and
    SpotPrice and Region where there are. Prices are appended to what DIR holds. What is left out is said on stderr.
    """
    from planner.catalog.documents import parse, read_file
    from planner.catalog.importing import COMMENT, appended, import_offers, read_rows
    from planner.catalog.loader import load_catalog
    from planner.catalog.nearest import did_you_mean
    from planner.errors import CatalogError
    from planner.render.yaml import yaml_text

    catalog = load_catalog()
    meant = {name.strip(): chosen.strip() for name, _, chosen in (pair.partition("=") for pair in names)}
    for chosen in meant.values():
        if chosen not in catalog.accelerators:
            remedy = did_you_mean(chosen, catalog.accelerators)
            raise CatalogError(f"--accelerator: {chosen!r} is not in the catalogue ({remedy})")
    made = import_offers(read_rows(file), catalog, provider=provider, as_of=as_of.date(), source=file.name, names=meant)
    target = output / "offers" / f"{provider}.yaml"
    old = parse(read_file(target), str(target)) if target.exists() else {}
    target.parent.mkdir(parents=True, exist_ok=True)
    write_file(target, COMMENT + yaml_text(appended(old, made.document)))
    load_catalog(output)
    say(f"{made.offers} offers in {target}")
    for reason, count in sorted(made.left_out.items()):
        say(f"left out {count} rows: {reason}")
