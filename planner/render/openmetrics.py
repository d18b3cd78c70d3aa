"""A plan as OpenMetrics text, for GitLab's metrics report of a merge request."""

from planner.plan.record import Plan
from planner.render.plain import plain

TOTALS = {
    "usd_per_h": "Everything paid, USD an hour",
    "usd_per_mtok": "Cost over input and output tokens, USD a million",
    "accelerators": "Accelerators paid for",
    "nodes": "Machines",
    "power_w": "Electric power of what is paid for, W",
    "energy_wh_per_mtok": "Energy of a million tokens, input and output, Wh",
}
POOL = {
    "replicas": "Replicas",
    "utilisation": "Share of the capacity within the SLO",
    "capacity_requests_per_s": "Requests a second within the SLO",
}


def plan_openmetrics(plan: Plan) -> str:
    """Return gauges of the totals, and of each workload's pools with their latencies as labels say."""
    lines = _family("feasible", "Whether there is a plan", [("", float(plan.found))])
    if plan.totals is not None:
        for name, meaning in TOTALS.items():
            value = getattr(plan.totals, name)
            lines += _family(name, meaning, [("", float(value))]) if value is not None else []
        pools = [
            (f'workload="{_label(workload.name)}",pool="{number}",accelerator="{_label(pool.accelerator)}"', pool)
            for workload in plan.workloads
            for number, pool in enumerate(workload.pools, start=1)
        ]
        for name, meaning in POOL.items():
            lines += _family(name, meaning, [(labels, float(getattr(pool, name))) for labels, pool in pools])
        for metric in ("ttft", "tpot"):
            found = [
                (f'{labels},statistic="{statistic}"', value)
                for labels, pool in pools
                for statistic in ("mean", "p50", "p90", "p95", "p99")
                if (value := getattr(pool, f"{metric}_ms").at(statistic)) is not None
            ]
            lines += _family(f"{metric}_ms", f"{metric.upper()} in milliseconds", found)
    return "\n".join([*lines, "# EOF"]) + "\n"


def _family(name: str, meaning: str, samples: "list[tuple[str, float]]") -> list[str]:
    full = f"planner_{name}"
    head = [f"# HELP {full} {meaning}", f"# TYPE {full} gauge"]
    return head + [f"{full}{f'{{{labels}}}' if labels else ''} {value:.6g}" for labels, value in samples]


def _label(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace('"', '\\"')
