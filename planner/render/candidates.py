"""Every column considered, as CSV and JSON: written a field at a time, for there are many."""

import csv
import json
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.candidates.rows import Physical
from planner.candidates.table import ADMITTED, FILTERS, Table
from planner.cells import cell
from planner.plan.figures import significant
from planner.render.plain import plain
from planner.units import MS_PER_S

Fields = dict[str, list[Any]]

CANDIDATE_FIELDS = (
    "workload",
    "offer",
    "accelerator",
    "tensor_parallel",
    "pipeline_parallel",
    "expert_parallel",
    "attention_data_parallel",
    "weight_format",
    "kv_format",
    "accelerators",
    "billing_unit",
    "usd_per_unit_h",
    "requests_per_s",
    "ttft_ms",
    "tpot_ms",
    "rejected_by",
    "rejected_value",
    "rejected_limit",
    "provider",
    "purchase",
    "engine",
    "max_num_batched_tokens",
    "mixture",
)
"""The fields of a candidate in the order written."""
LATENCIES = frozenset({"ttft", "tpot", "e2e"})


def candidates_csv(tables: Iterable[Table]) -> str:
    """Return every column of every workload, one a line; what does not apply is empty."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CANDIDATE_FIELDS)
    for table in tables:
        for fields in (candidate_fields(table), refused_fields(table)):
            writer.writerows(zip(*(_cells(fields[name]) for name in CANDIDATE_FIELDS), strict=True))
    return stream.getvalue()


def _cells(values: list[Any]) -> list[Any]:
    """Return the values of a field, texts as cells; each text is looked at once."""
    known = {value: cell(value) for value in set(values) if isinstance(value, str)}
    return [known.get(value, value) for value in values] if known else values


def candidates_json(tables: Iterable[Table]) -> str:
    """Return every column of every workload as a list of objects; what does not apply is null."""
    lines = []
    for table in tables:
        for fields in (candidate_fields(table), refused_fields(table)):
            rows = zip(*(fields[name] for name in CANDIDATE_FIELDS), strict=True)
            lines += [json.dumps(dict(zip(CANDIDATE_FIELDS, row, strict=True))) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def candidate_fields(table: Table) -> Fields:
    """Return the columns that were evaluated, a list a field."""
    if table.physical is None:
        return {name: [] for name in CANDIDATE_FIELDS}
    return {
        "workload": [plain(table.workload.name)] * len(table),
        **_sold(table, table.seller),
        **_shape(table.physical, table.row),
        "requests_per_s": _figures(table.requests_per_s),
        "ttft_ms": _figures(table.ttft_s * MS_PER_S),
        "tpot_ms": _figures(table.tpot_s * MS_PER_S),
        **_rejections(table),
    }


def refused_fields(table: Table) -> Fields:
    """Return what is sold but not on an allow list: a row each, for it was never split nor evaluated."""
    index = np.flatnonzero(table.refused != ADMITTED)
    nothing: Fields = {name: [None] * len(index) for name in CANDIDATE_FIELDS}
    return nothing | {
        "workload": [plain(table.workload.name)] * len(index),
        **_sold(table, index),
        "rejected_by": [FILTERS[group] for group in table.refused[index].tolist()],
    }


def _sold(table: Table, index: NDArray[np.int64]) -> Fields:
    """Return who sells each row's machine at which price; ``index`` is into the sellers."""
    sold = [table.sellers[position] for position in index.tolist()]
    return {
        "offer": [plain(seller.offer.id) for seller in sold],
        "accelerator": [plain(seller.node.accelerator) for seller in sold],
        "billing_unit": [seller.offer.unit_accelerators for seller in sold],
        "usd_per_unit_h": [significant(seller.price.usd_per_unit_h) for seller in sold],
        "provider": [plain(seller.offer.provider) for seller in sold],
        "purchase": [seller.price.purchase for seller in sold],
    }


def _shape(physical: Physical, row: NDArray[np.int64]) -> Fields:
    """Return how each row's replica is split, and in which formats it runs."""
    layout = physical.layout
    degrees = {
        "tensor_parallel": layout.tensor,
        "pipeline_parallel": layout.pipeline,
        "expert_parallel": layout.expert,
        "attention_data_parallel": layout.attention_data,
        "accelerators": layout.accelerators,
    }
    settings = [physical.settings[index] for index in physical.setting[row].tolist()]
    fields: Fields = {name: values[row].astype(np.int64).tolist() for name, values in degrees.items()}
    return fields | {
        "weight_format": [setting.formats.name for setting in settings],
        "kv_format": [setting.formats.kv.id for setting in settings],
        "engine": [setting.engine.id for setting in settings],
        "max_num_batched_tokens": [setting.batched_tokens for setting in settings],
        "mixture": [setting.formats.mixture for setting in settings],
    }


def _rejections(table: Table) -> Fields:
    """Return what rejected each column with value and limit in the group's unit: GiB for memory, ms for latencies."""
    groups = [FILTERS[group] if group != ADMITTED else "" for group in table.rejected.tolist()]
    scale = np.array([MS_PER_S if group in LATENCIES else 1.0 for group in groups])
    open_ = table.rejected == ADMITTED
    return {
        "rejected_by": groups,
        "rejected_value": _figures(np.where(open_, np.nan, table.value * scale)),
        "rejected_limit": _figures(np.where(open_, np.nan, table.limit * scale)),
    }


def _figures(values: NDArray[np.float64]) -> list[float | None]:
    """Round; what is not finite is absent. Columns repeat one another's physics, so each value is rounded once."""
    known: Mapping[float, float] = {value: significant(value) for value in set(values[np.isfinite(values)].tolist())}
    return [known.get(value) for value in values.tolist()]
