"""A demand over time: the mix of commitments and hired units that serves every hour at the least cost."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from planner.candidates.table import ADMITTED
from planner.pipeline.bought import COMMITTED, Bought, fixed_usd_per_h, over_all_hours, prices
from planner.pipeline.translate import offer_of, stocks_of
from planner.plan.assemble import Answer, Proof, assemble, energy_totals
from planner.plan.costs import profile_costs
from planner.plan.figures import replica_accelerators
from planner.plan.pools import Chosen
from planner.plan.power import profile_power_w
from planner.plan.profile import Alone, Profile
from planner.plan.record import Totals
from planner.solve.mix import LARGEST, PER_MILLE, Kind, MixProblem, Source, solve_mix
from planner.solve.mix import Profile as Hours
from planner.solve.problem import consumed, supplied
from planner.spec.demand import Scaling
from planner.units import MICRO, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.plan.record import Plan
    from planner.solve.mix import Mix
    from planner.spec.schema import Spec, WorkloadSpec

Ints = NDArray[np.int64]
SOLVED = {"OPTIMAL": "optimal", "FEASIBLE": "feasible", "INFEASIBLE": "infeasible", "UNKNOWN": "unknown"}
POOLS = "Pools are those of the busiest hour; totals are the mean over all hours of the profile."
SHARE_OF_TIME = 0.7
"""Of the time limit, for the mix itself; the rest is for what each way of buying would cost alone."""


@dataclass(frozen=True, eq=False)
class MixQuestion:
    """The problem, and for each source of each kind the column of the table behind it."""

    problem: MixProblem
    table: "Table"
    columns: tuple[Ints, ...]
    rates: tuple[float, ...]


def mix_question(spec: "Spec", table: "Table") -> MixQuestion:
    """Write the problem over every admitted column: columns of one row of physics are one kind of replica."""
    index = np.flatnonzero((table.rejected == ADMITTED) & (supplied(table.requests_per_s) > 0))
    order = index[np.lexsort((table.seller[index], table.row[index]))]
    starts = np.flatnonzero(np.diff(table.row[order], prepend=-1)) if len(order) else np.zeros(0, dtype=np.int64)
    kinds, columns = [], []
    plain = not spec.limits.inventory and spec.limits.max_accelerators is None
    for members in np.split(order, starts[1:]) if len(order) else ():
        sources = [_source(table, int(column)) for column in members]
        kept = [at for at in range(len(sources)) if not plain or not _beaten(sources, at)]
        kinds.append(Kind(int(supplied(table.requests_per_s[members[0]])), tuple(sources[at] for at in kept)))
        columns.append(np.asarray(members[kept]))
    rates, index, hours = np.unique(np.array(table.workload.hourly), return_inverse=True, return_counts=True)
    rates, hours, order = rates[::-1], hours[::-1], len(rates) - 1 - index.ravel()
    scaling = scaling_of(table.workload)
    budgets = [
        limits.max_usd_per_h for limits in (spec.limits, table.workload.limits) if limits.max_usd_per_h is not None
    ]
    caps = [
        limits.max_accelerators
        for limits in (spec.limits, table.workload.limits)
        if limits.max_accelerators is not None
    ]
    problem = MixProblem(
        Hours(
            np.asarray(consumed(np.full_like(rates, rates[0]) if scaling.fixed else rates)),
            np.asarray(hours, dtype=np.int64),
            np.asarray(order, dtype=np.int64),
            scaling.start_up_s / SECONDS_PER_HOUR,
        ),
        tuple(kinds),
        stocks_of(spec, table.sellers),
        max_accelerators=min(caps, default=None),
        max_cost_uusd_per_h=int(supplied(min(budgets))) if budgets else None,
        spot_loss=round(spec.prices.spot.interruption_share * PER_MILLE),
        spot_most=round(spec.prices.spot.max_share * PER_MILLE),
        least=scaling.min_replicas,
    )
    return MixQuestion(problem, table, tuple(columns), tuple(float(rate) for rate in rates))


def scaling_of(workload: "WorkloadSpec") -> Scaling:
    """Return how a workload's capacity follows its demand."""
    demand = workload.workload.demand
    return Scaling() if demand is None else demand.scaling


