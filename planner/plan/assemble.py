"""From the columns chosen to the plan: pools, totals, evidence, explanation. Computes no physics of its own."""

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from planner.plan.ages import price_notes, undated_notes
from planner.plan.costs import costs
from planner.plan.evidence import evidence
from planner.plan.figures import significant
from planner.plan.placement import lies, placement
from planner.plan.pools import Chosen, Held, nodes_of, pool, power_of
from planner.plan.precision import format_notes
from planner.plan.record import (
    Demand,
    Objective,
    Plan,
    Pool,
    Relaxation,
    Solver,
    Totals,
    WorkloadPlan,
)
from planner.plan.tool import catalog_date, tool_of
from planner.plan.why import Explanation
from planner.units import MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.candidates.sellers import Seller
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.spec.schema import Spec, WorkloadSpec


@dataclass(frozen=True)
class Proof:
    """What the solver proved: status, (name, value, bound, gap) of each objective, (name, version, status, seed)."""

    status: str
    stages: tuple[tuple[str, int, int, float], ...]
    solver: tuple[str, str, str, int]


@dataclass(frozen=True)
class Answer:
    """Everything that a plan is assembled from; ``chosen`` per workload, ``units`` bought by seller, who lies where."""

    proof: Proof
    chosen: tuple[tuple[Chosen, ...], ...] = ()
    units: "tuple[tuple[Seller, int], ...]" = ()
    arrangement: tuple[Held, ...] = ()
    explanation: Explanation = field(default_factory=Explanation)
    clash: tuple[str, ...] | None = None
    relaxations: tuple[Relaxation, ...] | None = None
    notes: tuple[str, ...] = ()
    timing: dict[str, float] | None = None
    priced: bool = False
    """Whether to say where the money goes."""

    def with_timing(self, seconds: dict[str, float]) -> "Answer":
        """Return the answer with the time that each part took [s]."""
        return replace(self, timing=seconds)


def assemble(spec: "Spec", catalog: "Catalog", tables: "tuple[Table, ...]", answer: Answer) -> Plan:
    """Return the plan document of an answer."""
    pools = _pools(tables, answer)
    workloads = tuple(
        WorkloadPlan(
            name=table.workload.name,
            model=table.workload.model_id,
            demand=_demand(table),
            slo={bound.key: bound.limit_s * 1e3 for bound in table.workload.slo.bounds()},
            pools=pools[index] if pools else (),
        )
        for index, table in enumerate(tables)
    )
    totals = _totals(tables, answer, pools) if pools else None
    name, version, status, seed = answer.proof.solver
    return Plan(
        status=answer.proof.status,
        objective=_objective(spec, totals, answer.proof),
        totals=totals,
        costs=costs(spec, tables, answer.chosen, pools) if pools and (answer.priced or _loaded(spec)) else None,
        workloads=workloads,
        placement=placement(tables, answer.chosen, answer.arrangement),
        clash=answer.clash,
        relaxations=answer.relaxations,
        evidence=evidence(catalog, tables, answer.chosen) if pools else (),
        explanation=answer.explanation,
        notes=(*answer.notes, *(_notes(spec, catalog, tables, answer, pools) if pools else ())),
        input=dict(spec.document) or None,
        assumed=dict(spec.assumed) or None,
        files=dict(spec.files) or None,
        solver=Solver(name=name, version=version, status=status, seed=seed),
        tool=tool_of(catalog),
        timing=answer.timing,
    )


def _notes(
    spec: "Spec", catalog: "Catalog", tables: "tuple[Table, ...]", answer: Answer, pools: tuple[tuple[Pool, ...], ...]
) -> tuple[str, ...]:
    """Say what the formats and the prices of the plan leave open."""
    on = spec.prices.as_of or catalog.as_of or catalog_date(catalog)
    notes = format_notes(tables, answer.chosen), undated_notes(tables, answer.chosen), price_notes(pools, on)
    return tuple(chain.from_iterable(notes))


def _loaded(spec: "Spec") -> bool:
    """Whether there are overheads, so that compute is not all that is paid."""
    return bool(spec.overheads.usd_per_month or spec.overheads.share_of_compute)


def _demand(table: "Table") -> Demand:
    lengths = table.workload.lengths
    return Demand(
        requests_per_s=table.demand,
        input_tokens=lengths.mean_input_tokens,
        output_tokens=lengths.mean_output_tokens,
        cached_input_tokens=lengths.cached_input_tokens or None,
    )


