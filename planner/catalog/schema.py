"""The records of the catalogue: one YAML file a thing, the unit in the key, every number backed by a source."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from planner.records import Record

Basis = Literal["measured", "datasheet", "derived", "estimated"]
Tenancy = Literal["shared", "dedicated", "private", "marketplace"]
Purchase = Literal["on_demand", "reserved_1y", "reserved_3y", "spot", "owned"]
FabricKind = Literal["infiniband", "roce", "efa", "ethernet", "none"]
Support = Literal["native", "fallback", "impossible"]
Rate = Literal["fp32", "tf32", "fp16", "bf16", "fp8", "int8", "fp6", "fp4", "int4"]


ModelClass = Literal["dense-small", "dense-medium", "dense-large", "moe"]
"""Dense models below 4, below 40 and from 40 billion parameters; mixtures of experts of any size."""


class Source(Record):
    """Where figures come from: ``backs`` lists dotted keys of the record (``*`` as last part backs all below)."""

    source: str
    checked: date
    basis: Basis
    backs: tuple[str, ...]


class ComputeArchitecture(Record):
    """What one generation of matrix engines can do: the rules that a dense peak is held against.

    ``ratios`` maps a rate to (another rate, factor): ``fp8: [bf16, 2]`` says that FP8 runs at twice BF16.
    """

    id: str
    name: str
    vendor: str
    ratios: dict[Rate, tuple[Rate, PositiveFloat]] = Field(default_factory=dict)
    fp16_flop_per_unit_clock: dict[str, PositiveFloat] = Field(default_factory=dict)
    """Dense FP16 (BF16) FLOP of one compute unit in one clock, by compute capability."""
    clock_ghz: tuple[PositiveFloat, PositiveFloat] | None = None
    """Lowest and highest credible clock; a sparse figure implies about twice the highest."""
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class ScaleUp(Record):
    """The link inside the scale-up domain. ``link`` is an id of ``catalog/links``."""

    link: str
    gb_per_s_per_direction: PositiveFloat | None = None
    """Sum over all links of one accelerator; absent where no source gives it."""
    gb_per_s_per_pair: PositiveFloat | None = None
    """Full mesh without a switch: what one pair can use, so that p ranks reach (p - 1) times this at most."""
    max_accelerators: PositiveInt


class RuleException(Record):
    """A figure that a plausibility rule would refuse and that stands all the same, with the reason."""

    rule: str
    """``ratio.fp8``, ``clock``, ``memory`` ...: the rule's name as the check prints it."""
    reason: str


