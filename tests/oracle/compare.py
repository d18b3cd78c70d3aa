"""Compare the closed forms with the simulator.

``python -m tests.oracle.compare [cases [first seed]] [--separate]`` draws random cases (200 from seed 0) at 30 to 95 %
of their saturated rate and prints the errors; ``--separate`` takes engines whose prompt steps stop decoding.
"""

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.perf.capacity import at_rate
from planner.perf.percentiles import STATISTICS
from planner.perf.steady import Operation
from tests.oracle.cases import Case, random_case
from tests.oracle.simulator import Trace, statistics

Floats = NDArray[np.float64]
METRICS = ("ttft", "tpot", "e2e")


@dataclass(frozen=True, eq=False)
class Comparison:
    """One case at one rate: formula and simulator ``(metrics, statistics)`` [s]."""

    case: Case
    load: float
    rate_per_s: float
    operation: Operation
    simulated: Floats
    grows: bool

    @property
    def predicted(self) -> Floats:
        at = self.operation
        return np.stack([at.ttft_s[0], at.tpot_s[0], at.e2e_s[0]])

    @property
    def error(self) -> Floats:
        """Predicted over simulated, less one."""
        return self.predicted / self.simulated - 1.0


def queue_grows(trace: Trace) -> bool:
    """Whether requests leave more slowly than they come: the line that arrivals meet keeps getting longer."""
    first, second, last = (float(part.mean()) for part in np.array_split(trace.queued, 3))
    return last > second > first and last > 2.0 * first + 5.0 and last > 0.01 * len(trace.queued)


def compare(case: Case, load: float, seed: int, requests: tuple[int, int] = (80_000, 160_000)) -> Comparison:
    """Simulate ``case`` at ``load`` of its saturated rate, over at least 50 residence times within ``requests``."""
    rate = load * case.saturated_rate(seed)
    operation = at_rate(case.service(), np.array([rate]))
    count = int(np.clip(80.0 * case.engine.slots, *requests))
    trace = case.simulate(rate, count, seed + 1).after(0.15)
    simulated = np.stack([statistics(values) for values in (trace.ttft_s, trace.tpot_s, trace.e2e_s)])
    return Comparison(case, load, rate, operation, simulated, queue_grows(trace))


def draw(seed: int, mixed: bool = True, requests: tuple[int, int] = (80_000, 160_000)) -> Comparison:
    """Compare random case ``seed`` at a random load of 30 to 95 %."""
    load = float(np.random.default_rng([seed, 1]).uniform(0.3, 0.95))
    return compare(random_case(seed, mixed), load, 1000 + seed, requests)


def medians(results: list[Comparison]) -> Floats:
    """Median absolute error over the cases ``(metrics, statistics)``."""
    return np.asarray(np.median(np.abs([result.error for result in results]), axis=0))


def table(results: list[Comparison]) -> str:
    """Median and mean absolute error, bias and the 90th percentile, by metric and statistic."""
    lines = [f"{'metric':8}{'stat':6}{'median':>8}{'mean':>8}{'bias':>8}{'p90':>8}"]
    errors = np.stack([result.error for result in results])
    for row, metric in enumerate(METRICS):
        for column, statistic in enumerate(STATISTICS):
            error = errors[:, row, column]
            size = np.abs(error)
            lines.append(
                f"{metric:8}{statistic:6}{np.median(size):8.1%}{np.mean(size):8.1%}"
                f"{np.median(error):8.1%}{np.quantile(size, 0.9, method='lower'):8.1%}"
            )
    wrong = sum(bool(result.grows and result.operation.stable[0]) for result in results)
    refused = sum(not result.operation.stable[0] for result in results)
    lines.append(f"{len(results)} cases; called stable though the queue grows: {wrong}; called unstable: {refused}")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Print the table over so many random cases."""
    counts = [int(word) for word in arguments if word.isdigit()]
    first = counts[1] if len(counts) > 1 else 0
    seeds = range(first, first + (counts[0] if counts else 200))
    results = [draw(seed, mixed="--separate" not in arguments) for seed in seeds]
    sys.stdout.write(table(results) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
