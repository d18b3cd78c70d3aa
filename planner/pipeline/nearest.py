"""How far a latency must give way for one column to serve a workload: worked out column by column, without a solve."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.bounds import slowdown, tightened
from planner.candidates.sellers import variation_of
from planner.perf.capacity import at_rate
from planner.perf.percentiles import STATISTICS
from planner.pipeline.promising import most_replicas
from planner.units import MICRO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.candidates.table import Table
    from planner.perf.capacity import Bounds
    from planner.perf.hardware import Floats
    from planner.perf.steady import Operation
    from planner.pipeline.translate import Question


def nearest_factor(asked: "Question", metric: str) -> float:
    """Return the least factor on all bounds of ``metric`` at which every workload by itself has a column.

    ``asked`` leaves the metric out. A column with the most replicas that the limits allow carries the least rate each;
    what the latencies are then, over what is promised, is its factor. What workloads share is not seen: the factor that
    lets a request be met may be larger.
    """
    factors = [1.0]
    for workload, table, index in zip(asked.problem.workloads, asked.tables, asked.columns, strict=True):
        if any(bound.metric == metric for bound in table.workload.slo.bounds()) and len(index):
            replicas = most_replicas(asked.problem, workload)
            rate = workload.demand_urps / MICRO / np.maximum(replicas, 1e-300)
            factors.append(_least(table, index[replicas > 0.0], rate[replicas > 0.0], metric))
    return max(factors)


def _least(table: "Table", column: "NDArray[np.int64]", rate: "Floats", metric: str) -> float:
    """Return the least factor over columns that each carry ``rate`` [1/s] a replica, other bounds kept."""
    physical, workload = table.physical, table.workload
    assert physical is not None
    varied = np.array([variation_of(workload, each) for each in table.sellers])[table.seller[column]]
    served, least = physical.served[table.row[column]], np.inf
    for variation in np.unique(varied).tolist():
        alike = varied == variation
        lowest = np.full(len(physical.service.slots), np.inf)
        np.minimum.at(lowest, served[alike], rate[alike])
        rows = np.flatnonzero(np.isfinite(lowest))
        asked = lowest[rows] * slowdown(table.spec, workload, variation) / workload.limits.max_utilisation
        bounds = tightened(table.spec, workload, physical, frozenset(), variation).take(rows)
        factors = _factors(at_rate(physical.service.take(rows), asked), bounds, metric)
        least = min(least, float(factors.min(initial=np.inf)))
    return least


def _factors(at: "Operation", bounds: "Bounds", metric: str) -> "Floats":
    """Return latency over bound of the tightest bound of ``metric``; infinite where another bound is broken."""
    name = f"{metric}_s"
    others = replace(bounds, **{name: np.full(len(STATISTICS), np.inf)})
    with np.errstate(invalid="ignore"):
        factor = (getattr(at, name) / getattr(bounds, name)).max(axis=1)
    return np.where(others.met(at), factor, np.inf)
