"""The answer to one request in the form in which answers are compared: objectives, money and pieces."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.plan.explanation import Outcome, Piece
from planner.plan.figures import replica_accelerators
from planner.plan.pools import identity
from planner.units import MICRO, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.pipeline.translate import Question
    from planner.plan.record import Plan
    from planner.solve.solution import Solution
    from planner.spec.schema import Spec

NEAR = 1e-9
STAGES = {"usd_per_mtok": "cost", "usd_per_h": "cost"}
PER_UNIT = {"cost": MICRO, "ttft": 1e3, "energy": 1e3, "quality": 1e6}
"""What one unit of an objective counts in the solver: USD/h, ms, W, share of the quality lost."""
SHAPE = ("tensor_parallel", "pipeline_parallel", "expert_parallel", "attention_data_parallel")
ASPECTS = {
    "offer": ("offer", "purchase"),
    "accelerator": ("accelerator",),
    "layout": SHAPE,
    "weight_format": ("weight_format",),
    "kv_format": ("kv_format",),
    "engine": ("engine",),
}
"""What may differ between two choices, and the fields that tell."""


@dataclass(frozen=True, eq=False)
class Answered:
    """The best plan of a request: ``values`` are those of the objectives asked for, in turn."""

    values: tuple[float, ...]
    pieces: tuple[Piece, ...]
    usd_per_h: float
    usd_per_mtok: float
    bought: int = 0
    """Accelerators paid for."""
    tables: "tuple[Table, ...]" = field(default=(), repr=False)
    columns: tuple[tuple[int, ...], ...] = ()
    """Columns of each of the tables that were chosen."""

    def better_than(self, other: "Answered") -> bool:
        """Whether an earlier objective is lower, beyond rounding, and those before it are the same."""
        for mine, theirs in zip(self.values, other.values, strict=True):
            if abs(mine - theirs) > NEAR * max(abs(mine), abs(theirs)):
                return mine < theirs
        return False

    def outcome(self) -> Outcome:
        """Return the answer as a record."""
        return Outcome(
            pieces=self.pieces, value=self.values[0], usd_per_h=self.usd_per_h, usd_per_mtok=self.usd_per_mtok
        )

    def marks(self, aspects: "tuple[str, ...]" = tuple(ASPECTS)) -> frozenset[tuple[object, ...]]:
        """Return what tells this choice from others, as far as ``aspects`` go; numbers of replicas do not."""
        names = [field for aspect in aspects for field in ASPECTS[aspect]]
        return frozenset((piece.workload, *(getattr(piece, name) for name in names)) for piece in self.pieces)

    def changes_to(self, other: "Answered") -> tuple[str, ...]:
        """Return the aspects in which another choice differs."""
        return tuple(aspect for aspect in ASPECTS if self.marks((aspect,)) != other.marks((aspect,)))


def of_solution(spec: "Spec", asked: "Question", solution: "Solution") -> Answered | None:
    """Read a solution; None where there is no plan."""
    if not solution.stages:
        return None
    by_name = {stage.name: stage.value for stage in solution.stages}
    usd_per_h = by_name["cost"] / MICRO
    columns = tuple(
        tuple(int(index[pool.column]) for pool in pools)
        for index, pools in zip(asked.columns, solution.pools, strict=True)
    )
    pieces = tuple(
        piece(table, column, pool.replicas)
        for table, mine, pools in zip(asked.tables, columns, solution.pools, strict=True)
        for column, pool in zip(mine, pools, strict=True)
    )
    per_mtok = usd_per_h / tokens_per_h(asked.tables) * MTOK
    values = tuple(
        per_mtok
        if name == "usd_per_mtok"
        else by_name[STAGES.get(name, name)] / PER_UNIT.get(STAGES.get(name, name), 1.0)
        for name in spec.objective
    )
    return Answered(values, pieces, usd_per_h, per_mtok, by_name["accelerators"], asked.tables, columns)


def of_plan(plan: "Plan") -> Answered | None:
    """Read a plan over a demand that changes: its pieces are those of the busiest hour."""
    if plan.totals is None or not plan.found:
        return None
    pieces = tuple(
        Piece(
            workload=served.name,
            accelerators=pool.replicas * replica_accelerators(pool),
            **{name: getattr(pool, name) for name in Piece.model_fields if name not in {"workload", "accelerators"}},
        )
        for served in plan.workloads
        for pool in served.pools
    )
    totals = plan.totals
    return Answered((plan.objective.value or 0.0,), pieces, totals.usd_per_h, totals.usd_per_mtok, totals.accelerators)


def piece(table: "Table", column: int, replicas: int) -> Piece:
    """Return replicas of a column as a record."""
    named = {key: value for key, value in identity(table, column).items() if key in Piece.model_fields}
    return Piece(
        workload=table.workload.name,
        purchase=table.sellers[table.seller[column]].price.purchase,
        replicas=replicas,
        accelerators=replicas * int(table.accelerators[column]),
        **named,
    )


def tokens_per_h(tables: "tuple[Table, ...]") -> float:
    """Input + output tokens that the tables' workloads ask for in an hour."""
    return SECONDS_PER_HOUR * sum(
        table.demand * (table.workload.lengths.mean_input_tokens + table.workload.lengths.mean_output_tokens)
        for table in tables
    )
