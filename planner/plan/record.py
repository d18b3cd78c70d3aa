"""The plan as a record: what ``planner solve`` answers, schema 1. Infeasible is an answer like any other."""

import json
from datetime import date
from typing import Any, Literal

from pydantic import Field, PositiveInt, ValidationError

from planner.errors import SpecError
from planner.plan.figures import Evidence, EvidenceBasis, Figure, Latency, Memory, Operators, Shown
from planner.plan.money import Costs
from planner.plan.places import Placed
from planner.plan.profile import Profile
from planner.plan.tool import DIALECT, Tool, Whole
from planner.plan.why import Explanation

SCHEMA = 1
MOST_PROBLEMS = 20
MAX_BYTES = 8_000_000
"""A fleet of 1,000 workloads takes about 3 MB."""
SCHEMA_ID = "urn:servingplan:plan:1"
Status = Literal["optimal", "feasible", "infeasible", "unknown"]


class Objective(Shown):
    """What was minimised: value of the plan, proven bound and relative gap; ``then`` the further lexicographic ones."""

    name: str
    value: Figure | None = None
    bound: Figure | None = None
    gap: Figure | None = None
    then: "tuple[Objective, ...] | None" = None


class Totals(Shown):
    """Everything that is paid, over everything that is served."""

    accelerators: int
    nodes: int
    usd_per_h: Figure
    usd_per_mtok: Figure
    """Cost over input + output tokens [USD per million tokens]."""
    usd_per_mtok_output: Figure
    """All cost charged to output tokens [USD per million tokens]."""
    power_w: Figure | None = None
    """Electric power of what is paid for [W]; absent where no source gives the power of an accelerator."""
    energy_wh_per_mtok: Figure | None = None
    """Energy of a million tokens, input + output [Wh]."""
    power_basis: EvidenceBasis | None = None
    """What both rest on: datasheet power, and an assumption about what is drawn without load."""
    gco2_per_h: Figure | None = None
    """Emissions [g CO2 equivalent/h] at the request's ``energy.gco2_per_kwh``; absent where that is not stated."""
    gco2_per_mtok: Figure | None = None


class Demand(Shown):
    """What a workload asks for: rate and mean lengths [token]."""

    requests_per_s: Figure
    input_tokens: Figure | None = None
    output_tokens: Figure | None = None
    cached_input_tokens: Figure | None = None


class Quality(Shown):
    """What the formats keep of the 16-bit model's score, from published evaluations."""

    recovery: Figure | None = None
    """The careful end, that a floor is held against: lower quartiles over models, multiplied; absent: not known."""
    range: tuple[Figure, Figure] | None = None
    models: int = 0
    """Models evaluated in the format with the least evidence."""
    unknown: tuple[str, ...] = ()
    """Formats that nobody has published an evaluation of."""


class Pool(Shown):
    """Identical replicas of one column. Latencies are those at the load ``requests_per_s`` that the pool carries."""

    offer: str
    provider: str
    provider_name: str | None = None
    regions: tuple[str, ...] = ()
    tenancy: str
    purchase: str
    price_as_of: date | None = None
    price_basis: EvidenceBasis | None = None
    accelerator: str
    accelerator_name: str | None = None
    tensor_parallel: PositiveInt
    pipeline_parallel: PositiveInt = 1
    expert_parallel: PositiveInt = 1
    attention_data_parallel: PositiveInt = 1
    replicas: PositiveInt
    replicas_per_node: PositiveInt | None = None
    """The most on one node, where the loss of nodes is to be survived."""
    accelerators: PositiveInt
    """Accelerators paid for: ``units * billing_unit``."""
    billing_unit: PositiveInt
    """Accelerators sold as one machine."""
    units: PositiveInt | None = None
    """Billing units paid for; absent where pools share them: each pays for its part of what lies in a unit."""
    nodes: PositiveInt | None = None
    weight_format: str
    module_formats: dict[str, str] | None = None
    """Format of each module class, where several are mixed."""
    kv_format: str
    quality: Quality | None = None
    """Absent where everything is in 16 bits, or as the model is released."""
    engine: str
    max_num_batched_tokens: PositiveInt | None = None
    max_concurrency: PositiveInt
    """Sequences that one replica admits at once."""
    concurrency: Figure | None = None
    """Mean requests in one replica at the load carried, waiting ones included: its rate x the mean end-to-end time."""
    requests_per_s: Figure
    capacity_requests_per_s: Figure
    """What the pool sustains within the SLO."""
    memory_per_accelerator_gib: Memory
    ttft_ms: Latency
    tpot_ms: Latency
    e2e_ms: Latency | None = None
    operators: Operators | None = None
    utilisation: Figure
    mfu: Figure
    mbu: Figure
    usd_per_unit_h: Figure | None = None
    usd_per_h: Figure
    power_w: Figure | None = None
    """Electric power at the load carried, idle accelerators of its units included [W]; absent where not known."""


