"""A deployment as it is and what each lever would do to it: what ``planner levers`` answers."""

from typing import Literal

from pydantic import PositiveInt

from planner.plan.figures import Figure, Shown
from planner.plan.tool import Document

LeverName = Literal["as it is", "batching", "format", "accelerator", "layout", "purchase", "together"]


class Option(Shown):
    """The deployment with one lever pulled. Latencies are those at the load that it would carry [ms]."""

    lever: LeverName
    accelerator: str
    accelerator_name: str | None = None
    provider: str
    offer: str | None = None
    purchase: str
    tensor_parallel: PositiveInt
    pipeline_parallel: PositiveInt = 1
    expert_parallel: PositiveInt = 1
    attention_data_parallel: PositiveInt = 1
    weight_format: str
    kv_format: str
    max_concurrency: PositiveInt
    """Sequences that one replica admits at once."""
    replicas: PositiveInt
    accelerators: PositiveInt
    """Accelerators paid for."""
    utilisation: Figure
    """Load over capacity within the SLO; above one where the SLO is not kept."""
    ttft_mean_ms: Figure | None = None
    ttft_p95_ms: Figure | None = None
    tpot_mean_ms: Figure | None = None
    tpot_p95_ms: Figure | None = None
    """Absent where the queue grows without bound."""
    keeps_slo: bool
    usd_per_month: Figure
    usd_per_mtok: Figure
    saving: Figure
    """Share of today's bill that it saves; negative where it costs more."""


class Levers(Document):
    """Today's deployment first, then each lever alone, then all together; a lever without any choice is absent."""

    model: str
    requests_per_s: Figure
    input_tokens: Figure
    output_tokens: Figure
    options: tuple[Option, ...]
    notes: tuple[str, ...] = ()
