"""Dropping patterns that another one matches or beats in everything that an active objective or limit sees."""

from collections.abc import Sequence

import numpy as np

from planner.solve.problem import Ints
from planner.solve.rows import Row
from planner.solve.usage import Bools, OfferArrays, Usage


def undominated(values: Ints) -> Bools:
    """Mark the rows of ``(items, attributes)`` that no other matches or beats everywhere; of equals the first stays."""
    keep = np.zeros(len(values), dtype=bool)
    left = np.lexsort(values.T[::-1])
    ordered = values[left]
    while len(left):
        keep[left[0]] = True
        beaten = (ordered >= ordered[0]).all(axis=1)
        left, ordered = left[~beaten], ordered[~beaten]
    return keep


def survivors(usage: Usage, offers: OfferArrays, rows: Sequence[Row], seen: Ints) -> Ints:
    """Return the positions of the patterns worth keeping.

    A pattern whose units are its own falls to any other that is no worse bought alone. What shared units cost depends
    on who else is there: a pattern inside them falls only to another in the same offers that takes no more of them,
    with replicas of the same sizes where not all divide one another. ``seen`` ``(patterns, attributes)`` is what the
    objectives see besides what is bought.
    """
    shared = usage.slots > 0
    alone = np.column_stack([_taken(usage, usage.units, rows), seen])
    keep = undominated(alone) & ~shared.any(axis=1)
    own = np.column_stack([usage.slots, _taken(usage, usage.own_units, rows), seen])
    places = np.column_stack(
        [np.where(shared, usage.offer, -1), np.where(shared & offers.uneven[usage.offer], usage.size, 0)]
    )
    inside = np.flatnonzero(shared.any(axis=1))
    if len(inside):
        _, group = np.unique(places[inside], axis=0, return_inverse=True)
        for number in range(int(group.max()) + 1):
            members = inside[group == number]
            keep[members[undominated(own[members])]] = True
    return np.flatnonzero(keep)


def _taken(usage: Usage, units: Ints, rows: Sequence[Row]) -> Ints:
    """Cost, accelerators and what each row counts of ``units`` ``(patterns, pools)``, as columns."""
    taken = [(units * usage.cost_uusd_per_h).sum(axis=1), (units * usage.unit).sum(axis=1)]
    taken += [(units * row.coefficients[usage.offer]).sum(axis=1) for row in rows]
    return np.stack(taken, axis=1)
