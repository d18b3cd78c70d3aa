"""``planner solve``."""

from functools import cache
from typing import TYPE_CHECKING, Any

import click

from planner.cli.gates import GATE_FAILED, against_option, fail_on_option, judged, read_gates, read_plan_file
from planner.cli.options import (
    catalog_option,
    format_option,
    outputs_option,
    overrides_option,
    specification,
    time_limit_option,
)
from planner.cli.output import chosen_outputs, piped_form, write_all
from planner.cli.progress import interruptible, progress
from planner.cli.rendering import FORMS, from_here, rendered
from planner.cli.talk import detail, talk_options

if TYPE_CHECKING:
    from pathlib import Path

EXIT_CODES = {"optimal": 0, "feasible": 0, "infeasible": 3, "unknown": 4}


@click.command("solve", short_help="Find the plan of least cost for SPEC.")
@specification
@format_option(*FORMS)
@outputs_option
@overrides_option
@time_limit_option(60.0, "Stop searching after S seconds.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed of the solver; the specification's otherwise.")
@click.option("--workers", type=click.IntRange(1, 256), help="Search in parallel; one worker (default) is repeatable.")
@click.option("--timing", is_flag=True, help="Put the time that each part took into the document.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Leave out prices dated later, and tell their age on that day.",
)
@click.option("--costs", is_flag=True, help="Say where the money goes: by kind of token, used, headroom, spare, idle.")
@fail_on_option
@against_option
@catalog_option
@talk_options
@click.pass_context
def solve_command(
    context: click.Context,
    /,
    spec: str,
    form: str | None,
    outputs: tuple[str, ...],
    overrides: tuple[str, ...],
    **options: Any,  # noqa: ANN401  as the options above say
) -> None:
    """Find the plan of least cost for SPEC (a YAML file, or - for stdin; read from stdin, a pipe gets JSON).

    Exits with 3 where no plan can meet the request (the clash is printed), with 4 where time ran out first, with 5
    where a gate failed.
    """
    from planner.catalog.loader import load_catalog
    from planner.pipeline import solve
    from planner.pipeline.landscape import landscape
    from planner.pipeline.solve import Watch
    from planner.render.standing import standing_words
    from planner.review.cases import Review
    from planner.spec.files import STDIN
    from planner.spec.loader import load_spec

    destinations = chosen_outputs(outputs, piped_form(spec, form, outputs), FORMS)
    gates = read_gates(options["fail_on"], older=options["against"] is not None)
    older = read_plan_file(options["against"]) if options["against"] else None
    settings = [f"{key}={options[key]}" for key in ("seed", "workers") if options[key] is not None]
    settings += [f"prices.as_of={options['as_of'].date()}"] if options["as_of"] else []
    catalogs: tuple[Path, ...] = options["catalogs"]
    with progress("Looking for the plan of least cost") as tell, interruptible() as stop:
        catalog = load_catalog(*catalogs)
        request = load_spec(spec, overrides=(*overrides, *settings), catalog=catalog)
        flags = {name: options[name] for name in ("timing", "costs")}
        watch = Watch(lambda now: tell(standing_words(request.objective[0], now.best, now.bound, now.elapsed_s)), stop)
        plan = solve(request, catalog=catalog, time_limit_s=options["time_limit"], **flags, watch=watch)
    detail(f"catalogue {catalog.digest}; {plan.solver.name} {plan.solver.version}: {plan.solver.status}")
    results = judged(gates, plan, older)
    review = Review(plan, results, source="" if spec == STDIN else from_here(spec), lines=request.places)
    around = cache(lambda: landscape(plan, request, catalog=catalog))
    write_all([(each, rendered(review, each, around)) for each in destinations])
    context.exit(GATE_FAILED if review.failed else EXIT_CODES[plan.status])
