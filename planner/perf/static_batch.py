"""Static batch: all requests start together and run to the end, as offline benchmarks measure."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.perf.batch import Batch
from planner.perf.pipeline import decode_step_s, stage_times

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture
    from planner.perf.hardware import Layout, Machine
    from planner.perf.pace import Requests
    from planner.perf.tables import Scheduling

Floats = NDArray[np.float64]


def static_batch_s(
    model: "Architecture", machine: "Machine", layout: "Layout", scheduling: "Scheduling", requests: "Requests"
) -> tuple[Floats, Floats]:
    """Prefill of the whole batch, and one decode step at mean context [s, s].

    The batch is prefilled in passes of at most the step budget. A batch beyond ``slots`` runs in waves: its decode
    steps are those of a full engine and are repeated ``b / slots`` times (the caller's part).
    """
    together = np.minimum(requests.sequences, scheduling.slots)
    tokens = requests.sequences * requests.input_tokens
    passes = np.ceil(tokens / scheduling.batched_tokens)
    none = np.zeros(())
    prompts = Batch(none, none, tokens / passes, requests.input_tokens / 2.0, requests.sequences / passes)
    through, slowest = stage_times(model, machine, layout, prompts)
    decode = decode_step_s(model, machine, layout, Batch(together, requests.context_tokens, none, none, none))
    return through + (passes - 1.0) * slowest, decode


def waves(sequences: Floats, slots: Floats) -> Floats:
    """How often a full engine must run to serve the batch: ``max(1, b / slots)``."""
    return np.asarray(np.maximum(sequences / slots, 1.0))
