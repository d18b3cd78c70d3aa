"""Size a service inside a review, compare it with the plan that is in force, and say what a reviewer must know.

Usage: python review_service.py model.yaml [plan-in-force.json]
"""

import sys
from pathlib import Path

from planner import PlannerError, check, diff_plans, load_spec, read_plan, solve

BUDGET_USD_PER_MTOK = 1.50


def review(specification: str, in_force: str | None) -> list[str]:
    """Return what stands against the change; nothing where it may pass."""
    plan = solve(load_spec(specification))
    if plan.totals is None:
        return [f"nothing serves this: {' and '.join(plan.clash or ())} cannot hold together"]
    objections = list(check(plan))
    if plan.totals.usd_per_mtok > BUDGET_USD_PER_MTOK:
        objections.append(f"{plan.totals.usd_per_mtok:.3f} USD per million tokens, {BUDGET_USD_PER_MTOK} are budgeted")
    if in_force is not None:
        diff = diff_plans(read_plan(Path(in_force).read_bytes()), plan)
        objections += [
            f"{change.what} grows by {change.share:.0%}" for change in diff.totals if (change.share or 0) > 0.1
        ]
    for workload in plan.workloads:
        for pool in workload.pools:
            print(f"{workload.model}: {pool.replicas} x {pool.accelerator}, TTFT {pool.ttft_ms.mean:.0f} ms")
    return objections


if __name__ == "__main__":
    try:
        found = review(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    except PlannerError as error:
        sys.exit(str(error))
    sys.exit("\n".join(found) or 0)
