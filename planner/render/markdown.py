"""A plan as Markdown, for a ticket or a wiki page."""

from collections.abc import Iterable, Sequence

from planner.plan.record import Plan, Pool, WorkloadPlan
from planner.render.costs import cost_rows, energy_rows
from planner.render.numbers import short
from planner.render.plain import markdown_text
from planner.render.sections import METRICS, PART_NAMES, asked_if_any, evidence_lines, latency_rows
from planner.render.sentences import decision, demand_words, group_words, relaxation_words, title_words, why_sentences
from planner.render.table import placement_rows, pool_facts, proof_lines


def plan_markdown(plan: Plan) -> str:
    """Return the plan as Markdown: the same sections as the table, in the same order."""
    parts = [f"# {markdown_text(decision(plan))}", *_clash(plan)]
    for workload in plan.workloads:
        parts += _workload(workload, title_words(plan, workload))
    parts += _list("Who lies where", [f"{what}: {holds}" for what, holds in placement_rows(plan)])
    parts += _money(plan)
    parts += _list("Why", why_sentences(plan))
    parts += _list("Evidence", evidence_lines(plan.evidence))
    parts += _list("Notes", plan.notes)
    parts.append("; ".join(markdown_text(line) for line in proof_lines(plan)))
    return "\n\n".join(parts) + "\n"


def _clash(plan: Plan) -> list[str]:
    if plan.status != "infeasible":
        return []
    clash = [f"{group}: {group_words(group)}" for group in plan.clash or ()]
    nearest = [relaxation_words(relaxation) for relaxation in plan.relaxations or ()]
    return [*_list("Cannot hold together", clash), *_list("Nearest that would do, one at a time", nearest)]


def _workload(workload: WorkloadPlan, title: str) -> list[str]:
    parts = [
        f"## {markdown_text(title)}",
        markdown_text(demand_words(workload)),
    ]
    if not workload.pools and workload.slo:
        parts.append(_table(("asked", "at most"), ((key, short(value)) for key, value in workload.slo.items())))
    for number, pool in enumerate(workload.pools, start=1):
        parts += _pool(workload, pool, f"Pool {number}")
    return parts


def _pool(workload: WorkloadPlan, pool: Pool, title: str) -> list[str]:
    latencies = [row for metric in METRICS for row in latency_rows(metric, getattr(pool, f"{metric}_ms"), workload.slo)]
    memory = pool.memory_per_accelerator_gib
    sizes = [(name, short(getattr(memory, part))) for part, name in PART_NAMES.items()]
    return [
        f"### {title}",
        _table(("", title), pool_facts(pool)),
        _table(*asked_if_any(("latency [ms]", "asked", "expected", "band", "basis"), latencies)),
        _table(("memory of the fullest accelerator", "GiB"), [*sizes, ("usable", short(memory.usable))]),
    ]


def _money(plan: Plan) -> list[str]:
    if plan.totals is None:
        return []
    rows = [
        ("USD/h", short(plan.totals.usd_per_h)),
        ("USD per million tokens", short(plan.totals.usd_per_mtok)),
        ("USD per million output tokens", short(plan.totals.usd_per_mtok_output)),
        *(row[:2] for row in energy_rows(plan.totals)),
        ("accelerators", str(plan.totals.accelerators)),
        ("nodes", str(plan.totals.nodes)),
    ]
    rows += [row[:2] for row in cost_rows(plan.costs)] if plan.costs is not None else []
    return ["## Money", _table(("total", ""), rows)]


def _list(title: str, items: Iterable[str]) -> list[str]:
    lines = [f"- {markdown_text(item)}" for item in items]
    return [f"## {title}", "\n".join(lines)] if lines else []


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([markdown_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
