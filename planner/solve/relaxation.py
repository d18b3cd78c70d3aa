"""The bound that the relaxed model proves, and by how much each pattern raises it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from planner.solve.choice import Choice
from planner.solve.effort import Effort
from planner.solve.instance import Instance
from planner.solve.master import Activity, Master, activities
from planner.solve.mixing import OutOfTime, mixes
from planner.solve.objective import own_values, unit_values
from planner.solve.patterns import Patterns
from planner.solve.prices import Prices
from planner.solve.problem import Floats

FEW = 3
"""Patterns of one workload that enter the master at a time."""
NEAR = 1e-9
"""Relative difference below which a price is taken for a rounding error of floating point."""


@dataclass(frozen=True, eq=False)
class Relaxation:
    """A proven ``bound`` on the objective ``name``, its prices, and what each workload's cheapest pattern costs.

    Of the last relaxed solution ``leading`` gives the pattern used most for each workload, with its share; ``entered``
    all patterns that were generated, ``unserved`` how many workloads, in parts, found none that fit.
    """

    name: str
    bound: float
    prices: Prices
    least: Floats
    leading: Mapping[int, tuple[float, Activity]] = field(default_factory=dict)
    entered: tuple[Activity, ...] = ()
    unserved: float = 0.0

    @property
    def least_value(self) -> int:
        """The whole number that the objective is at least."""
        return math.ceil(self.bound - NEAR * abs(self.bound) - 0.5)

    def below(self, instance: Instance, workload: int, margin: float, effort: Effort) -> Choice:
        """Return all patterns of one workload whose use alone raises the bound by at most ``margin``.

        Raises
        ------
        OutOfTime
            When the deadline comes before all are known.
        """
        ceiling = self.least[workload] + margin + NEAR * (abs(self.least[workload]) + margin + 1.0)
        choice, costs = _priced(instance, workload, (self.name, self.prices), ceiling, effort)
        return choice.take(np.flatnonzero(costs <= ceiling))

    def among_entered(self, instance: Instance) -> Instance:
        """Return the instance with no other patterns than those that were generated."""
        offers, sold = instance.offers, instance.problem.offers
        choices = []
        for w, choice in enumerate(instance.choices):
            mine = [activity.pattern for activity in self.entered if activity.workload == w]
            width = choice.patterns.column.shape[1]
            arrays = (np.array([each[k] for each in mine], dtype=np.int64).reshape(-1, width) for k in range(3))
            choices.append(Choice.of(choice.workload, Patterns(*arrays), offers, sold))
        return replace(instance, choices=tuple(choices), parts=())

    def margins(self, instance: Instance) -> Floats:
        """Return by how much each pattern known to ``instance`` raises the bound, in rising order."""
        raised = [self.costs(instance, w) - self.least[w] for w in range(len(instance.choices))]
        return np.sort(np.concatenate(raised))

    def costs(self, instance: Instance, workload: int) -> Floats:
        """Return what each pattern of one workload known to ``instance`` costs at the prices ``(patterns,)``."""
        choice = instance.choices[workload]
        return self.prices.of(choice, workload, own_values(self.name, choice, instance.offers))


def relax(instance: Instance, name: str, effort: Effort) -> Relaxation | None:
    """Solve the relaxed model by generating patterns; None when not even that is solved.

    The bound holds wherever it stops: each workload takes its cheapest pattern at the last prices, and the limits give
    back what they are worth.
    """
    usual = [own_values(name, choice, instance.offers).mean() for choice in instance.choices if len(choice)]
    usual += [own_values(name, p.choice, instance.offers).mean() for p in instance.parts if p is not None and len(p)]
    scale = max(1.0, float(np.mean(usual))) if usual else 1.0
    master = Master(instance, unit_values(name, instance.offers), scale)
    best: Relaxation | None = None
    while (answer := master.solve()) is not None:
        prices, worth = answer
        try:
            found, new = _cheapest(instance, (name, prices), worth, NEAR * 100 * scale, effort)
        except OutOfTime:
            break
        bound = float(found.sum()) - prices.credit(instance)
        if best is None or bound > best.bound:
            best = Relaxation(name, bound, prices, found)
        best = replace(best, leading=master.leading(), entered=master.entered(), unserved=master.unserved())
        if effort.left_s < 0 or (not new and not master.cut()):
            break
        master.add(new)
    return best


def _cheapest(
    instance: Instance, priced: tuple[str, Prices], worth: Floats, noticed: float, effort: Effort
) -> tuple[Floats, list[Activity]]:
    """Return each workload's least cost, and a few patterns of each that are cheaper than what the master pays."""
    least = np.empty(len(worth))
    new: list[Activity] = []
    for w, paid in enumerate(worth.tolist()):
        choice, costs = _priced(instance, w, priced, paid, effort, FEW)
        least[w] = costs.min(initial=paid)
        cheap = np.argsort(costs, kind="stable")[:FEW]
        cheap = cheap[costs[cheap] < paid - noticed]
        if len(cheap):
            taken = choice.take(cheap)
            new += activities(instance, w, taken, own_values(priced[0], taken, instance.offers))
    return least, new


def _priced(
    instance: Instance,
    workload: int,
    priced: tuple[str, Prices],
    ceiling: float,
    effort: Effort,
    few: int | None = None,
) -> tuple[Choice, Floats]:
    """Return all single pools of one workload and its mixes that cost at most ``ceiling``, with their costs.

    With ``few`` only so many of the cheapest mixes.
    """
    name, prices = priced
    choice = instance.choices[workload]
    if instance.mixing and instance.parts[workload] is not None:
        if few is not None and len(choice) >= few:
            singles = prices.of(choice, workload, own_values(name, choice, instance.offers))
            ceiling = min(ceiling, float(np.partition(singles, few - 1)[few - 1]))
        choice = choice.joined(mixes(instance, workload, priced, ceiling, few, effort=effort))
    costs = prices.of(choice, workload, own_values(name, choice, instance.offers))
    return choice, costs
