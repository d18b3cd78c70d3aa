"""``planner breakeven``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.options import (
    FiniteRange,
    catalog_option,
    format_option,
    output_option,
    overrides_option,
    specification,
)
from planner.cli.output import chosen_output
from planner.cli.streams import say

if TYPE_CHECKING:
    from planner.economics.api import ApiPrice
    from planner.perf.lengths import Lengths

FORMS = ("table", "csv", "json")
INFEASIBLE = 3
USD = FiniteRange(min=0.0, max=1e6)


@click.command("breakeven", short_help="Find the tokens a day at which self-hosting wins over an API.")
@specification
@click.option("--api", metavar="PROVIDER/MODEL", help="A model of the API price list, e.g. openai/gpt-4o-mini.")
@click.option("--api-input-usd-per-mtok", type=USD, metavar="USD", help="Price of the API's input tokens.")
@click.option("--api-output-usd-per-mtok", type=USD, metavar="USD", help="Price of the API's output tokens.")
@click.option("--api-cached-usd-per-mtok", type=USD, metavar="USD", help="Price of cached input; as input otherwise.")
@click.option(
    "--utilisation",
    type=FiniteRange(0.01, 1.0),
    metavar="SHARE",
    help="Served over capacity within the SLO, at most; limits.max_utilisation of SPEC otherwise.",
)
@click.option("--overflow", is_flag=True, help="Also let the API serve what whole replicas would not.")
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Draw it (png, svg, pdf)."
)
@format_option(*FORMS)
@output_option
@overrides_option
@catalog_option
@click.pass_context
def breakeven_command(  # noqa: PLR0913, PLR0917  one parameter an option
    context: click.Context,
    /,
    spec: str,
    api: str | None,
    utilisation: float | None,
    plot: Path | None,
    form: str | None,
    output: Path | None,
    overrides: tuple[str, ...],
    catalogs: tuple[Path, ...],
    *,
    overflow: bool,
    **prices: float | None,
) -> None:
    """Find the tokens a day from which serving SPEC oneself is no dearer than an API.

    The cheapest plan at every demand stands against the API's price, input, cached input and output priced apart.
    Exits with 3 where no hardware can serve SPEC.
    """
    from planner.catalog.loader import load_catalog
    from planner.economics.breakeven import breakeven
    from planner.render.breakeven import breakeven_csv, breakeven_table
    from planner.render.document import document_json
    from planner.render.plot import check_plot, plot_breakeven
    from planner.spec.loader import load_spec

    destination = chosen_output(output, form, FORMS)
    if plot is not None:
        check_plot(plot)
    asked = () if utilisation is None else (f"limits.max_utilisation={utilisation}",)
    catalog = load_catalog(*catalogs)
    request = load_spec(spec, overrides=(*overrides, *asked), catalog=catalog)
    price = _price(api, prices, request.workloads[0].lengths)
    answer = breakeven(request, price, catalog=catalog, overflow=overflow)
    if answer is None:
        say("No hardware can serve this request: `planner solve` says why.")
        context.exit(INFEASIBLE)
    if destination.form == "table":
        destination.write(breakeven_table(answer, width=destination.width, colour=destination.colour))
    else:
        destination.write({"csv": breakeven_csv, "json": document_json}[destination.form](answer))
    if plot is not None:
        plot_breakeven(answer, plot)


def _price(name: str | None, given: dict[str, float | None], lengths: "Lengths") -> "ApiPrice":
    """Return the API's price: from the list, with whatever was given in its place, or given alone."""
    from planner.economics.api import ApiPrice, listed_price

    entry, out, cached = (given[f"api_{kind}_usd_per_mtok"] for kind in ("input", "output", "cached"))
    if entry is not None and out is not None:
        return ApiPrice(name or "the API", entry, out, entry if cached is None else cached, "given on the command line")
    if name is None:
        problem = "give --api PROVIDER/MODEL, or --api-input-usd-per-mtok and --api-output-usd-per-mtok"
        raise click.UsageError(problem)
    listed = listed_price(name, lengths.mean_input_tokens)
    if entry is None and out is None and cached is None:
        return listed
    entry = listed.input_usd_per_mtok if entry is None else entry
    out = listed.output_usd_per_mtok if out is None else out
    cached = min(listed.cached_usd_per_mtok, entry) if cached is None else cached
    return ApiPrice(listed.name, entry, out, cached, f"{listed.source}, in part given on the command line")
