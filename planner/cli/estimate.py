"""``planner estimate``."""

from pathlib import Path
from typing import Any

import click

from planner.cli.options import catalog_option, format_option, output_option
from planner.cli.output import chosen_output

FORMS = ("table", "json", "yaml")
COUNT = click.IntRange(min=1)
INFEASIBLE = 3


@click.command("estimate", short_help="Estimate one configuration.")
@click.option("--model", required=True, metavar="M", help="Catalogue id, or a config.json or its folder.")
@click.option(
    "--accelerator", required=True, metavar="A", help="Catalogue id; see `planner catalog list accelerators`."
)
@click.option("--tensor-parallel", type=COUNT, default=1, show_default=True)
@click.option("--pipeline-parallel", type=COUNT, default=1, show_default=True)
@click.option("--expert-parallel", type=COUNT, default=1, show_default=True)
@click.option("--attention-data-parallel", type=COUNT, default=1, show_default=True)
@click.option("--weight-format", metavar="FORMAT", help="bf16, fp8, w4a16+head ...; the checkpoint's own, else bf16.")
@click.option("--kv-format", metavar="FORMAT", help="bf16, fp8 or int8; the checkpoint's own, otherwise bf16.")
@click.option("--engine", default="vllm", show_default=True, metavar="NAME", help="vllm, sglang or trtllm.")
@click.option("--concurrency", type=COUNT, default=32, show_default=True, help="Requests in flight.")
@click.option("--input-tokens", type=COUNT, default=1024, show_default=True, help="Prompt tokens of each request.")
@click.option("--output-tokens", type=COUNT, default=1024, show_default=True, help="Tokens generated for each.")
@format_option(*FORMS)
@output_option
@catalog_option
@click.pass_context
def estimate_command(
    context: click.Context,
    /,
    form: str | None,
    output: Path | None,
    catalogs: tuple[Path, ...],
    **configuration: Any,  # noqa: ANN401  str, int or None, as the options above say
) -> None:
    """Estimate one configuration: memory, step times, TTFT, TPOT, throughput.

    Exits with 3 where the model does not fit the memory.
    """
    from planner.catalog.loader import load_catalog
    from planner.pipeline import estimate
    from planner.render.document import document_json, document_yaml
    from planner.render.estimate import estimate_table

    destination = chosen_output(output, form, FORMS)
    answer = estimate(**configuration, catalog=load_catalog(*catalogs))
    if destination.form == "table":
        destination.write(estimate_table(answer, width=destination.width, colour=destination.colour))
    else:
        destination.write({"json": document_json, "yaml": document_yaml}[destination.form](answer))
    if not answer.fits:
        context.exit(INFEASIBLE)
