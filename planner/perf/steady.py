"""Steady-state continuous batching: from step times to TTFT, TPOT, throughput and the rate that a replica sustains."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Steps:
    """Step times of many columns over a rising grid of decode batches; arrays ``(columns, grid)`` unless said [s].

    ``batch`` decode sequences of one replica (1 <= batch <= slots); ``decode_s`` a step that only decodes;
    ``full_s`` a step that decodes and carries a full budget of ``chunk_tokens`` prompt tokens;
    ``prompt_s`` first-token time of a lone prompt of mean length while ``batch`` sequences decode (all its chunks);
    ``prompt_quantile_s`` ``(columns, grid, quantiles)`` the same at the prompt length of each quantile.
    """

    batch: Floats
    decode_s: Floats
    full_s: Floats
    prompt_s: Floats
    prompt_quantile_s: Floats
    chunk_tokens: Floats
