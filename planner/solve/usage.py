"""What patterns buy: whole units of their own, and accelerators inside units that workloads share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.solve.packing import divide_one_another, fewest_units
from planner.solve.problem import Columns, Ints, Offer

if TYPE_CHECKING:
    from planner.solve.patterns import Patterns

Bools = NDArray[np.bool_]


def on_hosts(sold: Sequence[Offer]) -> Bools:
    """Mark the offers ``(offers,)`` whose units are whole hosts, so that who lies on which is ours to say."""
    return np.array([offer.accelerators >= offer.node_accelerators for offer in sold], dtype=bool)


@dataclass(frozen=True, eq=False)
class OfferArrays:
    """The offers as arrays ``(offers,)``.

    ``shared`` marks those whose units may hold replicas of several workloads, ``uneven`` those among them on which not
    all sizes divide one another, ``spread`` those that hold replicas of which only so many may lie on one host.
    """

    accelerators: Ints
    cost_uusd_per_h: Ints
    idle_mw: Ints
    shared: Bools
    uneven: Bools
    spread: Bools

    @classmethod
    def of(cls, offers: Sequence[Offer], used: Sequence[Columns], surviving: Sequence[bool]) -> "OfferArrays":
        """Collect the arrays; an offer is shared when two workloads, given by the columns used, have small replicas.

        ``surviving`` says of each workload whether it must survive the loss of hosts.
        """
        accelerators = np.array([offer.accelerators for offer in offers], dtype=np.int64)
        costs = np.array([offer.cost_uusd_per_h for offer in offers], dtype=np.int64)
        idle = np.array([offer.idle_mw for offer in offers], dtype=np.int64)
        sizes = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *(columns.accelerators for columns in used)]))
        users = np.zeros((len(offers), len(sizes)), dtype=np.int64)
        small_users = np.zeros(len(offers), dtype=np.int64)
        spread = np.zeros(len(offers), dtype=bool)
        for columns, survives in zip(used, surviving, strict=True):
            small = columns.accelerators < accelerators[columns.offer]
            offer = columns.offer[small]
            users[offer, np.searchsorted(sizes, columns.accelerators[small])] = 1
            small_users[np.unique(offer)] += 1
            spread[offer] |= survives
        shared = small_users > 1
        uneven = [
            not divide_one_another([*sizes[used].tolist(), unit])
            for used, unit in zip(users > 0, accelerators.tolist(), strict=True)
        ]
        spread &= shared & on_hosts(offers)
        return cls(accelerators, costs, idle, shared, shared & np.array(uneven, dtype=bool), spread)

    @property
    def by_size(self) -> Bools:
        """Offers on which it matters of which sizes the replicas in shared units are, besides their sum."""
        return np.asarray(self.uneven | self.spread)


@dataclass(frozen=True, eq=False)
class Usage:
    """What each pattern takes; arrays ``(patterns, pools)``, without units or slots where a pattern has fewer pools.

    ``unit`` and ``cost_uusd_per_h`` are the accelerators and the price of one unit of ``offer``; ``units`` are the
    whole ones that the pool would buy alone (what pools of one pattern share counts for the first of them), ``size``
    the accelerators of one replica and ``slots`` those of all its replicas inside shared units (0: its units are its
    own).
    """

    offer: Ints
    unit: Ints
    cost_uusd_per_h: Ints
    units: Ints
    size: Ints
    slots: Ints

    def take(self, index: Ints) -> "Usage":
        """Return the usage of the patterns at ``index``."""
        return Usage(*(array[index] for array in self.arrays))

    def joined(self, other: "Usage") -> "Usage":
        """Return this usage and then the ``other`` one."""
        return Usage(*(np.concatenate(pair) for pair in zip(self.arrays, other.arrays, strict=True)))

    @property
    def arrays(self) -> tuple[Ints, ...]:
        """All arrays, in the order of the fields."""
        return (self.offer, self.unit, self.cost_uusd_per_h, self.units, self.size, self.slots)

    def cost(self, units: Ints) -> Ints:
        """Price of ``units`` ``(patterns, pools)`` of each pattern ``(patterns,)``."""
        return np.asarray((units * self.cost_uusd_per_h).sum(axis=1))

    def bought(self, units: Ints) -> Ints:
        """Accelerators in ``units`` ``(patterns, pools)`` of each pattern ``(patterns,)``."""
        return np.asarray((units * self.unit).sum(axis=1))

    def of_rows(self, coefficients: Ints, units: Ints) -> Ints:
        """Return what rows ``(rows, offers)`` count of ``units`` ``(patterns, pools)``: ``(patterns, rows)``."""
        return np.asarray((coefficients[:, self.offer] * units).sum(axis=2).T)

    @property
    def own_units(self) -> Ints:
        """Units that no other workload can use."""
        return np.where(self.slots > 0, 0, self.units)


def units_alone(replicas: Ints, size: Ints, unit: Ints, spread: Ints) -> Ints:
    """Whole units of ``unit`` accelerators for replicas of ``size``: several inside one unit, or one over several.

    No more than ``spread`` inside one unit, where that is not 0.
    """
    inside = np.where(spread > 0, spread, np.maximum(unit // size, 1))
    across = np.maximum(-(-size // unit), 1)
    return np.asarray(-(-replicas // inside) * across, dtype=np.int64)


def usage_of(patterns: "Patterns", columns: Columns, offers: OfferArrays) -> Usage:
    """Account for what each of ``patterns`` takes of each offer."""
    offer = columns.offer[patterns.column]
    size = columns.accelerators[patterns.column]
    unit = offers.accelerators[offer]
    units = units_alone(patterns.replicas, size, unit, patterns.spread)
    inside = (size < unit) & (patterns.replicas > 0)
    _join(units, patterns, (offer, size, unit), inside)
    slots = np.where(offers.shared[offer] & inside, patterns.replicas * size, 0)
    return Usage(offer, unit, offers.cost_uusd_per_h[offer], units, size, slots)


def _join(units: Ints, patterns: "Patterns", of_pool: tuple[Ints, Ints, Ints], inside: Bools) -> None:
    """Count the units that pools of one pattern share as those of the first among them, in place."""
    offer, size, unit = of_pool
    for first in range(offer.shape[1] - 1):
        with_first = inside & (offer == offer[:, [first]])
        with_first[:, :first] = False
        together = np.flatnonzero(inside[:, first] & (with_first.sum(axis=1) > 1) & (units[:, first] > 0))
        for p in together.tolist():
            pools = np.flatnonzero(with_first[p])
            counts = tuple(patterns.replicas[p, pools].tolist())
            units[p, pools] = 0
            units[p, first] = fewest_units(int(unit[p, first]), tuple(size[p, pools].tolist()), counts)
