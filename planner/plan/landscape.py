"""What surrounds a plan: the candidates that it was chosen from, and its latency at other loads. For reports."""

from pydantic import Field, PositiveInt

from planner.plan.figures import Figure, Shown


class Candidate(Shown):
    """One column that would serve the whole demand of a workload alone, in whole billing units."""

    accelerator: str
    accelerator_name: str
    offer: str
    provider: str
    purchase: str
    tensor_parallel: PositiveInt
    pipeline_parallel: PositiveInt
    expert_parallel: PositiveInt
    attention_data_parallel: PositiveInt
    weight_format: str
    kv_format: str
    engine: str
    max_num_batched_tokens: PositiveInt
    replicas: PositiveInt
    accelerators: PositiveInt
    usd_per_h: Figure
    usd_per_mtok: Figure
    ttft_ms: Figure
    """Mean at the load that the demand puts on it."""
    tpot_ms: Figure
    chosen: bool = False
    front: bool = False
    """No other candidate is at most as dear and at most as slow per output token."""


class LoadPoint(Shown):
    """Latencies of a pool at another load [ms]: ``ttft_ms`` and ``tpot_ms`` by statistic."""

    requests_per_s: Figure
    ttft_ms: dict[str, Figure]
    tpot_ms: dict[str, Figure]


class Surroundings(Shown):
    """Of one workload: its candidates by cost, how many there were, what ruled others out, each pool's load curve."""

    workload: str
    considered: int
    admitted: int
    distinct: int = 0
    """Admitted columns that differ in more than their offer."""
    rejected: dict[str, int] = Field(default_factory=dict)
    """Columns by the constraint group that ruled them out."""
    candidates: tuple[Candidate, ...] = ()
    loads: tuple[tuple[LoadPoint, ...], ...] = ()
    """One curve a pool, in the order of the plan."""


class Landscape(Shown):
    """The surroundings of every workload, in the order of the plan."""

    workloads: tuple[Surroundings, ...] = ()
