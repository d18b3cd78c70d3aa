"""Several workloads over one profile: what they buy together, and each one's part of it, as a plan."""

import time
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from planner.pipeline.joint_markets import JointQuestion, joint_question
from planner.pipeline.profile import COMMITTED, SHARE_OF_TIME, SOLVED
from planner.plan.assemble import Answer, Proof, assemble, energy_totals
from planner.plan.joint_costs import joint_costs
from planner.plan.pools import Chosen, nodes_of, units_of
from planner.plan.power import joint_power_w
from planner.plan.profile import Alone, Period, Profile, Purchase, Share
from planner.solve.joint_mix import solve_joint_mix
from planner.solve.joint_ways import Market
from planner.units import MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.sellers import Seller
    from planner.candidates.table import Table
    from planner.plan.record import Plan
    from planner.solve.joint_model import JointMix
    from planner.solve.mix import Source
    from planner.solve.problem import Ints
    from planner.spec.schema import Spec

MICRO = 1e6


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
    hours, every = asked.problem.profile.hours, _sources(asked)
    used = [at for at in range(len(every)) if mix.steps[at].any()]
    sources, steps = [every[at] for at in used], mix.steps[used]
    price = np.array([source.cost_uusd_per_h for source in sources]) / MICRO
    accelerators = steps.T @ np.array([source.accelerators for source in sources])
    each, whole = steps.T @ price, float(hours.sum())
    starts = _starting_usd(asked, sources, steps) / whole if asked.problem.profile.start_share else None
    replicas = mix.replicas.sum(axis=0)
    committed = [o.usd_per_h for o in alone if o.purchase in COMMITTED and o.usd_per_h is not None]
    return Profile(
        hours=int(whole),
        peak_requests_per_s=float(asked.rates.sum(axis=0).max()),
        mean_requests_per_s=float(asked.rates.sum(axis=0) @ hours) / whole,
        usd_per_h=float(each @ hours) / whole + (starts or 0.0),
        start_usd_per_h=starts,
        peak_usd_per_h=float(each.max()),
        fixed_usd_per_h=min([float(steps.max(axis=1) @ price), *committed]),
        purchases=tuple(_purchase(source, row, hours) for source, row in zip(sources, steps, strict=True)),
        periods=tuple(
            Period(
                requests_per_s=float(asked.rates[:, t].sum()),
                hours=int(hours[t]),
                steps=tuple(steps[:, t].tolist()),
                replicas=int(replicas[t]),
                accelerators=int(accelerators[t]),
                usd_per_h=float(each[t]),
            )
            for t in range(len(hours))
        ),
        order=tuple(asked.problem.profile.order.tolist()),
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


def _starting_usd(asked: JointQuestion, sources: "list[Source]", steps: "Ints") -> float:
    profile = asked.problem.profile
    begun = (
        profile.starts(row) * ceil(source.cost_uusd_per_h * profile.start_share)
        for source, row in zip(sources, steps, strict=True)
        if not source.committed
    )
    return sum(begun) / MICRO


def _purchase(source: "Source", steps: "Ints", hours: "Ints") -> Purchase:
    mean = float(steps @ hours) / float(hours.sum())
    return Purchase(
        offer=source.offer.name,
        provider=source.offer.provider,
        purchase=source.offer.purchase,
        committed=source.committed,
        accelerators_per_step=source.accelerators,
        usd_per_step_h=source.cost_uusd_per_h / MICRO,
        most_steps=int(steps.max()),
        mean_steps=mean,
        usd_per_h=mean * source.cost_uusd_per_h / MICRO,
    )


def _over_all_hours(plan: "Plan", asked: JointQuestion, profile: Profile, mix: "JointMix") -> "Plan":
    """Return the plan with its money over all hours: everything paid over everything served."""
    assert plan.totals is not None
    assert profile.workloads is not None
    both = output = 0.0
    for table, share in zip(asked.tables, profile.workloads, strict=True):
        requests, lengths = share.mean_requests_per_s * SECONDS_PER_HOUR, table.workload.lengths
        both += requests * (lengths.mean_input_tokens + lengths.mean_output_tokens)
        output += requests * lengths.mean_output_tokens
    dearest = max(profile.periods, key=lambda period: period.usd_per_h)
    sold = {(s.offer.id, str(s.price.purchase)): s for each in asked.sellers for s in each}
    bought = [
        (sold[p.offer, p.purchase], n * p.accelerators_per_step // sold[p.offer, p.purchase].offer.unit_accelerators)
        for p, n in zip(profile.purchases, dearest.steps, strict=True)
    ]
    totals = type(plan.totals)(
        accelerators=dearest.accelerators,
        nodes=sum(nodes_of(seller, units) for seller, units in bought),
        usd_per_h=profile.usd_per_h,
        usd_per_mtok=profile.usd_per_h / both * MTOK,
        usd_per_mtok_output=profile.usd_per_h / output * MTOK,
        **energy_totals([joint_power_w(plan, profile, asked.tables, sold)], both),
    )
    value = {"usd_per_mtok": totals.usd_per_mtok, "usd_per_h": totals.usd_per_h}[plan.objective.name]
    share_of = mix.bound_uusd / mix.cost_uusd if mix.cost_uusd else 1.0
    objective = plan.objective.model_copy(update={"value": value, "bound": min(value * share_of, value)})
    notes = (*plan.notes, *_notes(profile))
    return plan.model_copy(update={"totals": totals, "objective": objective, "profile": profile, "notes": notes})


def _notes(profile: Profile) -> "tuple[str, ...]":
    """Say what the figures mean, and what was taken as given."""
    pools = "Pools are those of each workload's busiest hour, priced in whole units as if alone"
    said = [f"{pools}; what is bought together stands under `profile`, and totals are the mean over all hours."]
    if any(purchase.purchase == "spot" for purchase in profile.purchases):
        said.append("Spot counts for what prices.spot says of interruptions; without it for as much as any other.")
    if profile.start_usd_per_h is not None:
        said.append("A unit that is hired is paid for while it starts; the hour that it serves in begins after that.")
    return tuple(said)
