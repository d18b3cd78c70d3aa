"""Where a step of a pool goes: the time of a decode step and of a prefill by operator, above the floor of each."""

from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.physics import machine_of, sockets_for
from planner.candidates.precision import compute_of
from planner.perf.batch import Batch
from planner.perf.step import step_time
from planner.perf.work import expected_decode_bytes, prefill_flop
from planner.plan.figures import Operators
from planner.units import GB, MS_PER_S, TERA

if TYPE_CHECKING:
    from planner.candidates.physics import Setting
    from planner.catalog.schema import Node
    from planner.perf.hardware import Layout, Machine


def operators(setting: "Setting", node: "Node", layout: "Layout", batch: float) -> Operators:
    """Return the operators of one replica at a mean batch of ``batch`` sequences, over all its layers and stages."""
    sockets = sockets_for(setting, (node.id,), np.zeros(1, dtype=np.int64))
    machine = machine_of(setting, sockets, layout)
    lengths = setting.lengths
    sequences, context = np.array([max(batch, 1.0)]), np.array([lengths.mean_context_tokens])
    none, prompt = np.zeros(1), np.array([lengths.mean_prefill_tokens])
    depth = np.array([lengths.mean_input_tokens]) - prompt / 2.0
    accelerator = setting.catalog.accelerators[node.accelerator]
    size = float((layout.group * layout.pipeline)[0])
    moved = expected_decode_bytes(setting.model, setting.precision(), sequences, np.array([setting.sequence_bytes()]))
    compute = compute_of(setting.catalog.formats[setting.formats.name], accelerator, setting.engine.family)
    peak = accelerator.peak_dense_tflops[compute.rate] * TERA * size if compute and compute.rate else np.inf
    return Operators(
        decode_ms=_parts(setting, machine, layout, Batch(sequences, context, none, none, none)),
        decode_roofline_ms=float(moved[0]) / (accelerator.memory_bandwidth_gb_per_s * GB * size) * MS_PER_S,
        prefill_ms=_parts(setting, machine, layout, Batch(none, context, prompt, depth, np.ones(1))),
        prefill_roofline_ms=prefill_flop(setting.model, lengths) / peak * MS_PER_S,
    )


def _parts(setting: "Setting", machine: "Machine", layout: "Layout", batch: Batch) -> dict[str, float]:
    time = step_time(setting.model, machine, layout, batch)
    parts = dict(time.layers) | {"head": time.head_s, "engine_step": time.engine_s}
    if layout.pipeline[0] > 1:
        parts["stage_hops"] = time.send_s * (layout.pipeline - 1.0)
    return {name: float(np.asarray(value).ravel()[0]) * MS_PER_S for name, value in parts.items()}
