"""How much an error of the step times moves the latencies of an open loop: more, the fuller the engine."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.perf.capacity import at_rate

if TYPE_CHECKING:
    from planner.perf.steady import Operation, Service

Floats = NDArray[np.float64]

STEP = 0.01
"""Share of the rate over which the slope is taken, downwards: above the rate the queue may grow without end."""


def amplification(service: "Service", point: "Operation") -> dict[str, Floats]:
    """Return d ln T / d ln s of each mean latency T at a given arrival rate, where all steps take s times as long.

    A machine whose steps are longer by f has f times the latencies that the estimated one has at f times the rate:
    ``T_f(r) = f T(f r)``, hence 1 + d ln T / d ln r. It is 1 for a request alone and grows without end where the queue
    is about to. Constants outside the steps are taken to scale with them.

    Parameters
    ----------
    service
        What serves, ``(columns,)``.
    point
        The operating point at the rate that arrives, of :func:`planner.perf.capacity.at_rate`.

    Returns
    -------
    dict
        ``ttft``, ``tpot`` and ``e2e``, arrays ``(columns,)``, at least 1; 1 where the queue grows.
    """
    below = at_rate(service, point.rate_per_s * (1.0 - STEP))
    return {name: _elasticity(point, below, f"{name}_s") for name in ("ttft", "tpot", "e2e")}


def _elasticity(point: "Operation", below: "Operation", name: str) -> Floats:
    here, there = getattr(point, name)[:, 0], getattr(below, name)[:, 0]
    known = point.stable & below.stable & (there > 0.0)
    ratio = np.where(known, here, 1.0) / np.where(known, there, 1.0)
    return np.asarray(1.0 + np.maximum(np.log(ratio), 0.0) / -np.log1p(-STEP))
