"""What tensor, pipeline and data parallelism do to latency and cost on the accelerator that won, in words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.table import ADMITTED
from planner.perf.steady import operate
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from planner.candidates.rows import Physical
    from planner.candidates.table import Table

Ints = NDArray[np.int64]
LIGHT = 1e-3
"""Decode batch at which nothing waits."""


@dataclass(frozen=True, eq=False)
class _Comparison:
    """The chosen column against others on sale with the same accelerator, formats and engine setting."""

    table: "Table"
    physical: "Physical"
    column: int
    same: Ints

    def degree(self, column: int, axis: str) -> float:
        """Return one degree of a column's layout."""
        return float(getattr(self.physical.layout, axis)[self.table.row[column]])

    def light_tpot_ms(self, column: int) -> float:
        """Mean TPOT of a column when nothing else is served."""
        at = int(self.physical.served[self.table.row[column]])
        alone = self.physical.service.take(slice(at, at + 1))
        return float(operate(alone, np.array([LIGHT])).tpot_s[0, 0]) * MS_PER_S


def parallelism(table: "Table", column: int) -> list[str]:
    """Compare the chosen layout with half and twice its tensor and pipeline degree, wherever they are on sale."""
    physical = table.physical
    if physical is None:
        return []
    names = np.array([seller.node.accelerator for seller in table.sellers])[table.seller]
    setting = physical.setting[table.row]
    alike = (names == names[column]) & (setting == setting[column])
    made = _Comparison(table, physical, column, np.flatnonzero(alike))
    sentences = [
        text for axis in ("tensor", "pipeline") for factor in (0.5, 2.0) for text in _along(made, axis, factor)
    ]
    closing = (
        "Data parallelism here is the number of replicas: they add capacity at the same latency and copy the weights."
    )
    return [*sentences, closing]


def _along(made: _Comparison, axis: str, factor: float) -> list[str]:
    """Say what ``factor`` times the degree of one kind of parallelism would do; nothing where it is not on sale."""
    wanted = made.degree(made.column, axis) * factor
    others = [name for name in ("tensor", "pipeline", "attention_data") if name != axis]
    rows, layout = made.table.row[made.same], made.physical.layout
    kept = getattr(layout, axis)[rows] == wanted
    for name in others:
        kept &= getattr(layout, name)[rows] == made.degree(made.column, name)
    if not kept.any():
        return []
    found = made.same[kept]
    best = int(found[np.argmax(made.table.requests_per_s[found])])
    return [_sentence(made, best, f"{axis.capitalize()} parallel {wanted:.0f}")]


def _sentence(made: _Comparison, other: int, name: str) -> str:
    table = made.table
    if made.physical.served[table.row[other]] < 0:
        return f"{name} does not fit the memory."
    before, after = made.light_tpot_ms(made.column), made.light_tpot_ms(other)
    change = f"{name} would make TPOT at light load {after:.3g} ms instead of {before:.3g} ms"
    if f"{after:.3g}" == f"{before:.3g}":
        change = f"{name} would leave TPOT at light load at {after:.3g} ms"
    if table.rejected[other] != ADMITTED or table.requests_per_s[other] <= 0.0:
        return f"{change} and cannot keep the SLO."
    rates, sizes = table.requests_per_s, table.accelerators
    share = (rates[other] / sizes[other]) / (rates[made.column] / sizes[made.column])
    return f"{change} and serve {share:.2f} times the requests per accelerator within the SLO."
