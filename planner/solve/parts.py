"""The pools from which mixes are made: replicas of one column that serve a part of one workload's demand."""

from dataclasses import dataclass, replace

import numpy as np

from planner.solve.choice import Choice
from planner.solve.dominance import alike, undominated
from planner.solve.losses import lost_at_once
from planner.solve.patterns import Patterns, single_pool
from planner.solve.problem import Columns, Ints, Offer, Workload
from planner.solve.usage import Bools, OfferArrays


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of one workload's demand; arrays ``(parts,)``.

    ``choice`` holds each as a pattern of one pool, which does not meet the demand. ``capacity`` is what it serves,
    ``each`` what one of its replicas does, ``risk`` what it alone can lose at worst. ``loose`` is the same choice with
    fractions of units where replicas lie inside them: less than whatever they cost beside others.
    """

    choice: Choice
    loose: Choice
    capacity: Ints
    each: Ints
    risk: Ints
    inside: Bools
    host: Ints
    """Parts with equal numbers may lie on the same host (-1: none others)."""

    def __len__(self) -> int:
        return len(self.capacity)

    def take(self, index: Ints) -> "Parts":
        """Return the parts at ``index``."""
        numbers = (self.capacity[index], self.each[index], self.risk[index])
        return Parts(self.choice.take(index), self.loose.take(index), *numbers, self.inside[index], self.host[index])

    @property
    def column(self) -> Ints:
        """Position of each part's column in the workload's columns."""
        return self.choice.patterns.column[:, 0]

    @property
    def offer(self) -> Ints:
        """Position of each part's offer."""
        return self.choice.usage.offer[:, 0]


def parts_of(workload: Workload, menu: Ints, offers: OfferArrays, sold: tuple[Offer, ...]) -> Parts:
    """Return all parts of a workload's demand on the columns of ``menu``.

    Of columns on the same offer with replicas of the same size only those are worth mixing that none beats.
    """
    columns = menu[_front(workload.columns.take(menu))]
    singles = single_pool(workload, columns, sold, offers)
    fewer = singles.replicas[:, 0] - 1
    at = np.repeat(np.arange(len(singles)), fewer)
    number = np.arange(len(at)) - np.repeat(np.cumsum(fewer) - fewer, fewer) + 1
    spread = np.minimum(singles.spread[at], number[:, None])
    made = np.unique(np.column_stack([singles.column[at, 0], number, spread[:, 0]]), axis=0)
    choice = Choice.of(workload, Patterns(*(made[:, [k]] for k in range(3))), offers, sold)
    patterns, usage = choice.patterns, choice.usage
    inside = (usage.size < usage.unit)[:, 0]
    share = patterns.replicas * usage.size / usage.unit
    loose = replace(usage, units=np.where(inside[:, None], np.where(usage.slots > 0, 0.0, share), usage.units))
    each = workload.columns.capacity_urps[patterns.column]
    losses = workload.survive_nodes or workload.survive_replicas
    lost = np.minimum(losses * lost_at_once(workload, patterns.column, patterns.spread, sold), patterns.replicas)
    return Parts(
        choice,
        replace(choice, usage=loose),
        (patterns.replicas * each)[:, 0],
        each[:, 0],
        (lost * each)[:, 0],
        inside,
        _hosts(workload, patterns.column[:, 0], sold),
    )


def _front(columns: Columns) -> Bools:
    keep = np.zeros(len(columns), dtype=bool)
    values = (-columns.capacity_urps, columns.ttft_us, columns.power_mw, columns.quality_loss_ppm)
    seen = np.column_stack(values)
    for members in alike(np.column_stack([columns.offer, columns.accelerators])):
        keep[members[undominated(seen[members])]] = True
    return keep


def _hosts(workload: Workload, column: Ints, sold: tuple[Offer, ...]) -> Ints:
    """Return a number for the seller and accelerator of each part's host, -1 where it fills its hosts."""
    pairs = sorted({(offer.provider, offer.accelerator) for offer in sold})
    numbers = {pair: n for n, pair in enumerate(pairs)}
    offer, size = workload.columns.offer[column], workload.columns.accelerators[column]
    room = np.array([max(each.accelerators, each.node_accelerators) for each in sold])[offer]
    number = np.array([numbers[each.provider, each.accelerator] for each in sold])[offer]
    return np.asarray(np.where(size < room, number, -1))
