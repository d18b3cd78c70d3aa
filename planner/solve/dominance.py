"""Dropping patterns that another one matches or beats in everything that an active objective or limit sees."""

import numpy as np
from numpy.typing import NDArray

from planner.solve.problem import Ints
from planner.solve.usage import Bools, OfferArrays, Usage

AT_ONCE = 400
"""Items that are compared each with each; more are compared one after the other."""


def undominated(values: Ints) -> Bools:
    """Mark the rows of ``(items, attributes)`` that no other matches or beats everywhere; of equals the first stays."""
    keep = np.ones(len(values), dtype=bool)
    if not values.shape[1]:
        keep[1:] = False
        return keep
    order = np.lexsort(values.T[::-1])
    ordered = values[order]
    if values.shape[1] <= 2:
        last = ordered[:, -1]
        keep[order[1:]] = last[1:] < np.minimum.accumulate(last)[:-1]
        return keep
    if len(values) <= AT_ONCE:
        beats = np.tri(len(values), k=-1, dtype=bool).T
        for attribute in ordered.T:
            beats &= attribute[:, None] <= attribute[None, :]
        keep[order] = ~beats.any(axis=0)
        return keep
    while len(order):
        beaten = (ordered >= ordered[0]).all(axis=1)
        beaten[0] = False
        keep[order[beaten]] = False
        left = ~beaten
        left[0] = False
        order, ordered = order[left], ordered[left]
    return keep


def survivors(usage: Usage, offers: OfferArrays, charges: Ints, seen: Ints, spread: Ints) -> Ints:
    """Return the positions of the patterns worth keeping.

    A pattern whose units are its own falls to any other that is no worse bought alone. What shared units cost depends
    on who else is there: a pattern inside them falls only to another in the same offers that takes no more of them,
    with replicas of the same sizes and the same ``spread`` ``(patterns, pools)`` where that matters. ``charges``
    ``(charges, offers)`` is what each objective and limit counts for a unit; ``seen`` ``(patterns, attributes)`` what
    objectives and limits see besides units.
    """
    shared = usage.slots > 0
    inside: Bools = np.asarray(shared.any(axis=1))
    keep = np.zeros(len(usage.offer), dtype=bool)
    _keep_whole(keep, ~inside, seen, usage.of_rows(charges, usage.units))
    values = np.column_stack([usage.slots, seen, usage.of_rows(charges, usage.own_units)])[inside]
    values = values[:, values.any(axis=0)]
    places = [np.where(shared, usage.offer, -1)]
    places += [np.where(shared & offers.by_size[usage.offer], each, 0) for each in (usage.size, spread)]
    positions = np.flatnonzero(inside)
    for members in alike(np.column_stack(places)[inside]):
        keep[positions[members[undominated(values[members])]]] = True
    return np.flatnonzero(keep)


def _keep_whole(keep: Bools, whole: Bools, values: Ints, taken: Ints) -> None:
    """Mark the undominated of the ``whole``, by the charges touched: only what touches no other can dominate."""
    touched = np.packbits(taken > 0, axis=1)
    for members in alike(touched):
        mine = touched[members[0]]
        among = np.flatnonzero(~(touched & ~mine).any(axis=1))
        rows = np.flatnonzero(taken[members[0]] > 0)
        best = among[undominated(np.column_stack([values[among], taken[np.ix_(among, rows)]]))]
        keep[best[(touched[best] == mine).all(axis=1) & whole[best]]] = True


def alike(marks: NDArray[np.int64] | NDArray[np.uint8]) -> list[Ints]:
    """Return the positions with equal ``marks`` ``(items, marks)``, an array a kind."""
    if not marks.size:
        return [np.arange(len(marks))] if len(marks) else []
    order = np.lexsort(marks.T)
    changes = (np.diff(marks[order], axis=0) != 0).any(axis=1)
    return np.split(order, np.flatnonzero(changes) + 1)
