"""Records of precision: formats, what they run on, how they are packed and mixed, what they recover."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from planner.catalog.facts import ModelClass, Rate, Source, Support
from planner.records import Record


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
    finer_than: tuple[str, ...] = ()
    """Formats of its kind that round the same numbers more coarsely: it keeps at least what they keep."""
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
