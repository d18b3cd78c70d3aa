"""Limits that workloads share: each bounds a weighted number of the units bought."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.solve.problem import Ints, Offer, Problem, Stock


@dataclass(frozen=True, eq=False)
class Row:
    """A limit of ``group``: ``coefficients @ units <= limit``, with ``coefficients`` of shape ``(offers,)``."""

    name: str
    group: str
    coefficients: Ints
    limit: int


def stock_rows(stocks: Sequence[Stock], sold: Sequence[Offer]) -> Ints:
    """Return how many accelerators each of ``stocks`` counts for a unit of each offer ``(stocks, offers)``."""
    counts = [[offer.accelerators if stock.matches(offer) else 0 for offer in sold] for stock in stocks]
    return np.array(counts, dtype=np.int64).reshape(len(stocks), len(sold))


def shared_rows(problem: Problem) -> tuple[Row, ...]:
    """Return the limits of ``problem`` over all its workloads, without those of groups that are left out."""
    accelerators = np.array([offer.accelerators for offer in problem.offers], dtype=np.int64)
    costs = np.array([offer.cost_uusd_per_h for offer in problem.offers], dtype=np.int64)
    counted = stock_rows(problem.stocks, problem.offers)
    rows = [
        Row(stock.name, "inventory", counts, stock.max_accelerators)
        for stock, counts in zip(problem.stocks, counted, strict=True)
    ]
    if problem.max_accelerators is not None:
        rows.append(Row("max_accelerators", "max_accelerators", accelerators, problem.max_accelerators))
    if problem.max_cost_uusd_per_h is not None:
        rows.append(Row("budget", "budget", costs, problem.max_cost_uusd_per_h))
    return tuple(row for row in rows if row.group not in problem.left_out)
