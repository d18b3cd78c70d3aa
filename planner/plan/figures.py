"""What a plan and an estimate are both made of: rounded figures, latencies, memory, evidence."""

from datetime import date
from math import floor, log10
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from planner.records import Record

Statistic = Literal["mean", "p50", "p90", "p95", "p99"]
EvidenceBasis = Literal["measured", "datasheet", "derived", "estimated", "calibrated"]

SIGNIFICANT_DIGITS = 6


def significant(value: float, digits: int = SIGNIFICANT_DIGITS) -> float:
    """Round to ``digits`` significant digits, and never coarser than one unit: the same bytes on every machine.

    Monotone, so that what was at most something else still is after rounding.
    """
    if value == 0.0:
        return 0.0
    decimals = digits - 1 - floor(log10(abs(value)))
    return round(value, max(decimals, 0)) + 0.0


Figure = Annotated[float, AfterValidator(significant)]
"""A float that a document shows, rounded when the record is made."""


class Shown(Record):
    """A record of an output document: absent instead of null, and what a later version adds is ignored when read."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    @model_serializer(mode="wrap")
    def _drop_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        aliases = {name: field.alias or name for name, field in fields.items()}
        return {aliases.get(key, key): value for key, value in handler(self).items() if value is not None}


class Evidence(Shown):
    """Where one figure comes from, and when that was last checked."""

    what: str
    basis: EvidenceBasis
    source: str
    checked: date | None = None


class Latency(Shown):
    """A latency over requests [ms]: its mean, the percentiles that were asked for, the band of the mean, the basis."""

    mean: Figure
    p50: Figure | None = None
    p90: Figure | None = None
    p95: Figure | None = None
    p99: Figure | None = None
    band: tuple[Figure, Figure]
    basis: EvidenceBasis

    def at(self, statistic: str) -> float | None:
        """Value of ``statistic`` (``mean``, ``p50`` ... ``p99``) [ms], ``None`` where it was not computed."""
        return {"mean": self.mean, "p50": self.p50, "p90": self.p90, "p95": self.p95, "p99": self.p99}.get(statistic)


class Memory(Shown):
    """Memory of the fullest accelerator [GiB]. ``kv_cache`` is the space for it, ``usable`` what it may all fill."""

    weights: Figure = Field(ge=0.0)
    kv_cache: Figure = Field(ge=0.0)
    activations: Figure = Field(ge=0.0)
    overhead: Figure = Field(ge=0.0)
    usable: Figure = Field(gt=0.0)


class Layout(Protocol):
    """How one replica is split: read by whatever shows a pool, a runner-up or an estimate."""

    @property
    def tensor_parallel(self) -> int:
        """Ranks that split the attention."""

    @property
    def pipeline_parallel(self) -> int:
        """Stages."""

    @property
    def expert_parallel(self) -> int:
        """Ways in which the experts of the group are split."""

    @property
    def attention_data_parallel(self) -> int:
        """Ranks over which sequences are split."""


def replica_accelerators(layout: Layout) -> int:
    """Accelerators of one replica: tensor x pipeline x attention-data parallel."""
    return layout.tensor_parallel * layout.pipeline_parallel * layout.attention_data_parallel


class Operators(Shown):
    """Where a decode step at the mean load, and the prefill of a mean prompt, spend their time [ms].

    The rooflines are the floors: bytes of the step over the memory bandwidth, FLOP of the prompt over the dense peak.
    """

    decode_ms: dict[str, Figure]
    decode_roofline_ms: Figure
    prefill_ms: dict[str, Figure]
    prefill_roofline_ms: Figure