def _source(table: "Table", column: int) -> Source:
    seller = table.sellers[table.seller[column]]
    size, unit = int(table.accelerators[column]), seller.offer.unit_accelerators
    replicas, units = max(unit // size, 1), -(-size // unit)
    return Source(
        seller.key,
        offer_of(seller),
        replicas,
        units * unit,
        units * int(consumed(seller.price.usd_per_unit_h)),
        committed=seller.price.purchase in COMMITTED,
        spot=seller.price.purchase == "spot",
        most=LARGEST if seller.stock is None else seller.stock // (units * unit),
    )


def _beaten(sources: list[Source], at: int) -> bool:
    """Whether another source of the same class gives the same replicas for no more, in steps that are no larger."""
    mine = sources[at]
    for other_at, other in enumerate(sources):
        if (other.committed, other.spot) != (mine.committed, mine.spot) or other.most < LARGEST or other_at == at:
            continue
        steps = -(-mine.replicas // other.replicas)
        cost = steps * other.cost_uusd_per_h
        if other.replicas <= mine.replicas and (cost, other_at) < (mine.cost_uusd_per_h, at):
            return True
    return False


def solve_profile(spec: "Spec", table: "Table", time_limit_s: float, *, costs: bool = False) -> "Plan":
    """Return the plan over the profile: pools at the busiest hour, money over all hours."""
    asked = mix_question(spec, table)
    deadline = time.monotonic() + time_limit_s
    effort = {"seed": spec.seed, "workers": spec.workers}
    mix = solve_mix(asked.problem, time_limit_s=time_limit_s * SHARE_OF_TIME, **effort)
    answer = _answer(asked, mix)
    plan = assemble(spec, table.catalog, (table,), answer)
    if mix.kind < 0:
        note = "The busiest hour can be served, but by no mix of these purchase options within prices.spot."
        return plan.model_copy(update={"clash": ("prices.spot",), "notes": (*plan.notes, note)})
    alone = tuple(_alone(asked, name, max(deadline - time.monotonic(), 1.0), spec) for name in _purchases(asked))
    profile = _profile(asked, mix, alone)
    plan = _over_all_hours(plan, table, profile, mix)
    if not (costs or plan.costs):
        return plan
    return plan.model_copy(update={"costs": profile_costs(spec, table, profile, answer.chosen[0])})


def _purchases(asked: MixQuestion) -> list[str]:
    return sorted({source.offer.purchase for kind in asked.problem.kinds for source in kind.sources})


def _alone(asked: MixQuestion, purchase: str, time_limit_s: float, spec: "Spec") -> Alone:
    kinds = tuple(
        Kind(kind.capacity_urps, tuple(s for s in kind.sources if s.offer.purchase == purchase))
        for kind in asked.problem.kinds
    )
    only = replace(asked.problem, kinds=tuple(kind for kind in kinds if kind.sources))
    found = solve_mix(only, time_limit_s=time_limit_s, seed=spec.seed, workers=spec.workers)
    return Alone(purchase=purchase, usd_per_h=None if found.kind < 0 else _mean(asked, found.cost_uusd))


def _mean(asked: MixQuestion, cost_uusd: int) -> float:
    return cost_uusd / MICRO / float(asked.problem.profile.hours.sum())


def _answer(asked: MixQuestion, mix: "Mix") -> Answer:
    """Read the busiest hour back into pools: every replica that is paid for carries its share."""
    from importlib.metadata import version  # noqa: PLC0415

    stage = ("cost", mix.cost_uusd, mix.bound_uusd, (mix.cost_uusd - mix.bound_uusd) / max(mix.cost_uusd, 1))
    solver = ("CP-SAT", version("ortools"), mix.status, asked.table.spec.seed)
    if mix.kind < 0:
        return Answer(Proof(SOLVED[mix.status], (), solver))
    kind, columns = asked.problem.kinds[mix.kind], asked.columns[mix.kind]
    proof = Proof(SOLVED[mix.status], (stage,), solver)
    busiest = mix.steps[:, 0].tolist()
    replicas = [steps * source.replicas for steps, source in zip(busiest, kind.sources, strict=True)]
    chosen = tuple(
        Chosen(int(column), count, asked.table.demand * count / sum(replicas))
        for column, count in zip(columns, replicas, strict=True)
        if count
    )
    units = tuple(
        (asked.table.sellers[asked.table.seller[column]], steps * source.accelerators // source.offer.accelerators)
        for column, steps, source in zip(columns, busiest, kind.sources, strict=True)
        if steps
    )
    return Answer(proof, (chosen,), units)


def _profile(asked: MixQuestion, mix: "Mix", alone: tuple[Alone, ...]) -> Profile:
    kind, rates = asked.problem.kinds[mix.kind], np.array(asked.rates)
    bought = Bought.of(kind.sources, mix.steps, asked.problem.profile)
    replicas = np.array([source.replicas for source in bought.sources]) @ bought.steps
    peak = float(bought.usd_of_period[0])
    return Profile(
        hours=int(bought.hours),
        peak_requests_per_s=asked.rates[0],
        mean_requests_per_s=float(rates @ bought.over.hours) / bought.hours,
        capacity_requests_per_s=kind.capacity_urps / MICRO,
        usd_per_h=bought.usd_per_h,
        start_usd_per_h=bought.start_usd_per_h,
        peak_usd_per_h=peak,
        fixed_usd_per_h=fixed_usd_per_h(alone, peak),
        purchases=bought.purchases(replicas=True),
        periods=bought.periods(rates, replicas),
        order=tuple(bought.over.order.tolist()),
        alone=alone,
    )


def _over_all_hours(plan: "Plan", table: "Table", profile: Profile, mix: "Mix") -> "Plan":
    """Return the plan with its money over all hours: everything paid over everything served."""
    assert plan.totals is not None
    requests = float(np.mean(table.workload.hourly)) * SECONDS_PER_HOUR
    output = requests * table.workload.lengths.mean_output_tokens
    tokens = requests * table.workload.lengths.mean_input_tokens + output
    totals = Totals(
        accelerators=plan.totals.accelerators,
        nodes=plan.totals.nodes,
        **prices(profile.usd_per_h, tokens, output),
        **_energy(plan, table, profile, tokens),
    )
    return over_all_hours(plan, profile, totals, mix, POOLS)


def _energy(plan: "Plan", table: "Table", profile: Profile, tokens_per_h: float) -> dict[str, Any]:
    """Power and energy as means over all hours."""
    pool = plan.workloads[0].pools[0]
    named = (pool.offer, pool.purchase)
    seller = next(each for each in table.sellers if (each.offer.id, each.price.purchase) == named)
    most = table.workload.limits.max_utilisation
    power = profile_power_w(seller, table.catalog, profile, replica_accelerators(pool), most)
    return energy_totals([power], tokens_per_h)
