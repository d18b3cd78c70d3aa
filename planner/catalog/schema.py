"""The records of the catalogue: one YAML file a thing, the unit in the key, every number backed by a source."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from planner.catalog.facts import Basis, FabricKind, ModelClass, Purchase, Rate, Source, Support, Tenancy
from planner.catalog.hardware import (
    Accelerator,
    Collective,
    ComputeArchitecture,
    Fabric,
    Link,
    Node,
    RuleException,
    ScaleUp,
)
from planner.catalog.precision import Compute, Evaluation, Format, Mixture, Packing
from planner.records import Record

__all__ = [
    "Accelerator",
    "Basis",
    "Calibration",
    "Checkpoint",
    "Collective",
    "Compute",
    "ComputeArchitecture",
    "Engine",
    "Evaluation",
    "Fabric",
    "FabricKind",
    "Format",
    "Harness",
    "Knob",
    "Link",
    "Mixture",
    "Model",
    "ModelClass",
    "Node",
    "Offer",
    "Packing",
    "Price",
    "Purchase",
    "Rate",
    "RuleException",
    "ScaleUp",
    "Source",
    "Support",
    "Tenancy",
]


class Price(Record):
    """A dated price of one billing unit for one purchase option. Append, never overwrite."""

    purchase: Purchase
    usd_per_unit_h: NonNegativeFloat
    as_of: date
    undated: bool = False
    """The source gives no date: ``as_of`` is the latest that it can be."""
    basis: Basis
    source: str
    note: str | None = None


class Offer(Record):
    """What can be had: a node of a provider sold in units of ``unit_accelerators``."""

    id: str
    """``provider/flavour``, lower case."""
    provider: str
    provider_name: str = ""
    name: str
    node: str
    unit_accelerators: PositiveInt
    """Accelerators sold as one machine (the billing unit)."""
    regions: tuple[str, ...] = ()
    tenancy: Tenancy
    throughput_variation: NonNegativeFloat | None = Field(default=None, le=0.5)
    """Standard deviation of what such machines do, as a share of its mean; absent: nobody published one."""
    solvable: bool = True
    """False: a market average or median, for reading only, ``because`` says why."""
    because: str | None = None
    """Why it is not for solving, or why it has no price."""
    prices: tuple[Price, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Checkpoint(Record):
    """A released quantised checkpoint of a model that its own ``config`` does not describe."""

    weight_format: str
    repository: str
    unquantised: tuple[str, ...]
    """Module classes that it leaves in 16 bits."""


class Model(Record):
    """A model: the fields of its ``config.json`` and published counts to hold the computed ones against."""

    id: str
    config: dict[str, Any]
    published_parameters_b: PositiveFloat | None = None
    published_active_parameters_b: PositiveFloat | None = None
    computed_parameters: PositiveInt | None = None
    """Exact count of the text model instantiated from its configuration, without vision tower and MTP layers."""
    computed_active_parameters: PositiveInt | None = None
    """Of these, what one token multiplies with; input embedding and head included."""
    kv_elements: dict[str, PositiveInt] = Field(default_factory=dict)
    """Elements of cache: ``per_token`` (full layers), ``per_token_sliding``, ``index_per_token``,
    ``state_per_sequence`` and ``conv_state_per_sequence``."""
    checkpoints: tuple[Checkpoint, ...] = ()
    aliases: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Engine(Record):
    """An inference engine's profile: defaults, fixed costs and the knobs that move TTFT."""

    id: str
    name: str
    family: str
    """The engine that a request names: vllm, sglang, trtllm."""
    versions: str
    """Comparisons joined by commas, such as ``>=0.12,<0.16``; empty admits every version."""
    years: str
    loads: tuple[Literal["static", "closed", "open", "saturated"], ...] = ()
    """Loads that the profile was made for; empty: all."""
    current: bool = True
    """False: a profile of an older version, for comparing with measurements of its time."""
    vendors: tuple[str, ...]
    memory_utilisation: PositiveFloat = Field(le=1.0)
    max_num_seqs: PositiveInt
    max_num_batched_tokens: PositiveInt
    batched_token_choices: tuple[PositiveInt, ...]
    mixed_chunks: bool = True
    one_shot_all_reduce: bool = False
    """Whether small all-reduces go in one exchange where the link has figures for it, larger ones as gathers do."""
    reserves_output: bool = False
    """A sequence is admitted only when the cache of its whole prompt and output is free (no eviction later)."""
    free_memory_share: PositiveFloat | None = Field(default=None, le=1.0)
    """Share of the memory left by weights that the KV cache takes; all of it where not given."""
    kv_of_weights: dict[str, str] = Field(default_factory=dict)
    """KV cache format that released checkpoints of a weight format bring along; otherwise bf16."""
    costs: dict[str, float]
    """Fixed costs in seconds by name; see :mod:`planner.perf.engine`."""
    sources: tuple[Source, ...]


class Knob(Record):
    """An engine setting of a benchmark that moves the time to first token and stands in no column of its results.

    It holds where every condition that is given holds.
    """

    engine: str
    """Family of the engine."""
    setting: str
    """The setting as the engine spells it, with its value."""
    first_token_steps: NonNegativeFloat
    """Decode steps that pass before the client sees the first token."""
    gathers: bool = False
    """Whether requests that come in during those steps are taken in together, and prefilled together."""
    models: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    """Accelerator architectures; none stands for all."""
    input_tokens: PositiveInt | None = None
    output_tokens: PositiveInt | None = None
    concurrency_from: PositiveInt | None = None
    concurrency_below: PositiveInt | None = None
    tensor_parallel_below: PositiveInt | None = None
    attention_data_parallel_from: PositiveInt | None = None


class KvChoice(Record):
    """The KV cache format that a benchmark sets for an engine on some accelerators, where its results do not say."""

    engine: str
    """Family of the engine."""
    kv_format: str
    setting: str
    """The setting as the engine spells it, with its value."""
    architectures: tuple[str, ...] = ()
    """Accelerator architectures; none stands for all."""


class Harness(Record):
    """How a source of measurements ran its benchmark, so that predictions are made for the same thing.

    ``id`` is the source as it stands in measurement files.
    """

    id: str
    mean_length_share: PositiveFloat = Field(default=1.0, le=1.0)
    """Mean of the real prompt and output lengths over the nominal ones."""
    knobs: tuple[Knob, ...] = ()
    kv_choices: tuple[KvChoice, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Calibration(Record):
    """Efficiency factors and residual bands: named numbers, dotted keys, each backed."""

    id: str
    factors: dict[str, float]
    sources: tuple[Source, ...]
