"""Several workloads over one profile: what they buy together, and each one's part of it, as a plan."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.pipeline.bought import Bought, fixed_usd_per_h, over_all_hours, prices
from planner.pipeline.joint_markets import JointQuestion, joint_question
from planner.pipeline.profile import SHARE_OF_TIME, SOLVED
from planner.plan.assemble import Answer, Proof, assemble, energy_totals
from planner.plan.joint_costs import joint_costs
from planner.plan.pools import Chosen, nodes_of, units_of
from planner.plan.power import joint_power_w
from planner.plan.profile import Alone, Profile, Share
from planner.plan.record import Totals
from planner.solve.joint_mix import solve_joint_mix
from planner.solve.joint_ways import Market
from planner.units import MICRO, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.sellers import Seller
    from planner.candidates.table import Table
    from planner.plan.record import Plan
    from planner.solve.joint_model import JointMix
    from planner.solve.mix import Source
    from planner.spec.schema import Spec

POOLS = (
    "Pools are those of each workload's busiest hour, priced in whole units as if alone; what is bought together "
    "stands under `profile`, and totals are the mean over all hours."
)


def solve_joint_profile(
    spec: "Spec", tables: "tuple[Table, ...]", time_limit_s: float, *, costs: bool = False
) -> "Plan":
    """Return the plan over the profile: each workload's pools at its busiest hour, money over all hours."""
    asked = joint_question(spec, tables)
    deadline = time.monotonic() + time_limit_s
    mix = solve_joint_mix(
        asked.problem, time_limit_s=time_limit_s * SHARE_OF_TIME, seed=spec.seed, workers=spec.workers
    )
    answer = _answer(asked, mix)
    plan = assemble(spec, tables[0].catalog, tables, answer)
    if not mix.way:
        note = "Each workload's busiest hour can be served, but by no mix of these purchase options together."
        clash = {"clash": ("prices.spot",), "notes": (*plan.notes, note)} if mix.status == "INFEASIBLE" else {}
        return plan.model_copy(update=clash)
    ways = sorted({source.offer.purchase for market in asked.problem.markets for source in market.sources})
    alone = []
    for at, name in enumerate(ways):
        left = max(deadline - time.monotonic(), 1.0) / (len(ways) - at)
        alone.append(_alone(asked, name, left, spec))
    profile = _profile(asked, mix, tuple(alone))
    plan = _over_all_hours(plan, asked, profile, mix)
    if not (costs or plan.costs):
        return plan
    return plan.model_copy(update={"costs": joint_costs(spec, tables, profile, answer.chosen)})


def _alone(asked: JointQuestion, purchase: str, time_limit_s: float, spec: "Spec") -> Alone:
    """Return the least cost with one way of buying only."""
    markets = tuple(_only(market, purchase) for market in asked.problem.markets)
    served = tuple(
        replace(each, ways=tuple(way for way in each.ways if markets[way.market].holding(way.size)))
        for each in asked.problem.served
    )
    only = replace(asked.problem, markets=markets, served=served)
    found = solve_joint_mix(only, time_limit_s=time_limit_s, seed=spec.seed, workers=spec.workers)
    hours = float(asked.problem.profile.hours.sum())
    return Alone(purchase=purchase, usd_per_h=found.cost_uusd / MICRO / hours if found.way else None)


def _only(market: Market, purchase: str) -> Market:
    """Return the market with the sources of one way to buy."""
    kept = [at for at, source in enumerate(market.sources) if source.offer.purchase == purchase]
    place = {at: new for new, at in enumerate(kept)}
    fits = tuple((size, tuple(place[at] for at in places if at in place)) for size, places in market.fits)
    return Market(tuple(market.sources[at] for at in kept), fits)


def _answer(asked: JointQuestion, mix: "JointMix") -> Answer:
    """Read each workload's busiest period back into pools, in whole units as if it were alone."""
    from importlib.metadata import version  # noqa: PLC0415

    solver = ("CP-SAT", version("ortools"), mix.status, asked.tables[0].spec.seed)
    if not mix.way:
        return Answer(Proof(SOLVED[mix.status], (), solver))
    gap = (mix.cost_uusd - mix.bound_uusd) / max(mix.cost_uusd, 1)
    proof = Proof(SOLVED[mix.status], (("cost", mix.cost_uusd, mix.bound_uusd, gap),), solver)
    chosen: list[tuple[Chosen, ...]] = []
    units: dict[Seller, int] = {}
    for w, table in enumerate(asked.tables):
        peak = int(asked.rates[w].argmax())
        placed = _placed(asked, mix, peak)[w]
        total = sum(placed.values())
        row = asked.rows[w][mix.way[w]]
        pools = []
        for seller, count in placed.items():
            at = next(i for i in np.flatnonzero(table.row == row) if table.sellers[table.seller[i]].key == seller.key)
            pools.append(Chosen(int(at), count, float(asked.rates[w, peak]) * count / total))
            units[seller] = units.get(seller, 0) + units_of(seller, int(table.accelerators[at]), count)
        chosen.append(tuple(pools))
    return Answer(proof, tuple(chosen), tuple(units.items()))


