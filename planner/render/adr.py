"""A plan as an architecture decision record in the headings of MADR, which Backstage and Structurizr read."""

from collections.abc import Iterable, Iterator

from planner.plan.landscape import Candidate, Landscape, Surroundings
from planner.plan.record import Plan, Pool, WorkloadPlan
from planner.render.numbers import counted, listed, percent, short
from planner.render.plain import markdown_text, plain
from planner.render.sections import evidence_lines
from planner.render.sentences import (
    assumption_words,
    decision,
    demand_words,
    layout_words,
    pools_words,
    relaxation_words,
    status_words,
    why_sentences,
    workload_words,
)

OPTIONS = 5
"""Accelerators shown besides the chosen ones, the cheapest first."""


def plan_adr(plan: Plan, landscape: Landscape) -> str:
    """Return the decision: context, drivers, options considered, outcome, consequences and how to confirm it."""
    parts = [f"---\nstatus: {'proposed' if plan.found else 'rejected'}\n---", f"# {markdown_text(_title(plan))}"]
    parts += ["## Context and Problem Statement", *(markdown_text(line) for line in _context(plan))]
    parts += ["## Decision Drivers", _bullets(_drivers(plan))]
    options = [_options(workload, around) for workload, around in _paired(plan, landscape)]
    if not plan.found:
        options = [[(relaxation_words(relaxation), "") for relaxation in plan.relaxations or ()]]
    parts += ["## Considered Options", _bullets(title for group in options for title, _ in group)]
    parts += ["## Decision Outcome", markdown_text(_outcome(plan))]
    parts += ["### Consequences", _bullets(_consequences(plan)), "### Confirmation", _confirmation(plan)]
    if plan.found:
        parts.append("## Pros and Cons of the Options")
        for title, verdict in (option for group in options for option in group):
            parts += [f"### {markdown_text(title)}", _bullets([verdict])]
    parts += ["## More Information", _bullets(_more(plan))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _title(plan: Plan) -> str:
    served = listed([workload_words(workload) for workload in plan.workloads])
    if not plan.found or plan.totals is None:
        return f"Do not serve {served} as requested"
    names = [plain(pool.accelerator_name or pool.accelerator) for w in plan.workloads for pool in w.pools]
    return f"Serve {served} on {listed(list(dict.fromkeys(names)))}"


def _context(plan: Plan) -> Iterator[str]:
    for workload in plan.workloads:
        yield f"{plain(workload.model)} must serve {demand_words(workload)}."
    yield "Which accelerator, how many, which parallel split and which precision do so at the least cost?"


def _drivers(plan: Plan) -> Iterator[str]:
    for workload in plan.workloads:
        name = f"{plain(workload.name)}: " if len(plan.workloads) > 1 else ""
        for key, limit in workload.slo.items():
            metric, statistic, unit = key.split("_")
            yield f"{name}{metric.upper()} {statistic} at most {short(limit)} {unit}"
    limits = (plan.input or {}).get("limits", {})
    for key, value in limits.items() if isinstance(limits, dict) else ():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        yield f"{key.replace('_', ' ')}: {plain(str(shown))}"
    yield f"least {plain(plan.objective.name)}"


def _paired(plan: Plan, landscape: Landscape) -> Iterator[tuple[WorkloadPlan, Surroundings]]:
    return zip(plan.workloads, landscape.workloads, strict=False)


def _options(workload: WorkloadPlan, around: Surroundings) -> list[tuple[str, str]]:
    """Title and verdict of the chosen pools, then of the cheapest column of each other accelerator."""
    chosen = [(_pool_title(pool), _pool_verdict(pool)) for pool in workload.pools]
    taken = {pool.accelerator for pool in workload.pools}
    cost = sum(pool.usd_per_h for pool in workload.pools)
    others: dict[str, Candidate] = {}
    for candidate in around.candidates:
        if candidate.accelerator not in taken:
            others.setdefault(candidate.accelerator, candidate)
    return chosen + [
        (_candidate_title(each), _candidate_verdict(each, cost)) for each in list(others.values())[:OPTIONS]
    ]


def _pool_title(pool: Pool) -> str:
    size = pool.tensor_parallel * pool.pipeline_parallel * pool.attention_data_parallel
    name = plain(pool.accelerator_name or pool.accelerator)
    return f"{pool.replicas} x ({size} x {name}, {layout_words(pool)}), {plain(pool.weight_format).upper()} weights"


def _pool_verdict(pool: Pool) -> str:
    return (
        f"Good, because it costs {short(pool.usd_per_h)} USD/h, with TTFT {short(pool.ttft_ms.mean)} ms and TPOT "
        f"{short(pool.tpot_ms.mean)} ms in the mean, at {percent(pool.utilisation)} of its capacity."
    )


def _candidate_title(candidate: Candidate) -> str:
    size = candidate.tensor_parallel * candidate.pipeline_parallel * candidate.attention_data_parallel
    split = f"{size} x {plain(candidate.accelerator_name)}, {layout_words(candidate)}"
    return f"{candidate.replicas} x ({split}), {plain(candidate.weight_format).upper()} weights"


def _candidate_verdict(candidate: Candidate, cost: float) -> str:
    times = f", {short(candidate.usd_per_h / cost)} times the chosen cost" if cost else ""
    return (
        f"{'Bad' if candidate.usd_per_h > cost else 'Neutral'}, because it costs {short(candidate.usd_per_h)} USD/h of "
        f"{plain(candidate.provider)}{times}; TTFT {short(candidate.ttft_ms)} ms, TPOT {short(candidate.tpot_ms)} ms."
    )


def _outcome(plan: Plan) -> str:
    if not plan.found:
        return decision(plan)
    chosen = "; ".join(pools_words(workload).rstrip(",") for workload in plan.workloads)
    return f"Chosen option: {chosen}, because it is the cheapest that keeps every bound ({status_words(plan)})."


def _consequences(plan: Plan) -> Iterator[str]:
    if plan.totals is None:
        yield "Bad, because nothing is served until a bound gives way."
        return
    totals = plan.totals
    money = f"{short(totals.usd_per_mtok)} USD, {short(totals.usd_per_h)} USD/h in all"
    yield f"Good, because a million tokens cost {money}."
    yield f"Neutral, because it takes {counted(totals.accelerators, 'accelerator')} in {counted(totals.nodes, 'node')}."
    for sentence in why_sentences(plan):
        yield f"Neutral, because {sentence[0].lower()}{sentence[1:]}" if sentence.startswith("What") else sentence


def _confirmation(plan: Plan) -> str:
    if not plan.found:
        return "`planner solve` on the changed specification exits with 0."
    gate = f" --fail-on 'usd_per_mtok > {short(1.1 * plan.totals.usd_per_mtok)}'" if plan.totals else ""
    command = f"`planner check plan.json model.yaml{gate}`"
    return f"{command} exits with 0: each promise recomputed, no cost 10 % above this one."


def _more(plan: Plan) -> Iterator[str]:
    dated = f", catalogue of {plan.tool.catalog_date.isoformat()}" if plan.tool.catalog_date else ""
    yield f"planner {plain(plan.tool.version)}{dated}; {plain(plan.solver.name)} {plain(plan.solver.version)}"
    if plan.assumed:
        taken = ", ".join(f"{plain(key)} {assumption_words(value)}" for key, value in plan.assumed.items())
        yield f"left open by the request, and taken as: {taken}"
    yield from evidence_lines(plan.evidence)
    yield from (plain(note) for note in plan.notes)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {markdown_text(line)}" for line in lines)
