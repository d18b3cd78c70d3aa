"""The records of the catalogue. One YAML file a thing; the unit stands in the key; every number is backed by a source."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from planner.records import Record

Basis = Literal["measured", "datasheet", "derived", "estimated"]
Tenancy = Literal["shared", "dedicated", "private", "marketplace"]
Purchase = Literal["on_demand", "reserved_1y", "reserved_3y", "spot", "owned"]
FabricKind = Literal["infiniband", "roce", "efa", "ethernet", "none"]
Support = Literal["native", "fallback", "impossible"]


class Source(Record):
    """Where figures come from: ``backs`` lists dotted keys of the record (``*`` as last part backs all below)."""

    source: str
    checked: date
    basis: Basis
    backs: tuple[str, ...]


class ScaleUp(Record):
    """The link inside the scale-up domain. ``link`` is an id of ``catalog/links``."""

    link: str
    gb_per_s_per_direction: PositiveFloat
    max_accelerators: PositiveInt


class Accelerator(Record):
    """One accelerator type. Peaks are dense; ``memory_gb`` is the marketed decimal label."""

    id: str
    name: str
    vendor: str
    architecture: str
    """Lower-case key of the compute architecture: volta, turing, ampere, ada, hopper, blackwell, ... (see formats)."""
    compute_capability: str | None = None
    memory_gb: PositiveFloat
    memory_reported_gib: PositiveFloat | None = None
    memory_type: str | None = None
    memory_bandwidth_gb_per_s: PositiveFloat
    peak_dense_tflops: dict[str, PositiveFloat]
    """Rate keys: fp32, tf32, fp16, bf16, fp8, int8, fp6, fp4, int4."""
    scale_up: ScaleUp | None = None
    pcie_generation: PositiveInt | None = None
    tdp_w: PositiveFloat | None = None
    release_year: PositiveInt | None = None
    aliases: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Fabric(Record):
    """The scale-out network of one node; ``link`` is an id of ``catalog/links``."""

    kind: FabricKind
    link: str | None = None
    gbit_per_s_per_node: PositiveFloat | None = None


class Node(Record):
    """A host: how many accelerators, the scale-up domain they share, what joins domains, and the fabric between hosts."""

    id: str
    name: str
    accelerator: str
    accelerators: PositiveInt
    domain: PositiveInt
    """Accelerators in one scale-up domain (2 for NVLink bridge pairs, 1 where only PCIe joins them)."""
    link: str | None
    """Link class inside the domain (``None`` when ``domain`` is 1)."""
    link_gb_per_s_per_direction: PositiveFloat | None = None
    host_link: str
    """Link class between domains of this node: a PCIe generation."""
    host_link_gb_per_s_per_direction: PositiveFloat
    fabric: Fabric
    sources: tuple[Source, ...]


class Price(Record):
    """A dated price of one billing unit for one purchase option. Append, never overwrite."""

    purchase: Purchase
    usd_per_unit_h: NonNegativeFloat
    as_of: date
    basis: Basis
    source: str


class Offer(Record):
    """What can be had: a node of a provider sold in units of ``unit_accelerators``."""

    id: str
    provider: str
    name: str
    node: str
    unit_accelerators: PositiveInt
    """Accelerators sold as one machine (the billing unit)."""
    regions: tuple[str, ...] = ()
    tenancy: Tenancy
    solvable: bool = True
    """False: a market average or median, for reading only."""
    prices: tuple[Price, ...]
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Model(Record):
    """A model: the fields of its ``config.json`` and published counts to hold the computed ones against."""

    id: str
    config: dict[str, Any]
    published_parameters_b: PositiveFloat | None = None
    computed_parameters: PositiveInt | None = None
    sources: tuple[Source, ...]


class Compute(Record):
    """On which arithmetic a format runs on one architecture."""

    support: Support
    rate: str | None = None
    """Rate key of ``peak_dense_tflops`` that its matrix products run at (``None`` when impossible)."""
    sources: tuple[str, ...] = ()


class Format(Record):
    """How weights and activations are held, or a KV cache format."""

    id: str
    name: str
    kind: Literal["weights", "kv"]
    weight_bits: PositiveFloat
    """Bits an element, scales and zero points included."""
    activation_bits: PositiveFloat
    group_size: PositiveInt | None = None
    unquantised: tuple[str, ...] = ()
    """Module classes that stay in 16 bits by default."""
    compute: dict[str, Compute]
    """By accelerator architecture; an architecture that is absent is impossible for want of evidence."""
    requires_checkpoint: str | None = None
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]


class Link(Record):
    """A link class. All-reduce of S bytes over n ranks: ``a + b + sqrt(c b)``, ``b = 2 (n-1)/n S / (efficiency L)``."""

    id: str
    name: str
    latency_us: NonNegativeFloat
    latency_us_per_log2_ranks: NonNegativeFloat
    efficiency: PositiveFloat = Field(le=1.0)
    transition_us: NonNegativeFloat = 0.0
    in_network_reduction: bool = False
    sources: tuple[Source, ...]


class Engine(Record):
    """An inference engine's profile: defaults, fixed costs and the knobs that move TTFT."""

    id: str
    name: str
    version: str
    years: str
    vendors: tuple[str, ...]
    memory_utilisation: PositiveFloat = Field(le=1.0)
    max_num_seqs: PositiveInt
    max_num_batched_tokens: PositiveInt
    batched_token_choices: tuple[PositiveInt, ...]
    mixed_chunks: bool = True
    costs: dict[str, float]
    """Fixed costs in seconds by name; see :mod:`planner.perf.engine`."""
    sources: tuple[Source, ...]


class Calibration(Record):
    """Efficiency factors and residual bands: named numbers, dotted keys, each backed."""

    id: str
    factors: dict[str, float]
    sources: tuple[Source, ...]
