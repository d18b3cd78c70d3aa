"""Records of hardware: compute architectures, accelerators, nodes and links."""

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from planner.catalog.facts import FabricKind, Rate, Source
from planner.records import Record


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
    tdp_w: PositiveFloat | None = None
    """Power of the whole host at full load, accelerators included; absent where no source gives it."""
    reference: bool = False
    """The node that stands for its accelerator where none is named. One for each accelerator."""
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
    in_network_efficiency: PositiveFloat | None = Field(default=None, le=1.0)
    """Where switches sum: all-reduce is no slower than ``S / (in_network_efficiency L)`` on the wire."""
    one_shot: Collective | None = None
    """All-reduce in one exchange, by engines that know it: volume ``(n - 1) S``."""
    gather: Collective | None = None
    """All-gather and reduce-scatter: volume ``(n-1)/n S``."""
    exchange: Collective | None = None
    """All-to-all: volume ``(n-1)/n S``."""
    send: Collective | None = None
    """One peer to another: volume S."""
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...]
