"""A first plan: one workload after the other takes what is cheapest, by the relaxed model's prices and then in fact."""

from dataclasses import dataclass

import numpy as np

from planner.solve.choice import Choice
from planner.solve.instance import Instance
from planner.solve.objective import own_values, unit_values
from planner.solve.patterns import Patterns
from planner.solve.problem import Floats, Ints
from planner.solve.relaxation import Relaxation
from planner.solve.terms import Found

SWEEPS = 8
"""Rounds in which every workload may change its mind."""


@dataclass(frozen=True, eq=False)
class _Offers:
    """One workload's alternatives: what each adds to the objective and to rows by itself, and takes of shared units.

    Where it matters of which sizes the replicas inside are, each workload takes whole units: that fits for sure.
    """

    own: Ints
    rows: Ints
    offer: Ints
    slots: Ints
    prices: Floats


class _Plan:
    """What has been chosen, and what it takes: units held alone, and slots that workloads share."""

    def __init__(self, instance: Instance, name: str) -> None:
        offers = len(instance.problem.offers)
        self._instance = instance
        self._of_unit = unit_values(name, instance.offers)
        self._limits = np.array([row.limit for row in instance.rows], dtype=np.int64)
        self._taken = np.zeros(len(instance.rows), dtype=np.int64)
        self._slots = np.zeros(offers, dtype=np.int64)
        self.chosen = np.full(len(instance.choices), -1, dtype=np.int64)

    def units(self) -> Ints:
        """Units of each offer that hold the slots taken ``(offers,)``."""
        return np.asarray(-(-self._slots // self._instance.offers.accelerators))

    def choose(self, workload: int, offers: _Offers, priced: float, wished: int | None = None) -> bool:
        """Give the workload what is ``wished`` if that fits, or its best alternative; False where none fits.

        ``priced`` weighs the prices against what is added now.
        """
        if self.chosen[workload] >= 0:
            self._change(workload, offers, -1)
        units = self.units()
        size = self._instance.offers.accelerators[offers.offer]
        more = -(-(self._slots[offers.offer] + offers.slots) // size) - units[offers.offer]
        coefficients = self._instance.row_coefficients
        used = self._taken + coefficients @ units
        rows = used + offers.rows + (coefficients[:, offers.offer] * more).sum(axis=2).T
        added = offers.own + (more * self._of_unit[offers.offer]).sum(axis=1)
        score = priced * offers.prices + (1.0 - priced) * added
        fits = (rows <= self._limits).all(axis=1)
        if not fits.any():
            return False
        best = int(np.argmin(np.where(fits, score, np.inf)))
        self.chosen[workload] = wished if wished is not None and fits[wished] else best
        self._change(workload, offers, 1)
        return True

    def _change(self, workload: int, offers: _Offers, sign: int) -> None:
        p = self.chosen[workload]
        self._taken += sign * offers.rows[p]
        np.add.at(self._slots, offers.offer[p], sign * offers.slots[p])


def greedy_plan(instance: Instance, relaxation: Relaxation) -> Found | None:
    """Return a plan, good rather than best; None where this way finds none.

    Workloads that the relaxed model serves by nearly one pattern take it first, then the others, the dearest first,
    what is cheapest at its prices, which know what others want. At last each may change its mind for what helps most.
    """
    if instance.problem.apart or not all(map(len, instance.choices)):
        return None
    offers = [_offers(instance, w, relaxation) for w in range(len(instance.choices))]
    wished = {w: _position(instance.choices[w], activity.pattern) for w, (_, activity) in relaxation.leading.items()}
    share = {w: round(share, 2) for w, (share, _) in relaxation.leading.items()}
    order = sorted(range(len(offers)), key=lambda w: (-share.get(w, 0.0), -float(offers[w].prices.min())))
    plan = _Plan(instance, relaxation.name)
    for w in order:
        if not plan.choose(w, offers[w], 1.0, wished.get(w)):
            return None
    for sweep in range(SWEEPS):
        before = plan.chosen.copy()
        for w in order:
            plan.choose(w, offers[w], 0.5 if sweep == 0 else 0.0)
        if (plan.chosen == before).all():
            break
    return Found(plan.chosen, plan.units())


def _position(choice: Choice, pattern: tuple[tuple[int, ...], ...]) -> int | None:
    at = choice.position(Patterns(*(np.array([part]) for part in pattern)))
    return at if at >= 0 else None


def _offers(instance: Instance, workload: int, relaxation: Relaxation) -> _Offers:
    choice = instance.choices[workload]
    own = own_values(relaxation.name, choice, instance.offers)
    rows = choice.usage.of_rows(instance.row_coefficients, choice.usage.own_units)
    prices = relaxation.prices.of(choice, workload, own)
    usage, by_size = choice.usage, instance.offers.by_size
    slots = np.where(by_size[usage.offer] & (usage.slots > 0), usage.units * usage.unit, usage.slots)
    return _Offers(own, rows, usage.offer, slots, prices)
