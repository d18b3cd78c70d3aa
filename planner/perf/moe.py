"""Mixture of experts: distinct experts touched, and the grouped matrix products over them."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from planner.architecture.layers import MoeMlp
    from planner.perf.hardware import Layout, MatrixRates

Floats = NDArray[np.float64]


def distinct_experts(moe: "MoeMlp", tokens: Floats, spread: Floats | float) -> Floats:
    """Distinct experts that ``tokens`` activate in one layer: ``max(min(k, E), E (1 - exp(-g T k / E)))``.

    Never more than E; at least min(k, E) however few the tokens. ``spread`` g = 1 is uniform routing.
    """
    experts, chosen = float(moe.experts), float(min(moe.top_k, moe.experts))
    spread_out = experts * -np.expm1(-spread * tokens * chosen / experts)
    return np.minimum(np.maximum(chosen, spread_out), experts)


def experts_s(moe: "MoeMlp", rates: "MatrixRates", layout: "Layout", tokens: Floats, spread: Floats | float) -> Floats:
    """Routed experts of one layer on one rank for ``tokens`` of the whole group [s].

    Arithmetic and weight traffic as root sum of squares (ranks and experts do not peak together), then the traffic of
    permuted activations; ``kernel + depth (hidden + inner)`` is the latency of the two grouped products. Expert
    weights lie ``expert`` ways apart and each is sharded over the rest of the group.
    """
    matrices = 3.0 if moe.gated else 2.0
    hidden = float(moe.expert_hidden_size)
    inner = moe.intermediate_size * layout.expert / layout.group
    slots = tokens * moe.top_k / layout.expert
    touched = distinct_experts(moe, tokens, spread) / layout.expert
    arithmetic = slots * (2.0 * matrices * hidden * inner / rates.flop_per_s)
    traffic = touched * (matrices * hidden * inner * rates.weight_bytes / rates.bandwidth_bytes_per_s)
    permuted = slots * ((8.0 * hidden + 4.0 * inner) / rates.stream_bytes_per_s)
    grouped = np.sqrt(arithmetic * arithmetic + traffic * traffic)
    return grouped + permuted + (rates.kernel_s + rates.depth_s * (hidden + inner))
