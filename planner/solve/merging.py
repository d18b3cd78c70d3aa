"""Columns that need not be looked at because the same replica can be had elsewhere for no more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.solve.problem import Columns, Ints, Problem, Workload
from planner.solve.rows import Row, stock_rows
from planner.solve.usage import Bools

MIXERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))  # odd constants of two known hash functions
SHIFT = np.uint64(29)


@dataclass(frozen=True, eq=False)
class Worthwhile:
    """Which columns to keep, as arrays ``(offers,)``.

    Those that fill units of ``unit`` accelerators where ``offers`` holds, those that lie inside where ``inside`` does.
    """

    unit: Ints
    offers: Bools
    inside: Bools

    def of(self, columns: Columns) -> Ints:
        """Return the positions of the columns that can serve and are worth keeping."""
        fills = columns.accelerators >= self.unit[columns.offer]
        kept = self.offers[columns.offer] & (fills | self.inside[columns.offer])
        return np.flatnonzero(kept & (columns.capacity_urps > 0))


def worthwhile(problem: Problem, rows: Sequence[Row]) -> Worthwhile:
    """Find the offers that others make superfluous, for all workloads at once.

    Two offers are equals when their units have the same size, the same stock rows count them and the columns on them
    are the same numbers in every workload: in any plan the dearer can be swapped for the cheaper, unit by unit.
    Replicas inside the units of an offer can be swapped for such as fill a smaller unit, when every size on it can and
    each costs no more than its share of the larger unit. Columns are compared by two independent 64-bit fingerprints.
    """
    sizes = np.unique(np.concatenate([[1], *(workload.columns.accelerators for workload in problem.workloads)]))
    prints = np.stack([_fingerprints(problem, sizes, mixer) for mixer in MIXERS], axis=2)
    own = [stock_rows(workload.stocks, problem.offers) for workload in problem.workloads]
    counted = np.concatenate([_places(problem), *(r.coefficients[None] for r in rows if r.group == "inventory"), *own])
    offers = _cheapest_of_equals(problem, prints, counted)
    unit, cost, idle = (
        np.array([getattr(offer, name) for offer in problem.offers], dtype=np.int64)
        for name in ("accelerators", "cost_uusd_per_h", "idle_mw")
    )
    inside = offers.copy()
    if not any(workload.survive_nodes for workload in problem.workloads):
        for o in np.flatnonzero(offers):
            inside[o] = not _fills_elsewhere((unit, cost, idle), int(o), sizes, prints, counted)
    return Worthwhile(unit, offers, inside)


def _places(problem: Problem) -> Ints:
    """Return marks ``(marks, offers)`` that differ where offers lie in different regions, if that matters."""
    if not problem.apart:
        return np.zeros((1, len(problem.offers)), dtype=np.int64)
    regions = sorted({offer.regions for offer in problem.offers})
    at = np.array([regions.index(offer.regions) for offer in problem.offers], dtype=np.int64)
    accelerators = np.array([offer.accelerators for offer in problem.offers], dtype=np.int64)
    return np.asarray((at == np.arange(len(regions))[:, None]) * accelerators, dtype=np.int64)


def _cheapest_of_equals(problem: Problem, prints: Ints, counted: Ints) -> Bools:
    best: dict[tuple[object, ...], int] = {}
    for o, offer in enumerate(problem.offers):
        kind = (
            offer.accelerators,
            offer.node_accelerators,
            offer.idle_mw,
            counted[:, o].tobytes(),
            prints[o].tobytes(),
        )
        held = best.setdefault(kind, o)
        if (offer.cost_uusd_per_h, offer.key) < (problem.offers[held].cost_uusd_per_h, problem.offers[held].key):
            best[kind] = o
    keep = np.zeros(len(problem.offers), dtype=bool)
    keep[list(best.values())] = True
    return keep


def _fills_elsewhere(sold: tuple[Ints, ...], o: int, sizes: Ints, prints: Ints, counted: Ints) -> bool:
    unit, cost, idle = sold
    for s in np.flatnonzero((sizes < unit[o]) & prints[o].any(axis=1)):
        share = sizes[s] / unit[o]
        same = (unit == sizes[s]) & (prints[:, s] == prints[o, s]).all(axis=1)
        cheaper = (cost <= share * cost[o]) & (idle <= share * idle[o])
        if not (same & cheaper & (counted <= share * counted[:, [o]]).all(axis=0)).any():
            return False
    return True


def _fingerprints(problem: Problem, sizes: Ints, mixer: np.uint64) -> Ints:
    """Return one number for the columns of each size on each offer, ``(offers, sizes)``; 0 where there are none."""
    shape = (len(problem.offers), len(sizes))
    total = np.zeros(shape, dtype=np.uint64)
    for workload in problem.workloads:
        here = np.zeros(shape, dtype=np.uint64)
        columns = workload.columns
        np.add.at(here, (columns.offer, np.searchsorted(sizes, columns.accelerators)), _mixed(workload, mixer))
        total = (total ^ here) * mixer
        total ^= total >> SHIFT
    return total.astype(np.int64)


def _mixed(workload: Workload, mixer: np.uint64) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]":
    columns = workload.columns
    mixed = np.ones(len(columns), dtype=np.uint64)
    numbers = (columns.accelerators, columns.capacity_urps, columns.ttft_us, columns.power_mw, columns.quality_loss_ppm)
    for values in numbers:
        mixed = (mixed ^ values.astype(np.uint64)) * mixer
        mixed ^= mixed >> SHIFT
    return mixed