def _pools(tables: "tuple[Table, ...]", answer: Answer) -> tuple[tuple[Pool, ...], ...]:
    """Pools of each workload; those that share units with others pay for their part of what lies in each."""
    lying = lies(tables, answer.chosen, answer.arrangement)
    result = []
    for w, (table, chosen) in enumerate(zip(tables, answer.chosen, strict=False)):
        made = []
        for at, each in enumerate(chosen):
            held = lying.get((w, at))
            record = pool(table, each, None if held is None else held.units)
            if held is not None and held.shared:
                mine = int(table.accelerators[each.column]) * each.replicas
                record = _sharing(record, mine, held.usd_per_h)
                power = power_of(table, each, held.accelerators)
                record = record.model_copy(update={"power_w": None if power is None else significant(power)})
            made.append(record)
        result.append(tuple(made))
    return tuple(result)


def _sharing(record: Pool, accelerators: int, usd_per_h: float) -> Pool:
    """Return a pool that shares its billing units: it pays by the accelerators that it uses."""
    paid = {"accelerators": accelerators, "usd_per_h": significant(usd_per_h), "units": None}
    return record.model_copy(update=paid)


def served_tokens_per_h(workload: "WorkloadSpec", requests_per_s: float) -> tuple[float, float]:
    """Return input + output tokens, and output tokens alone, in an hour."""
    lengths = workload.lengths
    both = lengths.mean_input_tokens + lengths.mean_output_tokens
    return requests_per_s * both * SECONDS_PER_HOUR, requests_per_s * lengths.mean_output_tokens * SECONDS_PER_HOUR


def _totals(tables: "tuple[Table, ...]", answer: Answer, pools: tuple[tuple[Pool, ...], ...]) -> Totals:
    usd = sum(seller.price.usd_per_unit_h * count for seller, count in answer.units)
    accelerators = sum(seller.offer.unit_accelerators * count for seller, count in answer.units)
    nodes = sum(nodes_of(seller, count) for seller, count in answer.units)
    tokens = [served_tokens_per_h(table.workload, table.demand) for table in tables]
    both, output = (sum(each[k] for each in tokens) for k in (0, 1))
    return Totals(
        accelerators=accelerators,
        nodes=nodes,
        usd_per_h=usd,
        usd_per_mtok=usd / both * MTOK,
        usd_per_mtok_output=usd / output * MTOK,
        **energy_totals([pool.power_w for each in pools for pool in each], both),
    )


def energy_totals(powers: "Sequence[float | None]", tokens_per_h: float) -> dict[str, Any]:
    """Return the fields of the totals that tell power and energy; none where a power is not known."""
    known = [power for power in powers if power is not None]
    if len(known) < len(powers):
        return {}
    total = sum(known)
    return {"power_w": total, "energy_wh_per_mtok": total / tokens_per_h * MTOK, "power_basis": "estimated"}


def _objective(spec: "Spec", totals: Totals | None, proof: Proof) -> Objective:
    """Objectives in the request's own units; the bound of cost keeps its ratio to the value."""
    if totals is None or not proof.stages:
        return Objective(name=spec.objective[0])
    by_name = {name: (value, bound, gap) for name, value, bound, gap in proof.stages}
    made = []
    for name in spec.objective:
        value, bound, gap = by_name[{"usd_per_mtok": "cost", "usd_per_h": "cost"}.get(name, name)]
        shown = _in_totals(totals).get(name, _shown(name, value))
        share = bound / value if value else 1.0
        made.append(Objective(name=name, value=shown, bound=shown * min(share, 1.0), gap=gap))
    first, rest = made[0], tuple(made[1:])
    return first.model_copy(update={"then": rest}) if rest else first


def _in_totals(totals: Totals) -> dict[str, float]:
    """Objectives whose value stands in the totals; energy is what a million tokens take [Wh]."""
    energy = totals.energy_wh_per_mtok
    known = {} if energy is None else {"energy": energy}
    return {"usd_per_mtok": totals.usd_per_mtok, "usd_per_h": totals.usd_per_h, **known}


def _shown(name: str, value: int) -> float:
    """Time to first token in ms, quality as the share that is lost, accelerators as they are."""
    return value / {"ttft": 1e3, "quality": 1e6}.get(name, 1.0)
