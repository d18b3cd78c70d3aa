"""Measure fleets: ``python -m tests.benchmarks.fleet_time 1 10 50 [--pools 2] [--limit 60] [--highs]``."""

import argparse
import resource
import sys
import time

from planner.solve.instance import prepare
from planner.solve.solver import solve_problem
from tests.benchmarks.fleets import fleet
from tests.oracle.plain_model import solve_plain


def main() -> None:
    """Print a row a fleet: columns, seconds to build and to solve (clock and CPU), status, gap, peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", type=int, nargs="+")
    parser.add_argument("--pools", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--highs", action="store_true")
    options = parser.parse_args()
    solve_problem(fleet(1))
    say = sys.stdout.write
    say("workloads  columns  patterns  draw s  build s  solve s (CPU)  status    gap        MiB  cost\n")
    for number in options.workloads:
        clock = time.monotonic()
        problem = fleet(number, max_pools=options.pools)
        drawn = time.monotonic()
        instance = prepare(problem)
        built, cpu = time.monotonic(), time.process_time()
        solution = solve_problem(problem, time_limit_s=options.limit)
        solved, used = time.monotonic(), time.process_time() - cpu
        columns = sum(len(workload.columns) for workload in problem.workloads)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        stage = solution.stages[0] if solution.stages else None
        gap, cost = (stage.gap, stage.value) if stage else (float("nan"), 0)
        say(
            f"{number:9} {columns:8} {instance.size:9} {drawn - clock:7.1f} {built - drawn:8.2f} "
            f"{solved - built:8.2f} ({used:.2f})  {solution.status:9} {gap:9.2e} {peak:5.0f}  {cost}\n"
        )
        if options.highs:
            began, cpu = time.monotonic(), time.process_time()
            plain = solve_plain(problem, options.limit)
            ratio = (time.process_time() - cpu) / max(used, 1e-9)
            say(f"    HiGHS: {time.monotonic() - began:.2f} s, {plain.status}, cost {plain.cost:.0f}, ")
            say(f"bound {plain.bound:.0f}, {ratio:.1f} times the CPU time\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