class Accelerator(Record):
    """One accelerator type. Peaks are dense; ``memory_gb`` is the marketed decimal label."""

    id: str
    name: str
    vendor: str
    architecture: str
    """Id of ``catalog/architectures``: volta, turing, ampere, ada, hopper, blackwell, ... (see formats)."""
    compute_capability: str | None = None
    compute_units: PositiveInt | None = None
    """Streaming multiprocessors (NVIDIA), compute units (AMD) or cores."""
    memory_gb: PositiveFloat
    memory_reported_gib: PositiveFloat | None = None
    memory_type: str | None = None
    memory_bandwidth_gb_per_s: PositiveFloat
    peak_dense_tflops: dict[Rate, PositiveFloat]
    scale_up: ScaleUp | None = None
    pcie_generation: PositiveInt | None = None
    pcie_lanes: PositiveInt | None = None
    tdp_w: PositiveFloat | None = None
    release_year: PositiveInt | None = None
    aliases: tuple[str, ...] = ()
    exceptions: tuple[RuleException, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Fabric(Record):
    """The scale-out network of one node; ``link`` is an id of ``catalog/links``."""

    kind: FabricKind
    link: str | None = None
    gbit_per_s_per_node: PositiveFloat | None = None


class Node(Record):
    """A host: its accelerators, the scale-up domain they share, what joins domains, and the fabric between hosts."""

    id: str
    name: str
    accelerator: str
    accelerators: PositiveInt
    domain: PositiveInt
    """Accelerators in one scale-up domain: 2 for NVLink bridge pairs, 1 where only PCIe joins them.

    More than ``accelerators`` where the domain spans hosts (trays of an NVL72 rack, a TPU slice): whole nodes of one
    offer then share the domain.
    """
    link: str | None
    """Link class inside the domain (``None`` when ``domain`` is 1)."""
    link_gb_per_s_per_direction: PositiveFloat | None = None
    link_gb_per_s_per_pair: PositiveFloat | None = None
    host_link: str
    """Link class between domains of this node: a PCIe generation."""
    host_link_gb_per_s_per_direction: PositiveFloat
    fabric: Fabric
    reference: bool = False
    """The node that stands for its accelerator where none is named. One for each accelerator."""
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


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


class Compute(Record):
    """On which arithmetic a format runs on one architecture."""

    support: Support
    rate: Rate | None = None
    """Rate key of ``peak_dense_tflops`` that its matrix products run at (``None`` when impossible)."""
    note: str | None = None
    experts_only: bool = False
    """Kernels exist for routed experts alone, not for dense matrices."""
    sources: tuple[str, ...] = ()


class Packing(Record):
    """How the weights of a matrix lie in memory: every ``block_rows x block_columns`` (0: the whole side) has a scale.

    ``zero_bits`` is the zero point of a block; ``column_bytes`` stand once an input channel (a group index) and
    ``matrix_bytes`` once a matrix (global scales).
    """

    bits: PositiveInt
    block_rows: NonNegativeInt = 0
    block_columns: NonNegativeInt = 0
    scale_bytes: NonNegativeInt = 0
    zero_bits: NonNegativeInt = 0
    column_bytes: NonNegativeInt = 0
    matrix_bytes: NonNegativeInt = 0


class Mixture(Record):
    """A format joined with others that engines run together: the format of each module class that differs from it."""

    modules: dict[str, str]
    engines: tuple[str, ...]
    """Families of engines that are known to serve it."""
    sources: tuple[str, ...]


class Format(Record):
    """How weights and activations are held, or a KV cache format."""

    id: str
    name: str
    kind: Literal["weights", "kv"]
    weight_bits: PositiveFloat
    """Bits an element, scales and zero points included."""
    activation_bits: PositiveFloat
    """Bits an element of what the weights are multiplied with, scales left out."""
    group_size: PositiveInt | None = None
    unquantised: tuple[str, ...] = ()
    """Module classes that stay in 16 bits by default."""
    compute: dict[str, Compute]
    """By accelerator architecture; an architecture that is absent is impossible for want of evidence."""
    engines: dict[str, dict[str, Compute]] = Field(default_factory=dict)
    """The same for engines that differ from ``compute``; an engine that is listed is listed in full."""
    packing: Packing | None = None
    """To the byte; absent: ``weight_bits`` an element."""
    mixtures: dict[str, Mixture] = Field(default_factory=dict)
    """By name, as it stands after the format's id in a column's key."""
    requires_checkpoint: str | None = None
    """The kind of quantised checkpoint that engines need; absent where they quantise a 16-bit one while loading."""
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Evaluation(Record):
    """What a model kept of its score in a format: a published evaluation against the same model in 16 bits."""

    id: str
    format: str
    """Id of ``catalog/formats``."""
    kind: Literal["weights", "kv"]
    """Whether the format held weights (with activations) or the KV cache."""
    model: str
    model_class: ModelClass
    method: str
    benchmark: str
    recovery: PositiveFloat
    """Score in the format over the score of the baseline."""
    baseline_precision: str
    """What it is compared with; ``(native)``: the model is released so."""
    baseline: PositiveFloat | None = None
    quantised: PositiveFloat | None = None
    date: str | None = None
    """As the source states it: a day, a month."""
    typical: bool = True
    """False: kept for reading, no part of a range; ``because`` says why."""
    because: str | None = None
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Collective(Record):
    """``latency + per_log2 * log2(n) + volume / (efficiency L)`` with the volume that the collective moves."""

    latency_us: NonNegativeFloat
    latency_us_per_log2_ranks: NonNegativeFloat = 0.0
    efficiency: PositiveFloat = Field(le=1.0)


class Link(Record):
    """A link class. All-reduce of S bytes over n ranks: ``a + b + sqrt(c b)``, ``b = 2 (n-1)/n S / (efficiency L)``."""

    id: str
    name: str
    latency_us: NonNegativeFloat
    latency_us_per_log2_ranks: NonNegativeFloat
    efficiency: PositiveFloat = Field(le=1.0)
    transition_us: NonNegativeFloat = 0.0
    in_network_reduction: bool = False
    gather: Collective | None = None
    """All-gather and reduce-scatter: volume ``(n-1)/n S``."""
    exchange: Collective | None = None
    """All-to-all: volume ``(n-1)/n S``."""
    send: Collective | None = None
    """One peer to another: volume S."""
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
    models: tuple[str, ...] = ()
    input_tokens: PositiveInt | None = None
    output_tokens: PositiveInt | None = None
    concurrency_from: PositiveInt | None = None
    concurrency_below: PositiveInt | None = None
    tensor_parallel_below: PositiveInt | None = None
    attention_data_parallel_from: PositiveInt | None = None


class Harness(Record):
    """How a source of measurements ran its benchmark, so that predictions are made for the same thing.

    ``id`` is the source as it stands in measurement files.
    """

    id: str
    mean_length_share: PositiveFloat = Field(default=1.0, le=1.0)
    """Mean of the real prompt and output lengths over the nominal ones."""
    knobs: tuple[Knob, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Calibration(Record):
    """Efficiency factors and residual bands: named numbers, dotted keys, each backed."""

    id: str
    factors: dict[str, float]
    sources: tuple[Source, ...]
