"""``planner check``: hold a stored plan against its request, the catalogue and gates, without solving."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.gates import GATE_FAILED, against_option, fail_on_option, judged, read_gates, read_plan_file
from planner.cli.options import catalog_option, format_option, outputs_option, overrides_option
from planner.cli.output import Output, chosen_outputs, write_all
from planner.cli.rendering import from_here, reviewed
from planner.cli.talk import note, talk_options

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan
    from planner.review.cases import Review
    from planner.spec.schema import Spec

FORMS = ("table", "json", "github", "junit", "sarif")


@click.command("check", short_help="Verify stored plans again, and hold them against gates.")
@click.argument("files", metavar="PLAN.json... [SPEC]", nargs=-1, required=True, type=click.Path(allow_dash=True))
@format_option(*FORMS)
@outputs_option
@overrides_option
@fail_on_option
@against_option
@catalog_option
@talk_options
@click.pass_context
def check_command(
    context: click.Context,
    /,
    files: tuple[str, ...],
    form: str | None,
    outputs: tuple[str, ...],
    **options: Any,  # noqa: ANN401  as the options above say
) -> None:
    """Recompute every promise of PLAN.json, from the specification that it embeds or from SPEC; solve nothing.

    SPEC is the argument that ends in .yaml or .yml. Exits with 5 where a promise no longer holds, SPEC asks for
    something else, or a gate failed.
    """
    from planner.catalog.loader import load_catalog

    plans, spec = _plans_and_spec(files)
    destinations = chosen_outputs(outputs, form, FORMS)
    if len(plans) > 1 and {each.form for each in destinations} != {"table"}:
        problem = f"{len(plans)} plans make one document only as a table (check one plan at a time)"
        raise click.UsageError(problem)
    gates = read_gates(options["fail_on"], older=options["against"] is not None)
    older = read_plan_file(options["against"]) if options["against"] else None
    catalog = load_catalog(*options["catalogs"])
    reviews = [_review(Path(plan), spec, options["overrides"], catalog) for plan in plans]
    reviews = [replace(each, gates=judged(gates, each.plan, older)) for each in reviews]
    write_all([(each, "\n".join(_rendered(review, each) for review in reviews)) for each in destinations])
    context.exit(GATE_FAILED if any(review.failed for review in reviews) else 0)


def _plans_and_spec(files: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    specs = [name for name in files if name.lower().endswith((".yaml", ".yml"))]
    plans = tuple(name for name in files if name not in specs)
    if len(specs) > 1 or not plans or (specs and len(plans) > 1):
        problem = (
            f"{len(plans)} plans and {len(specs)} specifications: give plans alone, or one plan and its specification"
        )
        raise click.UsageError(problem)
    return plans, specs[0] if specs else None


def _review(path: Path, spec: str | None, overrides: tuple[str, ...], catalog: "Catalog") -> "Review":
    """Return a stored plan with every promise of it that does not hold."""
    from planner.plan.tool import tool_of
    from planner.review.cases import Review
    from planner.review.verify import spec_of, verify
    from planner.spec.loader import load_spec

    stored = read_plan_file(path)
    if spec:
        request = load_spec(spec, overrides=overrides, catalog=catalog)
    else:
        request = spec_of(stored, path.parent, str(path), catalog)
    if stored.tool.catalog_digest not in {None, catalog.digest}:
        made = stored.tool.catalog_date or "another day"
        note(f"note: {path} was made with another catalogue (of {made}); it is checked against the one of now")
    problems = (*_another_request(stored, request, spec), *verify(stored, request, catalog))
    places = request.places if spec else {}
    return Review(stored, (), problems, from_here(spec or str(path)), places, checked_with=tool_of(catalog))


def _rendered(review: "Review", output: Output) -> str:
    from planner.render.check import check_json, check_table

    if output.form == "table":
        return check_table(review, width=output.width, colour=output.colour)
    return check_json(review) if output.form == "json" else reviewed(review, output.form)


def _another_request(plan: "Plan", request: "Spec", spec: str | None) -> tuple[str, ...]:
    from planner.review.verify import changed_keys

    keys = changed_keys(plan, request) if spec else ()
    if not keys:
        return ()
    return (f"{spec} is not what the plan answers: {', '.join(keys)} changed (solve again)",)