def _placed(asked: JointQuestion, mix: "JointMix", t: int) -> "list[dict[Seller, int]]":
    """Return where the replicas of every workload lie in a period, the largest first; what divides packs whole."""
    offsets = np.cumsum([0, *(len(market.sources) for market in asked.problem.markets)])
    free = [int(n) * s.replicas for n, s in zip(mix.steps[:, t], _sources(asked), strict=True)]
    ways = [served.ways[k] for served, k in zip(asked.problem.served, mix.way, strict=True)]
    placed: list[dict[Seller, int]] = [{} for _ in ways]
    for w in sorted(range(len(ways)), key=lambda each: (-ways[each].size, each)):
        way, market = ways[w], asked.problem.markets[ways[w].market]
        places = market.holding(way.size)
        on_spot = int(mix.spot[w, t])
        for part, spots in ((on_spot, (True,)), (int(mix.replicas[w, t]) - on_spot, _firm(asked))):
            left = part
            for at in sorted(places, key=lambda each: not market.sources[each].committed):
                slot = int(offsets[way.market]) + at
                count = min(left, free[slot] // way.size) if market.sources[at].spot in spots else 0
                if count:
                    seller = asked.sellers[way.market][at]
                    placed[w][seller] = placed[w].get(seller, 0) + count
                    free[slot] -= count * way.size
                    left -= count
    return placed


def _firm(asked: JointQuestion) -> tuple[bool, ...]:
    """Which of spot and not spot serves what is not set apart for spot."""
    return (False,) if asked.problem.discounted else (False, True)


def _sources(asked: JointQuestion) -> "list[Source]":
    return [source for market in asked.problem.markets for source in market.sources]


def _profile(asked: JointQuestion, mix: "JointMix", alone: tuple[Alone, ...]) -> Profile:
    bought = Bought.of(_sources(asked), mix.steps, asked.problem.profile)
    demand = asked.rates.sum(axis=0)
    return Profile(
        hours=int(bought.hours),
        peak_requests_per_s=float(demand.max()),
        mean_requests_per_s=float(demand @ bought.over.hours) / bought.hours,
        usd_per_h=bought.usd_per_h,
        start_usd_per_h=bought.start_usd_per_h,
        peak_usd_per_h=float(bought.usd_of_period.max()),
        fixed_usd_per_h=fixed_usd_per_h(alone, float(bought.steps.max(axis=1) @ bought.usd_per_step_h)),
        purchases=bought.purchases(replicas=False),
        periods=bought.periods(demand, mix.replicas.sum(axis=0)),
        order=tuple(bought.over.order.tolist()),
        workloads=tuple(_share(asked, mix, w) for w in range(len(asked.tables))),
        alone=alone,
    )


def _share(asked: JointQuestion, mix: "JointMix", w: int) -> Share:
    served, hours, rates = asked.problem.served[w], asked.problem.profile.hours, asked.rates[w]
    row, physical = asked.rows[w][mix.way[w]], asked.tables[w].physical
    assert physical is not None
    return Share(
        name=served.name,
        peak_requests_per_s=float(rates.max()),
        mean_requests_per_s=float(rates @ hours) / float(hours.sum()),
        capacity_requests_per_s=served.ways[mix.way[w]].capacity_urps / MICRO,
        accelerators_per_replica=int(physical.layout.accelerators[row]),
        requests_per_s=tuple(rates.tolist()),
        replicas=tuple(mix.replicas[w].tolist()),
        spot_replicas=tuple(mix.spot[w].tolist()) if mix.spot[w].any() else None,
    )


def _over_all_hours(plan: "Plan", asked: JointQuestion, profile: Profile, mix: "JointMix") -> "Plan":
    """Return the plan with its money over all hours: everything paid over everything served."""
    assert profile.workloads is not None
    tokens = output = 0.0
    for table, share in zip(asked.tables, profile.workloads, strict=True):
        requests, lengths = share.mean_requests_per_s * SECONDS_PER_HOUR, table.workload.lengths
        tokens += requests * (lengths.mean_input_tokens + lengths.mean_output_tokens)
        output += requests * lengths.mean_output_tokens
    dearest = max(profile.periods, key=lambda period: period.usd_per_h)
    sold = {(s.offer.id, str(s.price.purchase)): s for each in asked.sellers for s in each}
    units = [
        (sold[p.offer, p.purchase], n * p.accelerators_per_step // sold[p.offer, p.purchase].offer.unit_accelerators)
        for p, n in zip(profile.purchases, dearest.steps, strict=True)
    ]
    totals = Totals(
        accelerators=dearest.accelerators,
        nodes=sum(nodes_of(seller, count) for seller, count in units),
        **prices(profile.usd_per_h, tokens, output),
        **energy_totals([joint_power_w(plan, profile, asked.tables, sold)], tokens),
    )
    return over_all_hours(plan, profile, totals, mix, POOLS)
