"""One configuration, estimated: what ``planner estimate`` answers."""

from pydantic import Field, PositiveInt

from planner.plan.figures import Evidence, Figure, Latency, Memory
from planner.plan.tool import Document


class Estimate(Document):
    """Memory, step times, latency and throughput of one replica at a fixed number of requests in flight.

    Where the configuration does not fit, ``fits`` is false and everything after memory may be absent.
    """

    model: str
    accelerator: str
    accelerator_name: str | None = None
    tensor_parallel: PositiveInt
    pipeline_parallel: PositiveInt = 1
    expert_parallel: PositiveInt = 1
    attention_data_parallel: PositiveInt = 1
    weight_format: str
    kv_format: str
    engine: str
    concurrency: PositiveInt
    input_tokens: Figure
    output_tokens: Figure
    cached_input_tokens: Figure | None = None
    parameters: PositiveInt | None = None
    active_parameters: PositiveInt | None = None
    kv_bytes_per_token: Figure | None = None
    """KV cache of one more token over all layers [byte]."""
    fits: bool
    memory_per_accelerator_gib: Memory
    max_concurrency: int = Field(ge=0)
    """Sequences of these lengths that the KV cache holds at once, at most what the engine admits."""
    decode_ms: dict[str, Figure] = Field(default_factory=dict)
    """One decode step by operator [ms]."""
    prefill_ms: dict[str, Figure] = Field(default_factory=dict)
    """The prefill of one prompt by operator [ms]."""
    ttft_ms: Latency | None = None
    tpot_ms: Latency | None = None
    e2e_ms: Latency | None = None
    requests_per_s: Figure | None = None
    output_tokens_per_s: Figure | None = None
    total_tokens_per_s: Figure | None = None
    mfu: Figure | None = None
    mbu: Figure | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
