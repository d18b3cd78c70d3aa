"""Which columns of a table are today's hardware, layout and formats, and which formats the request would try."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.rows import possible, weight_formats

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.economics.current import Current
    from planner.spec.schema import WorkloadSpec

Bools = NDArray[np.bool_]


def opened(workload: "WorkloadSpec", current: "Current", catalog: "Catalog") -> "WorkloadSpec":
    """Return the workload with today's formats among those that it may use."""
    formats = (*weight_formats(workload, catalog), current.weight_format)
    kv = (*workload.kv_formats, current.kv_format)
    return replace(workload, formats=tuple(dict.fromkeys(formats)), kv_formats=tuple(dict.fromkeys(kv)))


def on_current(table: "Table", current: "Current") -> Bools:
    """Columns on today's accelerator at today's price."""
    own = np.array([s.offer.provider == "owned" and s.node.accelerator == current.accelerator for s in table.sellers])
    return np.asarray(own[table.seller])


def shaped(table: "Table", current: "Current") -> Bools:
    """Columns in today's layout."""
    assert table.physical is not None
    split = table.physical.layout
    degrees = (split.tensor, split.pipeline, split.expert, split.attention_data)
    same = np.logical_and.reduce([degree == asked for degree, asked in zip(degrees, current.split, strict=True)])
    return np.asarray(same[table.row])


def formatted(table: "Table", current: "Current") -> Bools:
    """Columns in today's formats; ``fp8`` means every FP8 scaling."""
    assert table.physical is not None
    wanted = {current.weight_format, "fp8-block" if current.weight_format == "fp8" else current.weight_format}
    same = [s.formats.name in wanted and s.formats.kv.id == current.kv_format for s in table.physical.settings]
    return np.asarray(np.array(same)[table.physical.setting[table.row]])


def native(table: "Table", opened: "WorkloadSpec", asked: "WorkloadSpec") -> Bools:
    """Columns in formats that the request itself would try: native ones where it names none."""
    physical = table.physical
    if physical is None:
        return np.zeros(len(table), dtype=bool)
    names = set(weight_formats(asked, table.catalog))
    wanted = np.array(
        [
            [
                setting.formats.name in names
                and setting.formats.kv.id in asked.kv_formats
                and (asked.formats is not None or possible(setting, node, native_only=True))
                for node in physical.nodes
            ]
            for setting in physical.settings
        ]
    )
    return np.asarray(wanted[physical.setting, physical.node][table.row])
