"""Closed loop: a fixed number of requests in flight, each replaced when it ends."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from planner.perf.pace import Pace

Floats = NDArray[np.float64]

BURST_SHARE = 0.1
"""Share of a benchmark's prompts that arrive at once at its start: 10 x concurrency prompts are sent."""
MOST_BUSY = 0.95
"""Share of the time that prompts of others may take at most; beyond it a closed loop holds itself back."""


def tpot_s(pace: "Pace", sequences: Floats, output_tokens: Floats) -> Floats:
    """Mean time per output token [s]: ``T_d + (b - 1) E / Lout``; b - 1 others send their prompts meanwhile."""
    return np.asarray(pace.decode_s + np.maximum(sequences - 1.0, 0.0) * pace.stretch_s / output_tokens)


def rate_per_s(pace: "Pace", sequences: Floats, output_tokens: Floats) -> Floats:
    """Return the requests a second that ``sequences`` in flight complete (Little): ``b / (Lout TPOT + P1)``."""
    return np.asarray(sequences / (output_tokens * tpot_s(pace, sequences, output_tokens) + pace.prompt_s))


def queue_s(pace: "Pace", clients: Floats, sequences: Floats, output_tokens: Floats) -> Floats:
    """Time that a request waits for a slot [s] when ``clients`` share ``sequences`` slots: ``(C - b) / X``."""
    return np.asarray(np.maximum(clients - sequences, 0.0) / rate_per_s(pace, sequences, output_tokens))


def prefill_wait_s(pace: "Pace", sequences: Floats, output_tokens: Floats) -> Floats:
    """Time that a prompt waits for the prompts of the others [s]: M/D/1 at the share of time that they take.

    ``u = X (b - 1) / b E`` is that share (never one: a prompt that waits holds its client back), the wait
    ``u / (2 (1 - u)) P1`` (Pollaczek-Khinchine).
    """
    others = np.maximum(sequences - 1.0, 0.0) / sequences
    busy = np.minimum(rate_per_s(pace, sequences, output_tokens) * others * pace.stretch_s, MOST_BUSY)
    return np.asarray(busy / (2.0 * (1.0 - busy)) * pace.prompt_s)


def gathered_s(pace: "Pace", sequences: Floats, output_tokens: Floats, steps: Floats) -> Floats:
    """Time that a prompt waits for those prefilled with it [s], where new requests are looked for now and then.

    ``steps`` pass on average before a request is seen, so twice as many between two looks, in which
    ``2 steps (b - 1) / Lout`` others come in.
    """
    return np.asarray(2.0 * steps * np.maximum(sequences - 1.0, 0.0) / output_tokens * pace.stretch_s)


def burst_s(pace: "Pace", clients: Floats) -> Floats:
    """Time that the start burst adds to the mean TTFT of a benchmark [s]: ``0.1 (C - 1) / 2 E``."""
    return np.asarray(BURST_SHARE * np.maximum(clients - 1.0, 0.0) / 2.0 * pace.stretch_s)
