"""A fixed number of requests in flight that no SLO turns into a rate: what each column sustains, and the cheapest."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.candidates.bounds import promised
from planner.perf.capacity import LIGHT
from planner.perf.last_batch import last_batch
from planner.perf.steady import operate
from planner.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.candidates.table import Table
    from planner.perf.hardware import Floats
    from planner.perf.steady import Operation, Service

LEAST = 1e-6
"""Of a request in flight, on the average, a replica."""


def rate_in_flight(service: "Service", in_flight: "Floats") -> "tuple[Floats, Floats, Floats]":
    """Rate [1/s], mean TTFT and mean TPOT [s] of every column with ``in_flight`` requests a replica (Little's law)."""
    output = service.lengths.mean_output_tokens

    def slack_of(columns: Any) -> "Callable[[Floats], Floats]":  # noqa: ANN401  an index of the first axis
        served, most = service.take(columns), in_flight[columns]
        return lambda batch: _room(operate(served, batch), output, most)

    lightest = _room(operate(service, np.full(len(in_flight), LIGHT)), output, in_flight)
    at = operate(service, last_batch(service.largest, lightest, slack_of))
    return at.rate_per_s, at.ttft_s[:, 0], at.tpot_s[:, 0]


def _room(at: "Operation", output_tokens: float, in_flight: "Floats") -> "Floats":
    """Return the requests in flight over those that a load keeps in flight, less one; -1 where the queues grow."""
    with np.errstate(invalid="ignore"):
        held = at.rate_per_s * (at.ttft_s[:, 0] + output_tokens * at.tpot_s[:, 0])
        return np.where(at.stable, in_flight / held - 1.0, -1.0)


def at_concurrency(table: "Table", left_out: frozenset[str] = frozenset()) -> "Table":
    """Return the table at the request's concurrency: the fewest units of each column that admit it and keep the SLO.

    A unit is filled with as many replicas as it holds, for they cost nothing more and share the requests. The demand
    becomes what the cheapest column per token then serves; ties go to fewer accelerators, then to the column's order.
    ``left_out`` are caps that need not be kept.
    """
    physical, in_flight = table.physical, table.workload.workload.concurrency
    if physical is None or in_flight is None or not len(table):
        return table
    units, replicas = _bought(table, in_flight)
    each = in_flight / replicas
    rate, ttft_s, tpot_s = _rates(table, each)
    served = np.floor(rate * MICRO) / MICRO * replicas
    price = np.array([seller.price.usd_per_unit_h for seller in table.sellers])[table.seller]
    affordable = (table.rejected < 0) & (served > 0.0) & _within(table, units, left_out)
    if not affordable.any():
        return replace(table, requests_per_s=rate, ttft_s=ttft_s, tpot_s=tpot_s, fixed_demand=0.0)
    cost = np.where(affordable, units * price / np.maximum(served, 1e-300), np.inf)
    bought = units * np.array([seller.offer.unit_accelerators for seller in table.sellers])[table.seller]
    best = int(np.lexsort((np.arange(len(cost)), bought, cost))[0])
    return replace(
        table, requests_per_s=rate, ttft_s=ttft_s, tpot_s=tpot_s, fixed_demand=float(served[best]), only=best
    )


def _bought(table: "Table", in_flight: float) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Units and replicas of every column: the fewest units whose replicas admit ``in_flight`` and keep the SLO."""
    assert table.physical is not None
    size = table.accelerators
    unit = np.array([seller.offer.unit_accelerators for seller in table.sellers], dtype=np.int64)[table.seller]
    inside = np.maximum(unit // size, 1)
    spanned = np.where(size > unit, -(-size // unit), 1)
    slots = np.minimum(np.maximum(table.physical.slots[table.row], 1.0), _kept(table))
    needed = np.maximum(np.ceil(in_flight / slots), 1.0).astype(np.int64)
    groups = -(-needed // inside)
    replicas = np.minimum(groups * inside, max(int(in_flight), 1))
    return groups * spanned, np.maximum(replicas, needed)


def _kept(table: "Table") -> "Floats":
    """Return the requests in flight with which a replica still keeps the SLO; infinite where it states nothing."""
    if not promised(table.workload):
        return np.full(len(table), np.inf)
    whole = table.requests_per_s / table.workload.limits.max_utilisation
    held = whole * (table.ttft_s + table.workload.lengths.mean_output_tokens * table.tpot_s)
    return np.where(table.rejected < 0, np.maximum(held, LEAST), 1.0)


def _rates(table: "Table", each: "Floats") -> "tuple[Floats, Floats, Floats]":
    """Evaluate every column at its own load; columns that serve nothing keep what they had."""
    assert table.physical is not None
    index = np.flatnonzero(table.rejected < 0)
    rate, ttft_s, tpot_s = np.zeros(len(table)), table.ttft_s.copy(), table.tpot_s.copy()
    service = table.physical.service.take(table.physical.served[table.row[index]])
    rate[index], ttft_s[index], tpot_s[index] = rate_in_flight(service, each[index])
    return rate, ttft_s, tpot_s


def _within(table: "Table", units: "NDArray[np.int64]", left_out: frozenset[str]) -> "NDArray[np.bool_]":
    """Columns whose purchase keeps the caps and the inventory of a request with one workload."""
    sold = table.sellers
    unit = np.array([seller.offer.unit_accelerators for seller in sold], dtype=np.int64)[table.seller]
    price = np.array([seller.price.usd_per_unit_h for seller in sold])[table.seller]
    fits = np.ones(len(units), dtype=bool)
    for limits in (table.spec.limits, table.workload.limits):
        if limits.max_accelerators is not None and "max_accelerators" not in left_out:
            fits &= units * unit <= limits.max_accelerators
        if limits.max_usd_per_h is not None and "budget" not in left_out:
            fits &= units * price <= limits.max_usd_per_h
        for entry in limits.inventory if "inventory" not in left_out else ():
            counted = np.array([entry.counts(seller.node.accelerator, seller.offer) for seller in sold])[table.seller]
            fits &= ~counted | (units * unit <= entry.max)
    if "inventory" in left_out:
        return fits
    stock = np.array([np.iinfo(np.int64).max if seller.stock is None else seller.stock for seller in sold])[
        table.seller
    ]
    return np.asarray(fits & (units * unit <= stock))
