"""The SLO as bounds on the estimates: tightened by their error, so that it holds at the confidence asked for."""

from typing import TYPE_CHECKING

import numpy as np

from planner.perf.bands import upper_factor
from planner.perf.capacity import Bounds
from planner.perf.percentiles import STATISTICS

if TYPE_CHECKING:
    from planner.candidates.rows import Physical
    from planner.perf.hardware import Floats
    from planner.spec.schema import Spec, WorkloadSpec
    from planner.spec.slo import Bound

METRICS = ("ttft", "tpot", "e2e")


def tightened(
    spec: "Spec",
    workload: "WorkloadSpec",
    physical: "Physical",
    left_out: frozenset[str],
    variation: float = 0.0,
) -> Bounds:
    """Bounds on the predicted statistics of every served row, arrays ``(rows, statistics)`` [s].

    Each stated bound is divided by the factor by which the measured value may exceed the estimate at the request's
    confidence, jointly over the bounds. The error of the estimate and the ``variation`` of machines are independent:
    their standard deviations add in quadrature.
    """
    rows = physical.served >= 0
    count = int(rows.sum())
    stated = [bound for bound in promised(workload) if bound.metric not in left_out]
    limits = {metric: np.full((count, len(STATISTICS)), np.inf) for metric in METRICS}
    for bound in stated:
        sigma = np.hypot(sigmas(physical, bound.metric)[rows], variation)
        factor = upper_factor(sigma, spec.confidence, len(stated))
        limits[bound.metric][:, STATISTICS.index(bound.statistic)] = bound.limit_s / factor
    return Bounds(**{f"{metric}_s": values for metric, values in limits.items()})


def slowdown(spec: "Spec", workload: "WorkloadSpec", variation: float) -> float:
    """Return how much slower than the mean a machine may be at the request's confidence.

    A machine that is slower by f keeps a bound at a rate exactly where the mean machine keeps bound / f at f times the
    rate: its steps, and therefore all of its times, are longer by f.
    """
    return float(upper_factor(np.array(variation), spec.confidence, len(promised(workload))))


def promised(workload: "WorkloadSpec") -> "tuple[Bound, ...]":
    """Return the bounds that can be kept or broken: one output token has no time between tokens."""
    several = workload.lengths.output_tokens.max() > 1.0
    return tuple(bound for bound in workload.slo.bounds() if bound.metric != "tpot" or several)


def sigmas(physical: "Physical", quantity: str) -> "Floats":
    """Return the standard deviation of log(measured / predicted) of a quantity, by row."""
    by_engine = {setting.engine.family: setting for setting in physical.settings}
    known = {family: [setting.sigma(n, quantity) for n in physical.nodes] for family, setting in by_engine.items()}
    table = np.array([known[setting.engine.family] for setting in physical.settings])
    return np.asarray(table[physical.setting, physical.node])
