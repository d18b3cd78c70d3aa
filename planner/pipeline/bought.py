"""What a mix over time buys, as a plan shows it: each purchase, each period, and money over everything served."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from planner.plan.profile import Alone, Period, Profile, Purchase
from planner.plan.record import Totals
from planner.solve.mix import Profile as Hours
from planner.solve.mix import Source
from planner.solve.problem import Floats, Ints
from planner.units import MICRO, MTOK

if TYPE_CHECKING:
    from planner.plan.record import Plan
    from planner.solve.joint_model import JointMix
    from planner.solve.mix import Mix

COMMITTED = frozenset({"owned", "reserved_1y", "reserved_3y"})


@dataclass(frozen=True, eq=False)
class Bought:
    """The sources that a mix buys of, the steps of each in each period ``(sources, periods)``, and the periods."""

    sources: tuple[Source, ...]
    steps: Ints
    over: Hours

    @classmethod
    def of(cls, sources: Sequence[Source], steps: Ints, over: Hours) -> "Bought":
        """Keep the sources of which anything is bought."""
        used = np.flatnonzero(steps.any(axis=1)).tolist()
        return cls(tuple(sources[at] for at in used), steps[used], over)

    @property
    def hours(self) -> float:
        """The hours of the whole profile."""
        return float(self.over.hours.sum())

    @property
    def usd_per_step_h(self) -> Floats:
        """What a step of each source costs [USD/h], ``(sources,)``."""
        return np.array([source.cost_uusd_per_h for source in self.sources]) / MICRO

    @property
    def usd_of_period(self) -> Floats:
        """What is paid in an hour of each period [USD/h], ``(periods,)``."""
        return np.asarray(self.steps.T @ self.usd_per_step_h)

    @property
    def start_usd_per_h(self) -> float | None:
        """What hired steps cost while they start, the mean over the profile [USD/h]; None where they start at once."""
        if not self.over.start_share:
            return None
        begun = (
            self.over.starts(row) * ceil(source.cost_uusd_per_h * self.over.start_share)
            for source, row in zip(self.sources, self.steps, strict=True)
            if not source.committed
        )
        return sum(begun) / MICRO / self.hours

    @property
    def usd_per_h(self) -> float:
        """Everything that is paid, the mean over the profile [USD/h]."""
        return float(self.usd_of_period @ self.over.hours) / self.hours + (self.start_usd_per_h or 0.0)

    def purchases(self, *, replicas: bool) -> tuple[Purchase, ...]:
        """Return what is bought of each source; ``replicas``: a step is so many of them."""
        means = (self.steps @ self.over.hours / self.hours).tolist()
        return tuple(
            Purchase(
                offer=source.offer.name,
                provider=source.offer.provider,
                purchase=source.offer.purchase,
                committed=source.committed,
                accelerators_per_step=source.accelerators,
                replicas_per_step=source.replicas if replicas else None,
                usd_per_step_h=source.cost_uusd_per_h / MICRO,
                most_steps=int(row.max()),
                mean_steps=mean,
                usd_per_h=mean * source.cost_uusd_per_h / MICRO,
            )
            for source, row, mean in zip(self.sources, self.steps, means, strict=True)
        )

    def periods(self, requests_per_s: Floats, replicas: Ints) -> tuple[Period, ...]:
        """Return each period with its demand [requests/s] and replicas, both ``(periods,)``."""
        accelerators = self.steps.T @ np.array([source.accelerators for source in self.sources])
        usd = self.usd_of_period
        return tuple(
            Period(
                requests_per_s=float(requests_per_s[t]),
                hours=int(count),
                steps=tuple(self.steps[:, t].tolist()),
                replicas=int(replicas[t]),
                accelerators=int(accelerators[t]),
                usd_per_h=float(usd[t]),
            )
            for t, count in enumerate(self.over.hours.tolist())
        )


def fixed_usd_per_h(alone: tuple[Alone, ...], peak_usd_per_h: float) -> float:
    """Return what a fleet that never changes costs: committed units alone, or this one's peak in every hour [USD/h]."""
    committed = [way.usd_per_h for way in alone if way.purchase in COMMITTED and way.usd_per_h is not None]
    return min([peak_usd_per_h, *committed])


def over_all_hours(plan: "Plan", profile: Profile, totals: Totals, mix: "Mix | JointMix", pools: str) -> "Plan":
    """Return the plan with its money over all hours, as far as the mix is proven; ``pools``: whose hour they are of."""
    value = {"usd_per_mtok": totals.usd_per_mtok, "usd_per_h": totals.usd_per_h}[plan.objective.name]
    share = mix.bound_uusd / mix.cost_uusd if mix.cost_uusd else 1.0
    objective = plan.objective.model_copy(update={"value": value, "bound": min(value * share, value)})
    notes = (*plan.notes, *_notes(profile, pools))
    return plan.model_copy(update={"totals": totals, "objective": objective, "profile": profile, "notes": notes})


def prices(usd_per_h: float, tokens_per_h: float, output_per_h: float) -> dict[str, float]:
    """Return the money of the totals: everything paid over everything served, input + output and output alone."""
    mtok, output = tokens_per_h / MTOK, output_per_h / MTOK
    return {"usd_per_h": usd_per_h, "usd_per_mtok": usd_per_h / mtok, "usd_per_mtok_output": usd_per_h / output}


def _notes(profile: Profile, pools: str) -> tuple[str, ...]:
    """Say what the figures mean, whose hour the pools are of, and what was taken as given."""
    said = [pools]
    if any(purchase.purchase == "spot" for purchase in profile.purchases):
        said.append("Spot counts for what prices.spot says of interruptions; without it for as much as any other.")
    if profile.start_usd_per_h is not None:
        said.append("A unit that is hired is paid for while it starts; the hour that it serves in begins after that.")
    return tuple(said)
