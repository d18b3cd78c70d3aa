"""What the loss of a host or a replica takes, and what a pattern can still serve then."""

from collections.abc import Sequence

import numpy as np

from planner.solve.problem import Ints, Offer, Workload


def most_a_node(workload: Workload, column: Ints, spread: Ints, sold: Sequence[Offer]) -> Ints:
    """Return how many replicas of each pool (arrays of one shape) the loss of one host can take.

    On whole hosts as many as are ``spread`` there. Units smaller than a host may all lie on one, up to its size: the
    seller decides.
    """
    unit = np.array([offer.accelerators for offer in sold], dtype=np.int64)
    host = np.array([max(offer.node_accelerators, offer.accelerators) for offer in sold], dtype=np.int64)
    offer, size = workload.columns.offer[column], workload.columns.accelerators[column]
    fitting = (host[offer] // unit[offer]) * np.maximum(unit[offer] // size, 1)
    return np.asarray(np.where(spread > 0, spread, fitting))


def lost_at_once(workload: Workload, column: Ints, spread: Ints, sold: Sequence[Offer]) -> Ints:
    """Return how many replicas of each pool one loss takes: a replica, or what lies on a host."""
    return most_a_node(workload, column, spread, sold) if workload.survive_nodes else np.ones_like(column)


def left_urps(workload: Workload, replicas: Ints, column: Ints, lost: Ints) -> Ints:
    """Return what patterns ``(patterns, pools)`` still serve when the worst losses have come ``(patterns,)``."""
    capacity = np.where(replicas > 0, workload.columns.capacity_urps[column], 0)
    whole = (replicas * capacity).sum(axis=1)
    losses = workload.survive_nodes or workload.survive_replicas
    if not losses:
        return np.asarray(whole)
    steps = np.arange(losses + 1)
    taken = np.minimum(steps * lost[..., None], replicas[..., None]) * capacity[..., None]
    worst = taken[:, 0, :]
    for pool in range(1, taken.shape[1]):
        worst = np.stack([(worst[:, : k + 1] + taken[:, pool, k::-1]).max(axis=1) for k in steps.tolist()], axis=1)
    return np.asarray(whole - worst[:, -1])
