"""How fast a replica goes at a given decode batch, row by row: a decode step, what a prompt adds, a lone prompt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.perf.batch import Batch
from planner.perf.pipeline import decode_step_s, micro_batches, stage_times
from planner.perf.scales import scaled_pace

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture
    from planner.perf.hardware import Layout, Machine
    from planner.perf.tables import Scheduling

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Requests:
    """What is served: prompt and output tokens of each row, and the sequences that decode at once ``(rows,)``."""

    input_tokens: Floats
    output_tokens: Floats
    sequences: Floats

    @property
    def context_tokens(self) -> Floats:
        """Mean context of a decoding sequence [token]."""
        return self.input_tokens + self.output_tokens / 2.0


@dataclass(frozen=True, eq=False)
class Pace:
    """Seconds at a given batch ``(rows,)``.

    ``decode_s`` a step that only decodes, ``stretch_s`` what one prompt adds to every sequence that decodes beside it,
    ``prompt_s`` the steps of one prompt from its first chunk to its first token.
    """

    decode_s: Floats
    stretch_s: Floats
    prompt_s: Floats


def pace(
    model: "Architecture", machine: "Machine", layout: "Layout", scheduling: "Scheduling", requests: Requests
) -> Pace:
    """Evaluate the steps of every row at its own batch and lengths.

    A prompt takes ``n = ceil(Lin / (B - b))`` steps that carry it beside the decodes, ``E = n (T_mixed - T_decode)``;
    an engine that does not mix stops its decodes for n steps of the prompt alone, ``E = n T_prompt``. Where several
    short prompts arrive in a step, ``g = b / Lout`` on average, they share it: ``E = (T_mixed(g) - T_decode) / g``.
    """
    sequences, context = requests.sequences, requests.context_tokens
    none = np.zeros(())
    decode = decode_step_s(model, machine, layout, Batch(sequences, context, none, none, none))
    riding = sequences * scheduling.mixed / micro_batches(layout, sequences)
    room = np.maximum(scheduling.batched_tokens - sequences * scheduling.mixed, 1.0)
    chunks = np.ceil(requests.input_tokens / room)

    def step(tokens: Floats, first: Floats) -> tuple[Floats, Floats]:
        return stage_times(model, machine, layout, Batch(riding, context, tokens, requests.input_tokens / 2.0, first))

    through, slowest = step(requests.input_tokens / chunks, 1.0 / chunks)
    _, without = step(none, none)
    together = np.clip(sequences / requests.output_tokens, 1.0, np.maximum(room / requests.input_tokens, 1.0))
    _, shared = step(requests.input_tokens / chunks * together, together / chunks)
    added = np.where(scheduling.mixed > 0.0, np.maximum(shared - without, 0.0), shared) / together
    found = Pace(decode, chunks * added, through + (chunks - 1.0) * slowest)
    return found if machine.scales is None else scaled_pace(found, machine.scales)
