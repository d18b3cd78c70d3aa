"""Matrix products by the roofline: the larger of arithmetic and traffic, after a launch."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from planner.perf.hardware import MatrixRates

Floats = NDArray[np.float64]


def gemm_s(rates: "MatrixRates", m: Floats, n: Floats | float, k: Floats | float) -> Floats:
    """Time of ``(m, k) x (k, n)`` on one accelerator [s].

    ``launch + depth k + max(2 m n k / flop_per_s, (a m k + w n k + 2 m n) / bandwidth) + q m k / stream`` with ``a``
    and ``w`` the bytes of an activation and a weight element and ``q`` the bytes that quantising an activation moves.
    Roofline: Williams, Waterman, Patterson, doi:10.1145/1498765.1498785. What does not depend on ``m``, the only factor
    that varies over a grid of batches, is worked out first.
    """
    arithmetic_s = 2.0 * n * k / rates.flop_per_s
    activations_s = (rates.activation_bytes * k + 2.0 * n) / rates.bandwidth_bytes_per_s
    weights_s = rates.weight_bytes * (n * k) / rates.bandwidth_bytes_per_s
    quantise_s = rates.quantise_bytes * k / rates.stream_bytes_per_s
    time = np.maximum(m * arithmetic_s, m * activations_s + weights_s)
    return time + m * quantise_s + (rates.launch_s + rates.depth_s * k)
