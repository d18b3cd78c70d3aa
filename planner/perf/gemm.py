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
    Roofline: Williams, Waterman, Patterson, doi:10.1145/1498765.1498785.
    """
    arithmetic = 2.0 * m * n * k / rates.flop_per_s
    moved = rates.activation_bytes * m * k + rates.weight_bytes * (n * k) + 2.0 * m * n
    quantise = rates.quantise_bytes * m * k / rates.stream_bytes_per_s
    return rates.launch_s + rates.depth_s * k + np.maximum(arithmetic, moved / rates.bandwidth_bytes_per_s) + quantise
