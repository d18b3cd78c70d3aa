"""Size a service inside a review, hold it against the plan that is in force, and say what a reviewer must know.

Usage: python review_service.py model.yaml [plan-in-force.json]

Writes report.html beside the specification. Exits with 0 where the change may pass, else with 1 and the objections.
"""

import sys
from pathlib import Path

from planner import PlannerError, check, document, gates, load_spec, read_plan, solve

BUDGET = ("infeasible", "usd_per_mtok > 1.50", "basis == derived")
GROWTH = ("usd_per_h increase > 10%", "accelerators increase > 8")


def review(specification: Path, in_force: Path | None) -> list[str]:
    """Return what stands against the change; nothing where it may pass."""
    spec = load_spec(specification)
    plan = solve(spec)
    before = read_plan(in_force.read_bytes()) if in_force else None
    judged = gates(plan, *BUDGET, *(GROWTH if before else ()), against=before)
    report = document(plan, "html", spec=spec, gates=judged)
    specification.with_name("report.html").write_text(report, encoding="utf-8")
    if plan.totals is None:
        return [f"nothing serves this: {' and '.join(plan.clash or ())} cannot hold together"]
    for workload in plan.workloads:
        for pool in workload.pools:
            print(f"{workload.model}: {pool.replicas} x {pool.accelerator}, TTFT {pool.ttft_ms.mean:.0f} ms")
    return [*check(plan, spec), *(f"{gate.gate}: {gate.because}" for gate in judged if gate.failed)]


if __name__ == "__main__":
    try:
        found = review(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    except PlannerError as error:
        sys.exit(str(error))
    sys.exit("\n".join(found) or 0)
