"""The two forms of a specification as records: one workload at the top, or a list of them."""

from typing import Annotated, Any, Literal, Self
from unicodedata import normalize

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from planner.records import Record
from planner.spec.demand import Workload
from planner.spec.energy import Energy
from planner.spec.limits import Limits
from planner.spec.names import EngineName, FormatName, KvFormatName
from planner.spec.prices import Overheads, Owned, Prices
from planner.spec.quality import Quality
from planner.spec.quantities import SOME, Probability, broken_rule, distinct, one_or_list
from planner.spec.slo import Slo

Objective = Literal["usd_per_mtok", "usd_per_h", "accelerators", "ttft", "energy", "quality"]


def _names_a_model(value: object) -> object:
    if isinstance(value, str | dict) and value:
        return value
    problem = "names no model"
    raise broken_rule(problem, "give a catalogue id, a path to a config.json or its folder, or the fields of one")


ModelSource = Annotated[
    Any,
    AfterValidator(_names_a_model),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "object", "minProperties": 1}]}),
]
"""A catalogue id, a path, or the fields of a ``config.json``."""


class Served(Record):
    """What is served and what is promised: the part that every workload states for itself."""

    model: ModelSource
    workload: Workload
    slo: Slo = Slo()
    formats: Annotated[tuple[FormatName, ...], SOME, distinct("format")] | None = None
    kv_formats: Annotated[tuple[KvFormatName, ...], SOME, distinct("format")] = ("bf16", "fp8")
    quality: Quality = Quality()


class Shared(Record):
    """What all workloads of a specification share."""

    limits: Limits = Limits()
    owned: Annotated[tuple[Owned, ...], SOME] = ()
    prices: Prices = Prices()
    overheads: Overheads = Overheads()
    energy: Energy = Energy()
    engine: Annotated[tuple[EngineName, ...], SOME, distinct("engine"), one_or_list(EngineName)] = ("vllm",)
    confidence: Probability = 0.8
    objective: Annotated[tuple[Objective, ...], SOME, distinct("objective"), one_or_list(Objective)] = ("usd_per_mtok",)
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    workers: Annotated[int, Field(ge=1, le=256)] = 1


class Block(Served):
    """One entry of ``workloads:``."""

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\w[\w.\- ]*$")]
    limits: Limits = Limits()


class SingleRequest(Served, Shared):
    """The form with one workload at the top level."""


class SeveralRequest(Shared):
    """The form with a list of workloads under common limits."""

    workloads: Annotated[tuple[Block, ...], Field(min_length=1, max_length=10_000)]
    apart: Annotated[tuple[Annotated[tuple[str, ...], distinct("workload")], ...], SOME] = ()
    """Names of workloads of which no two share a region."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        seen: dict[str, None] = {}
        alike: set[str] = set()  # letters with accents may be written in one character or two
        for index, block in enumerate(self.workloads):
            if normalize("NFKC", block.name) in alike:
                problem = f"name {block.name!r} stands twice"
                raise broken_rule(problem, "rename one", at=("workloads", index, "name"))
            seen[block.name] = None
            alike.add(normalize("NFKC", block.name))
        for index, group in enumerate(self.apart):
            if len(group) < 2:
                problem = f"{group[0]!r} alone is apart from nobody" if group else "names nobody"
                raise broken_rule(problem, "name two workloads or more", at=("apart", index))
            for at, name in enumerate(group):
                if name not in seen:
                    problem = f"{name!r} is no workload here"
                    raise broken_rule(problem, f"use names of workloads: {', '.join(seen)}", at=("apart", index, at))
        return self
