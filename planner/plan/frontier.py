"""The Pareto front of cost against one other quantity, as a record: what ``planner frontier`` answers, schema 1."""

from typing import Any, Literal

from pydantic import PositiveInt

from planner.plan.explanation import Piece
from planner.plan.figures import Figure, Shown
from planner.plan.tool import Document, document_json_schema

Against = Literal["ttft", "tpot", "accelerators"]


class Point(Shown):
    """The least cost at which ``value`` can be promised, and the least value that can be promised at that cost."""

    value: Figure
    """A bound on the latency [ms], on a grid of four digits, or accelerators paid for."""
    usd_per_h: Figure
    usd_per_mtok: Figure
    accelerators: PositiveInt
    """Accelerators paid for."""
    pieces: tuple[Piece, ...]


class Front(Document):
    """The points in the order of falling value and rising cost: nothing else is both as good and as cheap."""

    against: Against
    key: str
    """What was bounded, as a key of the specification."""
    unit: str
    asked: Figure | None = None
    """What the request itself asks for."""
    points: tuple[Point, ...]
    complete: bool
    """Whether the front ends because nothing lies beyond it, and every point is proven."""
    least_infeasible: Figure | None = None
    """The bound next to the last point, at which there is no plan any more."""
    notes: tuple[str, ...] = ()
    solved: int


def frontier_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the frontier document."""
    return document_json_schema(Front, "frontier")
