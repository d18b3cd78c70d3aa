"""One small request solved once, for every test that looks at a finished plan."""

from functools import cache

from planner import load_catalog, solve
from planner.catalog.catalog import Catalog
from planner.pipeline.landscape import landscape
from planner.plan.landscape import Landscape
from planner.plan.record import Plan
from planner.spec.document import parse_document
from planner.spec.loader import read_spec
from planner.spec.models import folder_of
from planner.spec.schema import Spec

SPEC = """
model: meta-llama/Meta-Llama-3.1-8B
workload: {requests_per_s: 2, input_tokens: 1000, output_tokens: 200}
slo:
  ttft_p95_ms: 2000
  tpot_p95_ms: 50
limits: {accelerators: [l40s], max_accelerators: 64, max_usd_per_h: 500}
"""
SEVERAL = """
workloads:
  - name: chat
    model: meta-llama/Meta-Llama-3.1-8B
    workload: {requests_per_s: 2, input_tokens: 1000, output_tokens: 200}
    slo: {ttft_p95_ms: 2000, tpot_p95_ms: 50}
  - name: draft
    model: meta-llama/Meta-Llama-3.1-8B
    workload: {requests_per_s: 1, input_tokens: 500, output_tokens: 100}
limits: {accelerators: [l40s, h100-sxm-80gb]}
"""


@cache
def catalog() -> Catalog:
    """Return the bundled catalogue."""
    return load_catalog()


@cache
def request(text: str = SPEC, *overrides: str) -> Spec:
    """Return a specification that stands in a text."""
    document = parse_document(text.encode(), "model.yaml")
    return read_spec(document, folder_of("model.yaml"), overrides=overrides, catalog=catalog())


@cache
def plan(text: str = SPEC, *overrides: str) -> Plan:
    """Return its plan."""
    return solve(request(text, *overrides), catalog=catalog())


@cache
def surroundings(text: str = SPEC, *overrides: str) -> Landscape:
    """Return what surrounds the plan."""
    return landscape(plan(text, *overrides), request(text, *overrides), catalog=catalog())


WIDE = (SPEC, "limits.accelerators=null")


@cache
def mixed() -> Plan:
    """Return a plan whose only workload is served by two pools that differ."""
    one = plan(*WIDE)
    other = plan(SPEC, "limits.accelerators=[a100-sxm-80gb]")
    (served,), (more,) = one.workloads, other.workloads
    return one.model_copy(update={"workloads": (served.model_copy(update={"pools": (*served.pools, *more.pools)}),)})
