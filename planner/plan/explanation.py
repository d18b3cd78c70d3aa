"""Why a plan is what it is, as a record: what ``planner explain`` answers, schema 1.

Every number was found by solving a changed request: ``to`` is the nearest number, on a grid of three digits (or of
whole accelerators), at which the answer is the one stated.
"""

from typing import Any, Literal

from pydantic import Field, PositiveInt

from planner.plan.figures import Figure, Shown
from planner.plan.record import Demand, Relaxation, Status, Totals
from planner.plan.tool import Document, document_json_schema

Kind = Literal["accelerator", "weight_format", "kv_format", "parallelism"]


class Piece(Shown):
    """Identical replicas that serve one workload, or a part of it."""

    workload: str
    offer: str
    purchase: str
    provider: str
    provider_name: str | None = None
    accelerator: str
    accelerator_name: str | None = None
    tensor_parallel: PositiveInt
    pipeline_parallel: PositiveInt = 1
    expert_parallel: PositiveInt = 1
    attention_data_parallel: PositiveInt = 1
    weight_format: str
    kv_format: str
    engine: str | None = None
    replicas: PositiveInt
    accelerators: PositiveInt
    """Accelerators in use: those of one replica times replicas."""


class Outcome(Shown):
    """The best answer to a request: its pieces, what it costs, and the value of the request's first objective."""

    pieces: tuple[Piece, ...]
    value: Figure
    usd_per_h: Figure
    usd_per_mtok: Figure


class Held(Shown):
    """What keeps one replica of a workload's first pool from carrying more than ``requests_per_s``.

    ``value_ms`` is the estimate there, ``limit_ms`` the bound promised, which the error of the estimate may reach.
    """

    workload: str
    by: Literal["ttft", "tpot", "e2e", "arithmetic", "memory", "nothing"]
    statistic: str | None = None
    requests_per_s: Figure
    value_ms: Figure | None = None
    limit_ms: Figure | None = None
    max_concurrency: PositiveInt | None = None


class Change(Shown):
    """One number of the request moved from ``from`` to ``to``, and the answer then.

    ``key`` is the key of the specification; ``last`` the farthest number tried at which the answer is still the plan's.
    """

    key: str
    workload: str | None = None
    """The workload that the number belongs to, where the request has several."""
    start: Figure = Field(alias="from")
    last: Figure | None = None
    to: Figure
    unit: str
    then: Outcome


class Shadow(Shown):
    """What one stated limit costs: the least loosening that gains anything, and what there is to gain without it."""

    key: str
    workload: str | None = None
    stated: Figure | None = None
    """Absent where the limit is a list."""
    unit: str = ""
    loosened: Change | None = None
    """Absent where no loosening that was tried gains anything, or the limit is a list."""
    without: Outcome | None = None
    """The answer without the limit; absent where that gains nothing."""
    tried_to: Figure | None = None

    @property
    def binds(self) -> bool:
        """Whether the plan would be better without the limit."""
        return self.without is not None or self.loosened is not None


class Need(Shown):
    """What one number would have to be for a loser to win; ``to`` is absent where no number that was tried does it."""

    of: Literal["price", "bandwidth", "ttft", "tpot", "e2e"]
    key: str
    start: Figure = Field(alias="from")
    to: Figure | None = None
    tried_to: Figure | None = None
    unit: str


class Miss(Shown):
    """What rejects the columns of a loser, and by how much the nearest of them misses it."""

    group: str
    value: Figure | None = None
    limit: Figure | None = None
    unit: str = ""


class Rival(Shown):
    """The best plan in which one workload uses this accelerator, format or kind of parallelism alone."""

    workload: str
    kind: Kind
    name: str
    title: str
    """The name for people."""
    wins: bool
    best: Outcome | None = None
    """Absent where no plan is left."""
    times_the_value: Figure | None = None
    """Its value of the first objective over the plan's."""
    misses: Miss | None = None
    needs: tuple[Need, ...] = ()


class Flip(Shown):
    """Where the choice changes when one number moves one way; without ``change`` it does not as far as tried."""

    of: Literal["price", "demand", "ttft", "tpot", "e2e"]
    key: str
    workload: str | None = None
    up: bool
    start: Figure = Field(alias="from")
    unit: str
    change: Change | None = None
    infeasible_from: Figure | None = None
    """The nearest number at which there is no plan at all."""
    tried_to: Figure
    changes: tuple[str, ...] = ()
    """What changes: offer, accelerator, layout, weight_format, kv_format, engine."""


class Relaxed(Relaxation):
    """A relaxation with the answer that it makes possible."""

    workload: str | None = None
    then: Outcome | None = None


class Nearest(Shown):
    """A piece that comes near to serving an infeasible workload, and what it misses."""

    piece: Piece
    misses: Miss


class Served(Shown):
    """A workload of the request."""

    name: str
    model: str
    demand: Demand


class Explained(Document):
    """The answer of ``planner explain``."""

    status: Status
    objective: str
    workloads: tuple[Served, ...]
    totals: Totals | None = None
    chosen: Outcome | None = None
    held: tuple[Held, ...] = ()
    shadows: tuple[Shadow, ...] = ()
    rivals: tuple[Rival, ...] = ()
    flips: tuple[Flip, ...] = ()
    clash: tuple[str, ...] | None = None
    relaxations: tuple[Relaxed, ...] | None = None
    nearest: tuple[Nearest, ...] | None = None
    notes: tuple[str, ...] = ()
    solved: int = 0
    """Requests that were solved for this answer."""

    @property
    def found(self) -> bool:
        """Whether there is a plan to explain."""
        return self.chosen is not None


def explanation_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the explanation document."""
    return document_json_schema(Explained, "explanation")
