"""Collectives over one link class: a latency, a bandwidth term and the transition between them."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from planner.perf.hardware import LinkRates

Floats = NDArray[np.float64]


def all_reduce_s(link: "LinkRates", message_bytes: Floats, ranks: Floats) -> Floats:
    """Time to sum ``message_bytes`` over ``ranks`` accelerators [s]; zero for one rank.

    ``a0 + a1 log2 n + b + sqrt(c b)``, ``b = 2 (n - 1) / n S / L``: never below the ring's bandwidth bound
    (Thakur, Rabenseifner, Gropp, doi:10.1177/1094342005051521, section 4.2), or, where switches sum, ``S / L_s``. An
    engine that sends small messages to everyone at once takes ``a0' + a1' log2 n + (n - 1) S / L'`` if that is less.
    """
    depth = np.log2(ranks)
    ring = 2.0 * (ranks - 1.0) / ranks / link.bandwidth_bytes_per_s
    wire = message_bytes * np.minimum(ring, np.where(ranks > 1.0, link.reduce_s_per_byte, 0.0))
    latency = np.where(ranks > 1.0, link.latency_s + link.latency_per_log2_s * depth + link.extra_s, 0.0)
    in_steps = latency + wire + np.sqrt(link.transition_s * wire)
    if not np.isfinite(link.shot_s).any():
        return np.asarray(in_steps)
    ahead = np.where(ranks > 1.0, link.shot_s + link.shot_per_log2_s * depth + link.extra_s, 0.0)
    return np.minimum(in_steps, ahead + message_bytes * ((ranks - 1.0) / link.shot_bytes_per_s))


def gather_s(link: "LinkRates", message_bytes: Floats, ranks: Floats) -> Floats:
    """Time of an all-gather or reduce-scatter of ``message_bytes`` in all [s]; zero for one rank."""
    wire = message_bytes * ((ranks - 1.0) / ranks / link.gather_bytes_per_s)
    latency = np.where(ranks > 1.0, link.gather_s + link.gather_per_log2_s * np.log2(ranks) + link.extra_s, 0.0)
    return np.asarray(latency + wire)


def send_s(link: "LinkRates", message_bytes: Floats) -> Floats:
    """Time of a point-to-point send [s]."""
    return link.send_s + message_bytes / link.bandwidth_bytes_per_s
