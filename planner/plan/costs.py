"""Where the money goes: what tokens of each kind cost, and what is used, kept free, idle and spare.

An engine's time goes to prompts and to decode steps: a request occupies it for ``E + Lout T_d / b`` (its prompt, and
its part of the steps that it decodes in), so prompts take the share ``1 - T_d / TPOT`` of the cost, outputs the rest.
"""

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from planner.perf.capacity import at_rate
from planner.perf.interleaving import flow
from planner.plan.money import Costs, Spend, TokenPrices, WithOverheads
from planner.plan.pools import service_row
from planner.units import HOURS_PER_MONTH, MTOK, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.candidates.table import Table
    from planner.plan.pools import Chosen
    from planner.plan.profile import Profile
    from planner.plan.record import Pool
    from planner.spec.prices import Overheads
    from planner.spec.schema import Spec


@dataclass(frozen=True)
class Bill:
    """One pool's money [USD/h] and the tokens of an hour that it pays for."""

    usd_per_h: float
    input_share: float
    used: float
    headroom: float
    spare: float
    input_tokens: float
    output_tokens: float
    requests: float

    @property
    def idle(self) -> float:
        """What nothing else accounts for."""
        return self.usd_per_h - self.used - self.headroom - self.spare


def costs(
    spec: "Spec",
    tables: "tuple[Table, ...]",
    chosen: "tuple[tuple[Chosen, ...], ...]",
    pools: "tuple[tuple[Pool, ...], ...]",
) -> Costs:
    """Return what the pools of a plan cost, over what they serve."""
    bills = [
        bill(table, each, record)
        for table, picked, records in zip(tables, chosen, pools, strict=True)
        for each, record in zip(picked, records, strict=True)
    ]
    usd = sum(each.usd_per_h for each in bills)
    tokens = (sum(each.input_tokens for each in bills), sum(each.output_tokens for each in bills))
    blended = usd / sum(tokens) * MTOK
    prompts = sum(each.usd_per_h * each.input_share for each in bills)
    requests = sum(each.requests for each in bills)
    return Costs(
        usd_per_mtok=TokenPrices(
            input=prompts / tokens[0] * MTOK, output=(usd - prompts) / tokens[1] * MTOK, blended=blended
        ),
        usd_per_request=usd / requests if len(tables) == 1 else None,
        usd_per_h=usd,
        usd_per_month=usd * HOURS_PER_MONTH,
        usd_of_month=Spend(
            **{
                name: sum(getattr(each, name) for each in bills) * HOURS_PER_MONTH
                for name in ("used", "headroom", "spare", "idle")
            }
        ),
        overheads=with_overheads(spec.overheads, usd, sum(tokens)),
    )


def with_overheads(overheads: "Overheads", usd_per_h: float, tokens_per_h: float) -> WithOverheads | None:
    """Return the overheads and the totals with them; ``None`` where there are none."""
    if not (overheads.usd_per_month or overheads.share_of_compute):
        return None
    month = usd_per_h * HOURS_PER_MONTH
    added = overheads.usd_per_month + overheads.share_of_compute * month
    hour = (month + added) / HOURS_PER_MONTH
    return WithOverheads(
        usd_per_month=added,
        total_usd_per_h=hour,
        total_usd_per_month=month + added,
        total_usd_per_mtok=hour / tokens_per_h * MTOK,
    )


def bill(table: "Table", chosen: "Chosen", record: "Pool") -> Bill:
    """Return one pool's money: by kind of token, and by what it buys."""
    lengths, limits = table.workload.lengths, table.workload.limits
    load, whole = chosen.requests_per_s, record.capacity_requests_per_s
    size = int(table.accelerators[chosen.column])
    paid = record.usd_per_h * min(chosen.replicas * size / record.accelerators, 1.0)
    most = 1.0 if table.fixed_demand is not None else limits.max_utilisation
    needed = ceil(load / (whole / chosen.replicas * most) * (1.0 - 1e-9))
    surplus = chosen.replicas - needed if getattr(limits, "survive", None) is not None else 0
    used = paid * min(load / whole, 1.0)
    spare = paid * max(surplus, 0) / chosen.replicas
    free = max(record.usd_per_h - used - spare, 0.0)
    return Bill(
        usd_per_h=record.usd_per_h,
        input_share=input_share(table, chosen),
        used=used,
        headroom=min(used * (1.0 / most - 1.0), free),
        spare=spare,
        input_tokens=load * lengths.mean_input_tokens * SECONDS_PER_HOUR,
        output_tokens=load * lengths.mean_output_tokens * SECONDS_PER_HOUR,
        requests=load * SECONDS_PER_HOUR,
    )


def input_share(table: "Table", chosen: "Chosen") -> float:
    """Return the share of the engine's time that prompts take at the load carried."""
    assert table.physical is not None
    service = service_row(table.physical, int(table.row[chosen.column]))
    load = at_rate(service, np.array([chosen.requests_per_s / chosen.replicas]))
    at = flow(service, load.batch)
    prompt_s = load.batch * at.stretch_s / max(table.workload.lengths.mean_output_tokens, 1.0)
    return float((prompt_s / at.tpot_s)[0])


def profile_costs(spec: "Spec", table: "Table", profile: "Profile", chosen: "tuple[Chosen, ...]") -> Costs:
    """Return the same over a demand that changes: means over its hours, tokens priced as in the busiest."""
    lengths, most = table.workload.lengths, table.workload.limits.max_utilisation
    size = int(table.accelerators[chosen[0].column])
    assert profile.capacity_requests_per_s is not None
    spent = dict.fromkeys(("used", "headroom", "spare"), 0.0)
    spent["idle"] = (profile.start_usd_per_h or 0.0) * HOURS_PER_MONTH
    for period in profile.periods:
        share = period.hours / profile.hours
        filled = min(period.replicas * size / period.accelerators, 1.0) if period.accelerators else 0.0
        whole = period.replicas * profile.capacity_requests_per_s / most
        used = period.usd_per_h * filled * min(period.requests_per_s / whole, 1.0) if whole else 0.0
        headroom = min(used * (1.0 / most - 1.0), period.usd_per_h - used)
        for name, usd in (("used", used), ("headroom", headroom), ("idle", period.usd_per_h - used - headroom)):
            spent[name] += usd * share * HOURS_PER_MONTH
    usd, requests = profile.usd_per_h, profile.mean_requests_per_s * SECONDS_PER_HOUR
    prompts, outputs = requests * lengths.mean_input_tokens, requests * lengths.mean_output_tokens
    share = input_share(table, chosen[0])
    return Costs(
        usd_per_mtok=TokenPrices(
            input=usd * share / prompts * MTOK,
            output=usd * (1.0 - share) / outputs * MTOK,
            blended=usd / (prompts + outputs) * MTOK,
        ),
        usd_per_request=usd / requests,
        usd_per_h=usd,
        usd_per_month=usd * HOURS_PER_MONTH,
        usd_of_month=Spend(**spent),
        overheads=with_overheads(spec.overheads, usd, prompts + outputs),
    )
