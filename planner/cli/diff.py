"""``planner diff``: what changed between two stored plans, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.gates import GATE_FAILED, fail_on_option, judged, read_gates, read_plan_file
from planner.cli.options import format_option, outputs_option
from planner.cli.output import Output, chosen_outputs, write_all
from planner.cli.rendering import step_summary
from planner.cli.talk import talk_options

if TYPE_CHECKING:
    from planner.review.cases import Review
    from planner.review.diff import PlanDiff

FORMS = ("table", "json", "markdown", "github")
STORED = click.Path(path_type=Path, allow_dash=True)


@click.command("diff", short_help="Say what changed between two plans, and why.")
@click.argument("old", metavar="OLD.json", type=STORED)
@click.argument("new", metavar="NEW.json", type=STORED)
@format_option(*FORMS)
@outputs_option
@fail_on_option
@talk_options
@click.pass_context
def diff_command(
    context: click.Context,
    /,
    old: Path,
    new: Path,
    form: str | None,
    outputs: tuple[str, ...],
    **options: Any,  # noqa: ANN401  as the options above say
) -> None:
    """Say what changed from OLD.json to NEW.json: pools, cost, latency, accelerators, and why.

    Compares documents and solves nothing. Gates look at NEW.json, 'increase' and 'decrease' compare it with OLD.json.
    Exits with 5 where a gate failed.
    """
    from planner.review.cases import Review
    from planner.review.diff import diff_plans

    destinations = chosen_outputs(outputs, form, FORMS)
    gates = read_gates(options["fail_on"], older=True)
    before, after = read_plan_file(old), read_plan_file(new)
    diff = diff_plans(before, after)
    review = Review(after, judged(gates, after, before))
    write_all([(each, _rendered(diff, review, each)) for each in destinations])
    context.exit(GATE_FAILED if review.failed else 0)


def _rendered(diff: "PlanDiff", review: "Review", output: Output) -> str:
    from planner.render.diff import diff_markdown, diff_table
    from planner.render.github import fitting, gate_annotations, gates_markdown

    if output.form == "table":
        return diff_table(diff, width=output.width, colour=output.colour)
    if output.form == "json":
        return f"{diff.model_dump_json()}\n"
    text = diff_markdown(diff) + gates_markdown(review)
    return text if output.form == "markdown" else gate_annotations(review) + step_summary(fitting(text))
