"""Limits that workloads share: each bounds a weighted number of the units bought."""

from dataclasses import dataclass

import numpy as np

from planner.solve.problem import Ints, Problem


@dataclass(frozen=True, eq=False)
class Row:
    """A limit of ``group``: ``coefficients @ units <= limit``, with ``coefficients`` of shape ``(offers,)``."""

    name: str
    group: str
    coefficients: Ints
    limit: int


def shared_rows(problem: Problem) -> tuple[Row, ...]:
    """Return the limits of ``problem`` over all its workloads, without those of groups that are left out."""
    accelerators = np.array([offer.accelerators for offer in problem.offers], dtype=np.int64)
    costs = np.array([offer.cost_uusd_per_h for offer in problem.offers], dtype=np.int64)
    rows = [
        Row(
            stock.name,
            "inventory",
            accelerators * [stock.matches(offer) for offer in problem.offers],
            stock.max_accelerators,
        )
        for stock in problem.stocks
    ]
    if problem.max_accelerators is not None:
        rows.append(Row("max_accelerators", "max_accelerators", accelerators, problem.max_accelerators))
    if problem.max_cost_uusd_per_h is not None:
        rows.append(Row("budget", "budget", costs, problem.max_cost_uusd_per_h))
    return tuple(row for row in rows if row.group not in problem.left_out)
