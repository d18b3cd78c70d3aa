"""Pipeline parallelism: micro-batches, the slowest stage, and the bubble that filling the stages costs."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.perf.step import step_time

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture
    from planner.perf.batch import Batch
    from planner.perf.hardware import Layout, Machine

Floats = NDArray[np.float64]


def stage_times(model: "Architecture", machine: "Machine", layout: "Layout", batch: "Batch") -> tuple[Floats, Floats]:
    """Time of one micro-batch through all stages, and on the slowest stage [s, s]; equal on one stage.

    Layers lie as evenly as they can, the remainder on middle stages (:func:`planner.perf.memory.stage_layers`), so the
    last stage carries the head beside the smaller share.
    """
    time = step_time(model, machine, layout, batch)
    stages, layers = layout.pipeline, float(model.layer_count)
    most, least = np.ceil(layers / stages) / layers, np.floor(layers / stages) / layers
    hop = np.where(stages > 1, time.send_s, 0.0)
    through = time.layers_s + time.head_s + time.engine_s + (stages - 1.0) * hop
    slowest = np.maximum(most * time.layers_s, least * time.layers_s + time.head_s) + time.engine_s + hop
    return through, np.where(stages > 1, np.minimum(slowest, through), through)


def decode_step_s(model: "Architecture", machine: "Machine", layout: "Layout", batch: "Batch") -> Floats:
    """Time between two tokens of a sequence when nothing is prefilled [s].

    ``m = min(PP, b)`` micro-batches are in flight and each rereads its stage's weights:
    ``max(sum of stages (b / m), m x slowest stage (b / m))``.
    """
    parts = micro_batches(layout, batch.sequences)
    through, slowest = stage_times(model, machine, layout, batch.divided(parts))
    return np.maximum(through, parts * slowest)


def micro_batches(layout: "Layout", sequences: Floats) -> Floats:
    """Micro-batches in flight."""
    return np.clip(sequences, 1.0, layout.pipeline)
