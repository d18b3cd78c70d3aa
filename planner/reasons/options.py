"""The kinds of columns that compete for a workload: accelerators, formats, kinds of parallelism."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.table import FILTERS
from planner.plan.explanation import Kind, Miss
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from planner.candidates.table import Bools, Table
    from planner.plan.explanation import Piece

FAMILIES = {
    "replicas": "one accelerator a replica",
    "tensor_parallel": "tensor parallel alone",
    "pipeline_parallel": "pipeline parallel",
    "attention_data_parallel": "expert or attention-data parallel",
}
"""Kinds of parallelism, each column in one of them."""
LATENCIES = ("ttft", "tpot", "e2e")
NUMBERED = (*LATENCIES, "memory", "quality")
"""Filters that decide by a number, those that a column comes to last before the others."""


@dataclass(frozen=True, eq=False)
class Option:
    """The columns of a workload's table that share an accelerator, a format or a kind of parallelism."""

    kind: Kind
    name: str
    title: str
    columns: "Bools"

    def used_by(self, pieces: "tuple[Piece, ...]", workload: str) -> bool:
        """Whether the workload is served by columns of this kind alone."""
        mine = [piece for piece in pieces if piece.workload == workload]
        return bool(mine) and all(self.name == self._name_of(piece) for piece in mine)

    def _name_of(self, piece: "Piece") -> str:
        return family_of(piece) if self.kind == "parallelism" else str(getattr(piece, self.kind))


def family_of(piece: "Piece") -> str:
    """Return the kind of parallelism of a piece."""
    if piece.pipeline_parallel > 1:
        return "pipeline_parallel"
    if piece.attention_data_parallel > 1 or piece.expert_parallel > 1:
        return "attention_data_parallel"
    return "tensor_parallel" if piece.tensor_parallel > 1 else "replicas"


def options(table: "Table") -> tuple[Option, ...]:
    """Return everything that the table holds columns of, admitted or not."""
    physical = table.physical
    if physical is None:
        return ()
    names = np.array([seller.node.accelerator for seller in table.sellers])[table.seller]
    setting = physical.setting[table.row]
    weights = np.array([each.formats.name for each in physical.settings])[setting]
    caches = np.array([each.formats.kv.id for each in physical.settings])[setting]
    accelerators = table.catalog.accelerators
    families = _families(table)
    return (
        *(Option("accelerator", name, accelerators[name].name, names == name) for name in _distinct(names)),
        *(Option("weight_format", name, f"{name.upper()} weights", weights == name) for name in _distinct(weights)),
        *(Option("kv_format", name, f"{name.upper()} KV cache", caches == name) for name in _distinct(caches)),
        *(
            Option("parallelism", name, title, families == name)
            for name, title in FAMILIES.items()
            if (families == name).any()
        ),
    )


def miss(table: "Table", columns: "Bools") -> Miss | None:
    """Return what rejects the columns, and the number of the one that misses it by the least."""
    rejected = table.rejected[columns]
    present = {FILTERS[code] for code in np.unique(rejected).tolist() if code >= 0}
    if not present:
        return None
    for group in NUMBERED:
        if group not in present:
            continue
        mine = rejected == FILTERS.index(group)
        value, limit = table.value[columns][mine], table.limit[columns][mine]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = limit / value if group == "quality" else value / limit
        if not np.isfinite(ratio).any():
            return Miss(group=group)
        at = int(np.nanargmin(ratio))
        scale, unit = (MS_PER_S, "ms") if group in LATENCIES else (1.0, {"memory": "GiB"}.get(group, "recovery"))
        return Miss(group=group, value=float(value[at]) * scale, limit=float(limit[at]) * scale, unit=unit)
    return Miss(group=next(group for group in FILTERS if group in present))


def _families(table: "Table") -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    assert table.physical is not None
    split, row = table.physical.layout, table.row
    spread = (split.attention_data[row] > 1) | (split.expert[row] > 1)
    tensor = np.where(split.tensor[row] > 1, "tensor_parallel", "replicas")
    return np.where(split.pipeline[row] > 1, "pipeline_parallel", np.where(spread, "attention_data_parallel", tensor))


def _distinct(names: "np.ndarray[tuple[int], np.dtype[np.str_]]") -> list[str]:
    return [str(name) for name in np.unique(names)]
