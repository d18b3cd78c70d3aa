"""``planner mcp``: the tools of planner for agents, over stdin and stdout."""

from pathlib import Path

import click

from planner.cli.options import catalog_option


@click.command("mcp", short_help="Serve planner's tools to agents over stdin and stdout.")
@catalog_option
def mcp_command(catalogs: tuple[Path, ...]) -> None:
    """Serve solve, explain, estimate, check, diff and catalogue search by the Model Context Protocol.

    Needs the extra: pip install 'servingplan[mcp]'.
    """
    from planner.catalog.loader import load_catalog

    try:
        from planner.mcp.server import server
    except ModuleNotFoundError as error:
        if error.name != "mcp":
            raise
        problem = "the MCP package is not installed (pip install 'servingplan[mcp]')"
        raise click.UsageError(problem) from None
    server(load_catalog(*catalogs)).run()