class WorkloadPlan(Shown):
    """The pools that serve one workload; none when the answer is infeasible."""

    name: str
    model: str
    demand: Demand
    slo: dict[str, Figure] = Field(default_factory=dict)
    """The bounds asked for, under the keys of the specification (``ttft_p95_ms``) [ms]."""
    pools: tuple[Pool, ...] = ()


class Relaxation(Shown):
    """The smallest change of one group's number that would make the request feasible, and the cost then."""

    group: str
    start: Figure = Field(alias="from")
    to: Figure
    unit: str
    then_usd_per_mtok: Figure | None = None


class Solver(Shown):
    """What proved it."""

    name: str
    version: str
    status: str
    seed: int
    workers: int | None = None


class Plan(Whole):
    """The answer to a specification. ``model_dump_json()`` is the document that ``planner solve`` prints as JSON."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    status: Status
    objective: Objective
    totals: Totals | None = None
    profile: Profile | None = None
    """The mix over a demand that changes; totals are then means over its hours, pools those of the busiest."""
    costs: Costs | None = None
    """Where the money goes; when asked for, or where there are overheads."""
    workloads: tuple[WorkloadPlan, ...]
    placement: tuple[Placed, ...] | None = None
    """What lies in which unit, where pools share units or the loss of nodes is to be survived."""
    clash: tuple[str, ...] | None = None
    relaxations: tuple[Relaxation, ...] | None = None
    evidence: tuple[Evidence, ...] = ()
    explanation: Explanation = Explanation()
    notes: tuple[str, ...] = ()
    input: dict[str, Any] | None = None
    """The specification as it was read, overrides laid upon it: `planner check` reads it again."""
    assumed: dict[str, Any] | None = None
    """The defaults taken where the specification is silent, by dotted key."""
    files: dict[str, str] | None = None
    """The digest of each file that the specification names."""
    solver: Solver
    tool: Tool
    timing: dict[str, Figure] | None = None
    """Seconds by part; only when asked for, for it changes from run to run."""

    @property
    def found(self) -> bool:
        """Whether there is a plan to follow."""
        return self.status in {"optimal", "feasible"}


def read_plan(text: str | bytes) -> Plan:
    """Read a plan from its JSON; keys that this version does not know are ignored.

    Raises
    ------
    SpecError
        When the text is not JSON, not a plan, or a plan of another schema.
    """
    if len(text) > MAX_BYTES:
        raise SpecError(f"plan: {len(text)} bytes, at most {MAX_BYTES} are read (give a plan's JSON)")
    try:
        data = json.loads(text)
    except RecursionError:
        raise SpecError("plan: nested too deeply (give the file that `planner solve --format json` wrote)") from None
    except ValueError as error:
        raise SpecError(f"plan: not JSON: {error} (give the file that `planner solve --format json` wrote)") from None
    schema = data.get("schema") if isinstance(data, dict) else None
    if type(schema) is not int or schema != SCHEMA:
        problem = f"schema {repr(schema)[:40]} is not {SCHEMA}, the only one that this version reads"
        raise SpecError(f"plan: {problem} (solve again)")
    try:
        return Plan.model_validate_json(text)
    except ValidationError as error:
        raise SpecError(*(_problem(item["loc"], item["msg"]) for item in error.errors()[:MOST_PROBLEMS])) from None


def plan_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the plan document."""
    return {"$schema": DIALECT, "$id": SCHEMA_ID, **Plan.model_json_schema()}


def _problem(location: tuple[int | str, ...], message: str) -> str:
    place = ".".join(str(part) for part in location)
    return f"plan: {place}: {message}"
