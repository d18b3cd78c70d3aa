"""What no machine can do faster: measured rows are held against the least bytes and FLOP of their work."""

from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.holdings import formats_of
from planner.measure.rows import measured
from planner.perf.lengths import Lengths
from planner.perf.memory import Precision, kv_bytes_per_sequence
from planner.perf.work import decode_bytes, request_flop
from planner.units import BITS_PER_BYTE, GB, MS_PER_S, TERA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.measure.cases import Case, Gathered
    from planner.measure.rows import Measurement


def too_fast(rows: "tuple[Measurement, ...]", gathered: "Gathered", catalog: "Catalog") -> list[str]:
    """Return a message for every measured figure that beats the datasheet's bandwidth or its fastest arithmetic."""
    found = [
        message
        for case in gathered.cases
        for place in range(len(case.row))
        for message in _row(rows[case.row[place]], case, place, catalog)
    ]
    return sorted(found, key=lambda message: message.split(":column ")[0])


def _row(row: "Measurement", case: "Case", place: int, catalog: "Catalog") -> "Iterator[str]":
    accelerator = catalog.accelerators[case.machines[case.socket[place]][0]]
    count = float(row.accelerators) / row.replicas
    lengths = Lengths.constant(float(case.lengths.input_tokens[place]), float(case.lengths.output_tokens[place]))
    formats = formats_of(catalog, case.model, case.weight_format, case.kv_format, model_id=case.model_id)
    each = {module: np.array([value]) for module, value in formats.weight_bytes(catalog).items()}
    kv = formats.kv.weight_bits / BITS_PER_BYTE
    sequence = kv_bytes_per_sequence(case.model, kv, lengths)
    alone = float(decode_bytes(case.model, Precision(each, np.array([kv])), np.ones(1), np.array([sequence]))[0])
    step_s = alone / (count * accelerator.memory_bandwidth_gb_per_s * GB)
    request_s = request_flop(case.model, lengths) / (count * max(accelerator.peak_dense_tflops.values()) * TERA)
    values = measured(row)
    if values.get("tpot_ms", np.inf) < step_s * MS_PER_S:
        yield _message(row, "tpot_ms", f"a decode step reads its weights in {step_s * MS_PER_S:.3g} ms at the least")
    if values.get("output_tokens_per_s", 0.0) > row.replicas * lengths.mean_output_tokens / request_s:
        most = row.replicas * lengths.mean_output_tokens / request_s
        yield _message(row, "output_tokens_per_s", f"all arithmetic units together make {most:.4g} at the most")


def _message(row: "Measurement", column: str, rule: str) -> str:
    return f"{row.place}:{column}: {row.text(column)} beats physics: {rule} (check accelerator, layout, format, units)"
