"""What every record of the catalogue is made of: closed sets, and the source that backs a figure."""

from datetime import date
from typing import Literal

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
