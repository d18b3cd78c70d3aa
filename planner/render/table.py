"""A plan as a page for people, readable at 60 columns and when piped."""

from planner.plan.figures import replica_accelerators
from planner.plan.profile import Profile
from planner.plan.record import Plan, Pool, WorkloadPlan
from planner.render.costs import cost_rows, energy_rows, risk_rows
from planner.render.numbers import counted, percent, short
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import plain
from planner.render.profile import alone_rows, period_rows, purchase_rows, share_rows
from planner.render.sections import METRICS, evidence_section, latency_section, memory_section, notes_section
from planner.render.sentences import (
    accelerator_words,
    decision,
    demand_words,
    group_words,
    layout_words,
    relaxation_words,
    title_words,
    why_sentences,
    workload_words,
)


def plan_table(plan: Plan, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the plan as text: the decision first, then pools, latency, memory, money, reasons and evidence."""
    page = Page(width, colour=colour)
    page.paragraph(decision(plan), indent=0, style="bold")
    _clash(page, plan)
    for workload in plan.workloads:
        _workload(page, workload, title_words(plan, workload))
    _placement(page, plan)
    _money(page, plan)
    _why(page, plan)
    evidence_section(page, plan.evidence)
    notes_section(page, plan.notes)
    _proof(page, plan)
    return page.text()


def _clash(page: Page, plan: Plan) -> None:
    if plan.status != "infeasible":
        return
    if plan.clash:
        page.heading("Cannot hold together")
        page.grid([(plain(group), group_words(group)) for group in plan.clash])
    if plan.relaxations:
        page.heading("Nearest that would do, one at a time")
        for relaxation in plan.relaxations:
            page.paragraph(relaxation_words(relaxation), bullet="- ")


def _workload(page: Page, workload: WorkloadPlan, title: str) -> None:
    page.heading(title)
    page.paragraph(demand_words(workload))
    if not workload.pools:
        bounds = [(plain(key), f"<= {short(value)}") for key, value in workload.slo.items()]
        page.grid(bounds, justify="lr")
    for number, pool in enumerate(workload.pools, start=1):
        if len(workload.pools) > 1:
            page.heading(f"Pool {number} of {workload_words(workload)}")
        page.grid(pool_facts(pool))
        latencies = {metric: getattr(pool, f"{metric}_ms") for metric in METRICS}
        latency_section(page, latencies, workload.slo)
        memory_section(page, pool.memory_per_accelerator_gib)


def pool_facts(pool: Pool) -> list[tuple[str, str]]:
    """Return name and value of what describes a pool, in words."""
    split = f"{replica_accelerators(pool)} x {accelerator_words(pool)}"
    in_use = f", {short(pool.concurrency)} in use" if pool.concurrency is not None else ""
    batch = f", {pool.max_num_batched_tokens:,} tokens a batch" if pool.max_num_batched_tokens else ""
    return [
        ("replicas", f"{pool.replicas} of {split} ({layout_words(pool)}){spread_words(pool)}"),
        ("formats", format_words(pool)),
        *quality_facts(pool),
        ("engine", f"{plain(pool.engine)}{batch}, {pool.max_concurrency:,} sequences a replica at once{in_use}"),
        ("load", f"{short(pool.requests_per_s)} of {short(pool.capacity_requests_per_s)} requests/s within the SLO"),
        ("efficiency", efficiency_words(pool.utilisation, pool.mfu, pool.mbu)),
        ("offer", offer_words(pool)),
        ("price", price_words(pool)),
    ]


def spread_words(pool: Pool) -> str:
    """``, at most 2 a node``, where nodes may be lost."""
    return f", at most {pool.replicas_per_node} a node" if pool.replicas_per_node else ""


def format_words(pool: Pool) -> str:
    """Return the formats of weights and cache, and where modules differ from the weights' format."""
    others: dict[str, list[str]] = {}
    for module, name in (pool.module_formats or {}).items():
        if name != pool.weight_format:
            others.setdefault(name, []).append(plain(module).replace("_", " "))
    apart = "; ".join(f"{', '.join(modules)} in {plain(name).upper()}" for name, modules in others.items())
    held = f"{plain(pool.weight_format).upper()} weights{f' ({apart})' if apart else ''}"
    return f"{held}, {plain(pool.kv_format).upper()} KV cache"


def quality_facts(pool: Pool) -> list[tuple[str, str]]:
    """Return what is kept of the model's quality, where anything is quantised."""
    kept = pool.quality
    if kept is None:
        return []
    if kept.recovery is None or kept.range is None:
        return [("quality", f"not known: no evaluation of {', '.join(map(plain, kept.unknown))}")]
    least, most = kept.range
    among = f"evaluations of at least {counted(kept.models, 'model')}: {least:.3f} to {most:.3f}"
    return [("quality", f"keeps {kept.recovery:.3f} of the 16-bit score ({among})")]


def efficiency_words(utilisation: float, mfu: float, mbu: float) -> str:
    """``utilisation 71 %, MFU 38 %, MBU 55 %``."""
    return f"utilisation {percent(utilisation)}, MFU {percent(mfu)}, MBU {percent(mbu)}"


def offer_words(pool: Pool) -> str:
    """``id of provider, regions, tenancy, purchase``."""
    regions = ", ".join(plain(region) for region in pool.regions)
    purchase = plain(pool.purchase).replace("_", " ")
    parts = [f"{plain(pool.offer)} of {plain(pool.provider)}", regions, plain(pool.tenancy), purchase]
    return ", ".join(part for part in parts if part)


def price_words(pool: Pool) -> str:
    """Return billing units, price of each, what it comes to, and how old the price is."""
    each = f" at {short(pool.usd_per_unit_h)} USD/h" if pool.usd_per_unit_h is not None else ""
    units = "a share of units" if pool.units is None else counted(pool.units, "unit")
    units += f" of {counted(pool.billing_unit, 'accelerator')}{each}"
    basis = f", {pool.price_basis}" if pool.price_basis else ""
    dated = f" (price of {pool.price_as_of.isoformat()}{basis})" if pool.price_as_of else ""
    return f"{units}: {short(pool.usd_per_h)} USD/h{dated}"


def _placement(page: Page, plan: Plan) -> None:
    if plan.placement is None:
        return
    page.heading("Who lies where")
    for what, holds in placement_rows(plan):
        page.paragraph(f"{what}: {holds}", bullet="- ")


def placement_rows(plan: Plan) -> list[tuple[str, str]]:
    """Return units in words, and what each of them holds."""
    several = {workload.name for workload in plan.workloads if len(workload.pools) > 1}
    rows = []
    for placed in plan.placement or ():
        groups = f"{placed.count} times " if placed.count > 1 and placed.units > 1 else ""
        units = counted(placed.units if placed.units > 1 else placed.count, "unit")
        where = f" in {plain(placed.regions[0])}" if len(placed.regions) == 1 else ""
        each = " each" if placed.count > 1 else ""
        holds = ", ".join(
            f"{share.replicas} x {plain(share.workload)}"
            + (f" (pool {share.pool + 1})" if share.workload in several else "")
            + f" on {counted(share.accelerators, 'accelerator')}"
            for share in placed.holds
        )
        rows.append((f"{groups}{units} of {plain(placed.offer)}{where}{each}", holds))
    return rows


def _money(page: Page, plan: Plan) -> None:
    totals = plan.totals
    if totals is None:
        return
    page.heading("Money")
    hardware = f"{counted(totals.accelerators, 'accelerator')} in {counted(totals.nodes, 'node')}"
    page.grid(
        [
            ("USD/h", short(totals.usd_per_h), hardware),
            ("USD per million tokens", short(totals.usd_per_mtok), "over input and output"),
            ("USD per million output tokens", short(totals.usd_per_mtok_output), "all cost charged to output"),
            *energy_rows(totals),
        ],
        justify="lrl",
    )
    if plan.profile is not None:
        _profile(page, plan.profile)
    if plan.costs is not None:
        page.heading("Where the money goes")
        page.grid(cost_rows(plan.costs), justify="lrl")
        if plan.costs.equal_risk:
            page.heading("Tenancies alone, at the same risk [USD/h]")
            header = ("", "varies by", "at this risk", "if it did not vary", "headroom")
            page.grid(risk_rows(plan.costs), header=header, justify="lrrrr")


def _profile(page: Page, profile: Profile) -> None:
    page.heading(f"Bought over {counted(profile.hours, 'hour')} [accelerators, USD/h]")
    page.grid(purchase_rows(profile), header=("", "busiest", "mean", "USD/h"), justify="lrrr")
    if profile.workloads:
        page.heading("Shared by [requests/s, accelerators]")
        page.grid(share_rows(profile), header=("", "peak", "mean", "at most", "mean"), justify="lrrrr")
    page.heading("Mean USD/h of other ways to buy")
    page.grid(alone_rows(profile), justify="lr")
    page.heading("Hours")
    page.grid(period_rows(profile), header=("requests/s", "hours", "accelerators", "USD/h"), justify="rrrr")


def _why(page: Page, plan: Plan) -> None:
    sentences = why_sentences(plan)
    if sentences:
        page.heading("Why")
    for sentence in sentences:
        page.paragraph(sentence, bullet="- ")


def _proof(page: Page, plan: Plan) -> None:
    page.blank()
    for line in proof_lines(plan):
        page.paragraph(line, indent=0, style="dim")


def proof_lines(plan: Plan) -> list[str]:
    """Return solver, objective, bound and gap, then versions and timing."""
    solver, objective = plan.solver, plan.objective
    parts = [f"{plain(solver.name)} {plain(solver.version)}: {plain(solver.status)}, seed {solver.seed}"]
    if objective.value is not None:
        parts.append(f"{plain(objective.name)} {short(objective.value)}")
    if objective.bound is not None:
        parts.append(f"bound {short(objective.bound)}")
    if objective.gap is not None:
        parts.append(f"gap {percent(objective.gap)}")
    dated = f", catalogue of {plan.tool.catalog_date.isoformat()}" if plan.tool.catalog_date else ""
    lines = [", ".join(parts), f"planner {plain(plan.tool.version)}{dated}"]
    if plan.timing:
        lines.append(", ".join(f"{plain(part)} {short(seconds)} s" for part, seconds in plan.timing.items()))
    return lines
