"""The commands: parse, call, render, exit code; no logic. Each imports what it needs when it runs, so help is quick."""

import click

from planner import __version__
from planner.cli.breakeven import breakeven_command
from planner.cli.calibrate import calibrate_command
from planner.cli.candidates import candidates_command
from planner.cli.catalog import catalog_group
from planner.cli.check import check_command
from planner.cli.diff import diff_command
from planner.cli.estimate import estimate_command
from planner.cli.explain import explain_command
from planner.cli.frontier import frontier_command
from planner.cli.group import PlannerGroup
from planner.cli.levers import levers_command
from planner.cli.mcp import mcp_command
from planner.cli.schema import schema_command
from planner.cli.solve import solve_command
from planner.cli.validate import validate_command


@click.group(cls=PlannerGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="planner", message="%(prog)s %(version)s")
def main() -> None:
    """Decide how a large language model is served.

    Which accelerator, how many, which parallel split and which precision meet the latency promise at the least cost
    per token.

    \b
    Exit codes: 0 done, 1 internal error, 2 bad usage or bad input,
    3 infeasible, 4 no answer in time, 5 a gate failed.
    """  # noqa: D301  click's own mark for lines that stay as they are


main.add_command(solve_command)
main.add_command(explain_command)
main.add_command(frontier_command)
main.add_command(candidates_command)
main.add_command(estimate_command)
main.add_command(breakeven_command)
main.add_command(levers_command)
main.add_command(check_command)
main.add_command(diff_command)
main.add_command(catalog_group)
main.add_command(validate_command)
main.add_command(calibrate_command)
main.add_command(schema_command)
main.add_command(mcp_command)
