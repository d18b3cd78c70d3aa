"""A deployment that exists, as a section ``current`` beside the keys of a specification."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from planner.records import Record
from planner.spec.catalogue_names import catalogue_names
from planner.spec.document import MAX_BYTES, Document, parse_document
from planner.spec.files import read_specification
from planner.spec.loader import read_spec
from planner.spec.models import folder_of
from planner.spec.names import AcceleratorName, FormatName, KvFormatName
from planner.spec.nodes import Node
from planner.spec.problems import Place, Problem, refusal
from planner.spec.quantities import Count, UsdPerHour, broken_rule
from planner.spec.validation import validated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.catalog.catalog import Catalog
    from planner.spec.schema import Spec

Degree = Annotated[int, Field(ge=1, le=1024)]
RATES = ("requests_per_s", "concurrency", "tokens_per_day")


class Current(Record):
    """What runs today: ``count`` accelerators as replicas of one layout, at a price an hour for each accelerator.

    ``max_concurrency`` is the batch limit of one replica (the engine's own where none is given). ``utilisation``, load
    over capacity, may stand in place of the workload's rate.
    """

    accelerator: AcceleratorName
    count: Count
    tensor_parallel: Degree = 1
    pipeline_parallel: Degree = 1
    expert_parallel: Degree = 1
    attention_data_parallel: Degree = 1
    weight_format: FormatName = "bf16"
    kv_format: KvFormatName = "bf16"
    max_concurrency: Count | None = None
    usd_per_accelerator_h: UsdPerHour
    utilisation: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _holds_a_replica(self) -> Self:
        if self.count < self.size:
            problem = f"{self.count} accelerators do not hold a replica of {self.size}"
            raise broken_rule(problem, "raise count, or lower the degrees of parallelism", at=("count",))
        return self

    @property
    def size(self) -> int:
        """Accelerators of one replica."""
        return self.tensor_parallel * self.pipeline_parallel * self.attention_data_parallel

    @property
    def split(self) -> tuple[int, int, int, int]:
        """Tensor, pipeline, expert and attention-data parallel degrees."""
        return self.tensor_parallel, self.pipeline_parallel, self.expert_parallel, self.attention_data_parallel


class _Holder(Record):
    current: Current


def load_current(path: str | Path, *, overrides: "Sequence[str]" = (), catalog: "Catalog") -> "tuple[Spec, Current]":
    """Read a deployment: the request that it serves, and what serves it today.

    Raises
    ------
    SpecError
        With every problem, as for a specification.
    """
    data, name = read_specification(path, MAX_BYTES)
    document = parse_document(data, name)
    root = document.root
    section = root.child("current")
    if section is None:
        raise refusal([Problem(Place(name, 1, 1), "current", "is missing", "add the deployment as it is")])
    holder, problems = validated(
        _Holder, Node(root.place, {"current": section}, keys=root.keys), catalogue_names(catalog)
    )
    if holder is None or problems:
        raise refusal(list(problems))
    rest = {key: child for key, child in root.children() if isinstance(key, str) and key != "current"}
    asked = list(overrides)
    if holder.current.utilisation is not None:
        asked.append(_placeholder(root, section))
    stripped = Document(Node(root.place, rest, keys=root.keys), document.problems)
    return read_spec(stripped, folder_of(path), overrides=asked, catalog=catalog), holder.current


def _placeholder(root: Node, section: Node) -> str:
    """Return a rate for the rules of a specification to pass, where the utilisation decides it; refuse both."""
    workload = root.child("workload")
    stated = [key for key in RATES if workload is not None and workload.child(key) is not None]
    if stated:
        problem = f"stands beside workload.{stated[0]}"
        raise refusal([Problem(section.place_of("utilisation"), "current.utilisation", problem, "keep one")])
    return "workload.requests_per_s=1"
