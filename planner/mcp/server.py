"""The MCP server: solve, explain, estimate, check, diff and catalogue search as tools, schemas as resources."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from planner import __version__
from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog
from planner.errors import PlannerError, SpecError
from planner.pipeline import estimate, solve
from planner.pipeline.schemas import SCHEMAS
from planner.plan.record import Plan, read_plan
from planner.reasons.explain import explain
from planner.render.entries import entry_rows
from planner.render.reasons import all_sentences
from planner.render.rows import bare
from planner.review.diff import diff_plans
from planner.review.verify import spec_of, verify
from planner.spec.document import parse_document
from planner.spec.loader import read_spec
from planner.spec.schema import Spec

Document = dict[str, Any]
Kind = Literal["accelerators", "nodes", "offers", "models", "formats", "kv_formats", "engines", "links"]
INSTRUCTIONS = (
    "Sizes how a large language model is served: accelerator, count, parallel split, precision, at the least cost "
    "within latency bounds. A specification is YAML: model, workload (requests_per_s, input_tokens, output_tokens), "
    "slo (ttft_p95_ms, tpot_p95_ms), limits. Wrong keys come back with the nearest right one."
)
MOST_ROWS = 50
TIME_LIMIT_S = 30.0
EXPLAIN_LIMIT_S = 60.0


def server(catalog: Catalog | None = None) -> MCPServer[Any]:
    """Return the server over a catalogue; it reads stdin and writes stdout once ``run`` is called."""
    tools = _Tools(catalog or load_catalog())
    made: MCPServer[Any] = MCPServer(name="planner", version=__version__, instructions=INSTRUCTIONS)
    for tool in (tools.solve, tools.explain, tools.estimate, tools.check, tools.diff, tools.search_catalog):
        made.add_tool(_told(tool))
    for name, schema in SCHEMAS.items():
        uri, kind = f"planner://schema/{name}", "application/schema+json"
        made.resource(uri, name=name, description=f"JSON Schema of {name}", mime_type=kind)(_text(schema))
    return made


def _text(schema: Callable[[], Document]) -> Callable[[], str]:
    return lambda: json.dumps(schema())


def _told(tool: Callable[..., Any]) -> Callable[..., Any]:
    """Return a tool that tells the agent what planner refuses, and why, in place of raising it."""

    @wraps(tool)
    def telling(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401  whatever the tool takes and gives
        try:
            return tool(*arguments, **options)
        except PlannerError as error:
            raise ToolError(str(error)) from None

    return telling


class _Tools:
    """The tools, over one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def solve(self, specification: str, overrides: list[str] | None = None) -> Document:
        """Find the plan of least cost for a specification (YAML text); overrides such as 'slo.ttft_p95_ms=500'."""
        return _document(self._plan(specification, overrides))

    def explain(self, specification: str, overrides: list[str] | None = None) -> Document:
        """Say why: what limits cost, who loses and needs what, where the choice flips, or the nearest that would do.

        The explanation document, with `words`: the same as sentences, the decision first.
        """
        spec = self._spec(specification, overrides)
        found = explain(spec, catalog=self._catalog, time_limit_s=EXPLAIN_LIMIT_S)
        return {"words": all_sentences(found), **dict(json.loads(found.model_dump_json()))}

    def estimate(  # noqa: PLR0913, PLR0917  a configuration is this wide
        self,
        model: str,
        accelerator: str,
        tensor_parallel: int = 1,
        weight_format: str | None = None,
        concurrency: int = 32,
        input_tokens: int = 1024,
        output_tokens: int = 1024,
    ) -> Document:
        """Estimate one configuration: memory, step times by operator, TTFT, TPOT and throughput."""
        found = estimate(
            model,
            accelerator,
            catalog=self._catalog,
            concurrency=concurrency,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            tensor_parallel=tensor_parallel,
            weight_format=weight_format,
        )
        return dict(json.loads(found.model_dump_json()))

    def check(self, plan: Document) -> list[str]:
        """Recompute every promise of a plan document; return those that do not hold, nothing where all do."""
        stored = _stored(plan)
        return list(verify(stored, spec_of(stored, Path(), "plan", self._catalog), self._catalog))

    def diff(self, old: Document, new: Document) -> Document:
        """Say what changed between two plan documents, and why."""
        changed = diff_plans(_stored(old), _stored(new))
        return dict(json.loads(changed.model_dump_json()))

    def search_catalog(self, kind: Kind, text: str = "") -> list[Document]:
        """List catalogue entries of a kind whose row holds every word of the text, at most fifty."""
        words = text.casefold().split()
        rows = [{key: bare(value) for key, value in row.items()} for row in entry_rows(self._catalog, kind)]
        found = [row for row in rows if all(word in json.dumps(row).casefold() for word in words)]
        return found[:MOST_ROWS]

    def _plan(self, specification: str, overrides: list[str] | None) -> Plan:
        return solve(self._spec(specification, overrides), catalog=self._catalog, time_limit_s=TIME_LIMIT_S)

    def _spec(self, specification: str, overrides: list[str] | None) -> Spec:
        document = parse_document(specification.encode(errors="surrogatepass"), "specification")
        return read_spec(document, Path(), overrides=overrides or (), catalog=self._catalog)


def _stored(plan: Document) -> Plan:
    try:
        return read_plan(json.dumps(plan))
    except RecursionError:
        raise SpecError("plan: nested too deeply (give the document that solve answered with)") from None


def _document(plan: Plan) -> Document:
    return dict(json.loads(plan.model_dump_json()))
