"""``planner frontier``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.options import (
    catalog_option,
    format_option,
    output_option,
    overrides_option,
    positive,
    specification,
    time_limit_option,
)
from planner.cli.output import chosen_output
from planner.cli.progress import progress
from planner.cli.talk import talk_options

if TYPE_CHECKING:
    from planner.plan.frontier import Against

FORMS = ("table", "csv", "json")
AGAINST = ("ttft", "tpot", "accelerators")
INFEASIBLE = 3


@click.command("frontier", short_help="Trade cost for latency or accelerators: the exact Pareto front.")
@specification
@click.option("--against", type=click.Choice(AGAINST), required=True, help="What is traded for cost.")
@format_option(*FORMS)
@output_option
@overrides_option
@click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw it to FILE (.png, .svg, .pdf).",
)
@click.option(
    "--times",
    metavar="N",
    type=float,
    default=10.0,
    show_default=True,
    callback=positive,
    help="Follow the front up to N times the least cost.",
)
@time_limit_option(120.0, "Stop after S seconds; what is not complete is named.")
@catalog_option
@talk_options
@click.pass_context
def frontier_command(
    context: click.Context,
    /,
    spec: str,
    form: str | None,
    output: Path | None,
    overrides: tuple[str, ...],
    **options: Any,  # noqa: ANN401  as the options above say
) -> None:
    """Find the exact Pareto front of cost against TTFT, TPOT or accelerators for SPEC.

    Every point is proven: the least cost at which that bound can be promised, and the least bound at that cost. Exits
    with 3 where no plan meets the request however loose the bound.
    """
    from planner.catalog.loader import load_catalog
    from planner.reasons.frontier import frontier
    from planner.render.document import document_json
    from planner.render.frontier import frontier_csv, frontier_table
    from planner.render.plot import check_plot, plot_frontier
    from planner.spec.loader import load_spec

    destination = chosen_output(output, form, FORMS)
    if options["plot"]:
        check_plot(options["plot"])
    against: Against = options["against"]
    with progress("Walking along the front"):
        catalog = load_catalog(*options["catalogs"])
        request = load_spec(spec, overrides=overrides, catalog=catalog)
        limits = {"time_limit_s": options["time_limit"], "times": options["times"]}
        front = frontier(request, against, catalog=catalog, **limits)
    if options["plot"] and front.points:
        plot_frontier(front, options["plot"])
    if destination.form == "table":
        destination.write(frontier_table(front, width=destination.width, colour=destination.colour))
    else:
        destination.write({"csv": frontier_csv, "json": document_json}[destination.form](front))
    context.exit(0 if front.points else INFEASIBLE)
