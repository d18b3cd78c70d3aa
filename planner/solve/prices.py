"""Dual prices of the relaxed model: what limits and shared units are worth, and what patterns cost at that."""

from dataclasses import dataclass

import numpy as np

from planner.solve.choice import Choice
from planner.solve.instance import Instance
from planner.solve.problem import Floats, Ints


@dataclass(frozen=True, eq=False)
class Prices:
    """What the relaxed model would pay, in units of the objective; none is negative.

    ``row`` ``(rows,)`` for one more of a limit, ``slot`` ``(offers,)`` for an accelerator inside shared units,
    ``alone`` ``(workloads, offers)`` for a shared unit that one workload would need by itself. ``charged``
    ``(offers,)`` is what the rows charge for one unit.
    """

    row: Floats
    slot: Floats
    alone: Floats
    charged: Floats

    @classmethod
    def fair(cls, instance: Instance, of_unit: Ints, paid: tuple[Floats, Floats, Floats]) -> "Prices":
        """Return ``paid`` (row, slot, alone), cut so that no shared unit is worth more than it costs."""
        row, slot, alone = (np.maximum(0.0, part) for part in paid)
        charged = np.zeros(len(slot))
        for price, each in zip(row, instance.rows, strict=True):
            charged += price * each.coefficients
        worth = slot * instance.offers.accelerators + alone.sum(axis=0)
        costs = of_unit + charged
        share = np.divide(costs, worth, out=np.ones_like(worth), where=worth > costs)
        return cls(row, slot * share, alone * share, charged)

    @classmethod
    def none(cls, instance: Instance) -> "Prices":
        """Return prices at which limits and shared units are free."""
        offers = len(instance.problem.offers)
        zero = np.zeros(offers)
        return cls(np.zeros(len(instance.rows)), zero, np.zeros((len(instance.choices), offers)), zero)

    def credit(self, instance: Instance) -> float:
        """Return what the limits are worth together."""
        return float(sum(price * row.limit for price, row in zip(self.row, instance.rows, strict=True)))

    def of(self, choice: Choice, workload: int, own: Ints | Floats) -> Floats:
        """Return what each pattern costs ``(patterns,)``, given what it adds to the objective by itself."""
        usage = choice.usage
        inside = usage.slots * self.slot[usage.offer]
        inside += np.where(usage.slots > 0, usage.units, 0) * self.alone[workload][usage.offer]
        return np.asarray(own + (usage.own_units * self.charged[usage.offer] + inside).sum(axis=1))
