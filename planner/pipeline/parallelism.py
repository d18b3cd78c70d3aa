"""What tensor, pipeline and data parallelism do to latency and cost on the machine that won, in words."""

from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.table import ADMITTED
from planner.perf.steady import operate
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from planner.candidates.table import Table


def parallelism(table: "Table", column: int) -> list[str]:
    """Compare the chosen layout with its neighbours on the same offer, formats and engine setting."""
    physical = table.physical
    assert physical is not None
    mine = int(table.row[column])
    same = np.flatnonzero(
        (table.seller == table.seller[column]) & (physical.setting[table.row] == physical.setting[mine])
    )
    lightest = operate(physical.service, np.full(len(physical.service.slots), 1e-3)).tpot_s[:, 0]
    sentences = []
    for axis, name in (("tensor", "tensor"), ("pipeline", "pipeline")):
        sentences += _along(table, column, same, lightest, (axis, name))
    if not sentences and len(same) == 1:
        sentences.append("No other split fits this machine.")
    replicas = "Replicas add capacity at the same latency and copy the weights"
    sentences.append(f"{replicas}: data parallelism here is the number of replicas.")
    return sentences


def _along(
    table: "Table",
    column: int,
    same: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    lightest: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    axis: tuple[str, str],
) -> list[str]:
    """Say what the nearest smaller and larger degree of one kind of parallelism would do."""
    physical = table.physical
    assert physical is not None
    mine = int(table.row[column])
    rows = table.row[same]
    degrees = getattr(physical.layout, axis[0])
    others = [name for name in ("tensor", "pipeline", "expert", "attention_data") if name != axis[0]]
    alike = np.logical_and.reduce(
        [
            getattr(physical.layout, name)[rows] == getattr(physical.layout, name)[mine]
            for name in others
            if name != "expert"
        ]
    )
    here = degrees[mine]
    sentences = []
    for wanted in (here / 2.0, here * 2.0):
        picked = same[alike & (degrees[rows] == wanted)]
        if len(picked):
            sentences.append(
                _sentence(table, column, int(picked[0]), lightest, f"{axis[1].capitalize()} parallel {wanted:.0f}")
            )
    return sentences


def _sentence(
    table: "Table",
    column: int,
    other: int,
    lightest: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    name: str,
) -> str:
    physical = table.physical
    assert physical is not None
    mine, theirs = int(table.row[column]), int(table.row[other])
    if physical.served[theirs] < 0:
        return f"{name} does not fit the memory."
    before, after = (lightest[physical.served[row]] * MS_PER_S for row in (mine, theirs))
    change = f"{name} would make TPOT at light load {after:.3g} ms instead of {before:.3g} ms"
    if f"{after:.3g}" == f"{before:.3g}":
        change = f"{name} would leave TPOT at light load at {after:.3g} ms"
    if table.rejected[other] != ADMITTED or table.requests_per_s[other] <= 0.0:
        return f"{change} and cannot keep the SLO."
    size = physical.layout.accelerators
    share = (table.requests_per_s[other] / size[theirs]) / (table.requests_per_s[column] / size[mine])
    return f"{change} and serve {share:.2f} times the requests per accelerator within the SLO."
