"""From the tables of several workloads to the markets that they share and the ways in which each may be served."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.rows import hardware_key
from planner.candidates.sellers import variation_of
from planner.candidates.table import ADMITTED
from planner.pipeline.bought import COMMITTED
from planner.pipeline.profile import scaling_of
from planner.pipeline.translate import offer_of, stocks_of
from planner.solve.joint_ways import JointProblem, Market, Served, Way
from planner.solve.mix import LARGEST, PER_MILLE, Profile, Source
from planner.solve.problem import consumed, supplied
from planner.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.candidates.sellers import Seller
    from planner.candidates.table import Table
    from planner.solve.problem import Ints
    from planner.spec.schema import Spec


@dataclass(frozen=True, eq=False)
class JointQuestion:
    """The problem and what stands behind it: tables, the sellers of each market, the row of each way.

    ``rates`` ``(workloads, periods)`` [requests/s].
    """

    problem: JointProblem
    tables: "tuple[Table, ...]"
    sellers: "tuple[tuple[Seller, ...], ...]"
    rows: tuple[tuple[int, ...], ...]
    rates: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"


@dataclass(eq=False)
class _Markets:
    """Markets found so far, by what tells them apart."""

    found: dict[object, int] = field(default_factory=dict)
    markets: list[Market] = field(default_factory=list)
    sellers: "list[tuple[Seller, ...]]" = field(default_factory=list)

    def shared(self, key: object, sold: "tuple[Seller, ...]") -> int:
        """Return the market in which a slot is an accelerator; replicas of all sizes share its units."""
        if key not in self.found:
            units = [seller.offer.unit_accelerators for seller in sold]
            sources = tuple(_source(seller, seller.offer.unit_accelerators, 1) for seller in sold)
            sizes = [2**power for power in range(max(units).bit_length()) if 2**power <= max(units)]
            fits = tuple((size, tuple(at for at, unit in enumerate(units) if unit >= size)) for size in sizes)
            self._add(key, Market(sources, fits), sold)
        return self.found[key]

    def own(self, key: object, sold: "tuple[Seller, ...]", size: int) -> int:
        """Return the market in which a slot is a replica of one size."""
        if key not in self.found:
            sources = []
            for seller in sold:
                unit = seller.offer.unit_accelerators
                sources.append(_source(seller, max(unit // size, 1), -(-size // unit)))
            self._add(key, Market(tuple(sources), ((1, tuple(range(len(sold)))),)), sold)
        return self.found[key]

    def _add(self, key: object, market: Market, sold: "tuple[Seller, ...]") -> None:
        self.found[key] = len(self.markets)
        self.markets.append(market)
        self.sellers.append(sold)


def _source(seller: "Seller", slots: int, units: int) -> Source:
    accelerators = units * seller.offer.unit_accelerators
    return Source(
        seller.key,
        offer_of(seller),
        slots,
        accelerators,
        units * int(consumed(seller.price.usd_per_unit_h)),
        committed=seller.price.purchase in COMMITTED,
        spot=seller.price.purchase == "spot",
        most=LARGEST if seller.stock is None else seller.stock // accelerators,
    )


def joint_question(spec: "Spec", tables: "tuple[Table, ...]") -> JointQuestion:
    """Write the problem: hours of the same demands are one period, the dearest in requests first."""
    hourly = _hourly(tables)
    distinct, index, hours = np.unique(hourly, axis=1, return_inverse=True, return_counts=True)
    ranked = np.argsort(-distinct.sum(axis=0), kind="stable")
    place = np.argsort(ranked, kind="stable")
    rates, counts = distinct[:, ranked], np.asarray(hours[ranked], dtype=np.int64)
    order = np.asarray(place[np.asarray(index).ravel()], dtype=np.int64)
    start = max(scaling_of(table.workload).start_up_s for table in tables) / SECONDS_PER_HOUR
    markets, served, rows = _Markets(), [], []
    for table, own in zip(tables, rates, strict=True):
        scaling = scaling_of(table.workload)
        needed = np.full_like(own, own.max()) if scaling.fixed else own
        found = list(_ways(table, markets, float(own.max())))
        rows.append(tuple(row for _, row in found))
        ways = tuple(way for way, _ in found)
        served.append(Served(table.workload.name, np.asarray(consumed(needed)), ways, scaling.min_replicas))
    budget, spot = spec.limits.max_usd_per_h, spec.prices.spot
    problem = JointProblem(
        Profile(np.zeros(len(counts), dtype=np.int64), counts, order, start),
        tuple(served),
        tuple(markets.markets),
        stocks_of(spec, tables[0].sellers),
        max_accelerators=spec.limits.max_accelerators,
        max_cost_uusd_per_h=None if budget is None else int(supplied(budget)),
        spot_loss=round(spot.interruption_share * PER_MILLE),
        spot_most=round(spot.max_share * PER_MILLE),
    )
    return JointQuestion(problem, tables, tuple(markets.sellers), tuple(rows), rates)


def _hourly(tables: "tuple[Table, ...]") -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Return the rates of every workload in every hour: shorter profiles repeat, steady demands stay."""
    longest = max(len(table.workload.hourly) for table in tables)
    rows = [np.array(table.workload.hourly or (table.demand,)) for table in tables]
    return np.array([np.tile(row, longest // len(row)) for row in rows])


def _ways(table: "Table", markets: _Markets, peak: float) -> "Iterator[tuple[Way, int]]":
    """Yield the best way of each size in each market, with the row of the table behind it."""
    index = np.flatnonzero((table.rejected == ADMITTED) & (supplied(table.requests_per_s) > 0))
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for members, group in _kinds(table, index):
        first = int(members[0])
        size, row = int(table.accelerators[first]), int(table.row[first])
        sold = tuple(table.sellers[at] for at in table.seller[members].tolist())
        units = [seller.offer.unit_accelerators for seller in group]
        plain = size & (size - 1) == 0 and all(unit % size == 0 for unit in units if unit >= size)
        names = (hardware_key(sold[0].node), frozenset(seller.key for seller in group))
        if plain and {s.key for s in sold} == {s.key for s in group if s.offer.unit_accelerators >= size}:
            market, slots = markets.shared(names, group), size
        else:
            alone = (names[0], frozenset(seller.key for seller in sold), size)
            market, slots = markets.own(alone, sold, size), 1
        capacity = int(supplied(table.requests_per_s[first]))
        if not _fits_alone(table, size, min(s.offer.unit_accelerators for s in sold), peak, capacity):
            continue
        if capacity > best.get((market, slots), (0, 0))[0]:
            best[market, slots] = capacity, row
    for (market, slots), (capacity, row) in sorted(best.items()):
        yield Way(market, slots, capacity), row


def _kinds(table: "Table", index: "Ints") -> "Iterator[tuple[Ints, tuple[Seller, ...]]]":
    """Yield the columns of one row and one capacity, with all sellers of such machines that the workload may use."""
    urps = supplied(table.requests_per_s)
    order = index[np.lexsort((table.seller[index], urps[index], table.row[index]))]
    if not len(order) or table.physical is None:
        return
    changes = (np.diff(table.row[order]) != 0) | (np.diff(urps[order]) != 0)
    found = np.split(order, np.flatnonzero(changes) + 1)
    groups: dict[object, set[int]] = {}
    keys: list[object] = []
    for members in found:
        first = table.sellers[table.seller[members[0]]]
        keys.append((hardware_key(first.node), variation_of(table.workload, first)))
        groups.setdefault(keys[-1], set()).update(table.seller[members].tolist())
    for members, key in zip(found, keys, strict=True):
        yield members, tuple(table.sellers[at] for at in sorted(groups[key]))


def _fits_alone(table: "Table", size: int, unit: int, peak: float, capacity_urps: int) -> bool:
    """Whether a workload's own cap on accelerators, if it has one, holds the whole units of its busiest hour."""
    cap = table.workload.limits.max_accelerators
    if cap is None or table.workload.limits is table.spec.limits:
        return True
    replicas = -(-int(consumed(peak)) // capacity_urps)
    units = -(-replicas // (unit // size)) if size <= unit else replicas * -(-size // unit)
    return units * unit <= cap
