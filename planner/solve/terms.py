"""Linear sums over a plan: what each pattern adds by itself, and what each unit of a shared offer adds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.solve.instance import Instance
from planner.solve.objective import LAST, own_values, unit_values
from planner.solve.problem import Ints


@dataclass(frozen=True, eq=False)
class Found:
    """A plan: ``chosen[w]`` is the pattern of workload w (-1: none), ``units[o]`` the units of shared offer o."""

    chosen: Ints
    units: Ints


@dataclass(frozen=True, eq=False)
class Terms:
    """A sum over a plan: ``of_pattern[w]`` ``(patterns,)`` for the one used, ``of_unit`` ``(offers,)`` for units."""

    of_pattern: tuple[Ints, ...]
    of_unit: Ints

    def value(self, found: Found) -> int:
        """Return what ``found`` adds up to."""
        used = [int(values[p]) for values, p in zip(self.of_pattern, found.chosen, strict=True) if p >= 0]
        return sum(used) + int(self.of_unit @ found.units)

    def most(self, most_units: Ints) -> int:
        """Return a number that no plan exceeds, given the most units of each offer that make sense."""
        of_units = [int(value) * int(units) for value, units in zip(self.of_unit, most_units, strict=True)]
        return sum(int(values.max(initial=0)) for values in self.of_pattern) + sum(of_units)

    def at_all(self, most_units: Ints) -> float:
        """Return what all patterns and the most units would add up to: no plan does, but a solver guards against it."""
        of_patterns = [float(np.abs(values).sum(dtype=np.float64)) for values in self.of_pattern]
        return sum(of_patterns) + float(np.abs(self.of_unit).astype(np.float64) @ most_units)

    def from_zero(self) -> "Terms":
        """Return the sum less the least that each workload adds to it in any case."""
        return Terms(
            tuple(values - values.min(initial=values.max(initial=0)) for values in self.of_pattern), self.of_unit
        )

    def step(self) -> int:
        """Return the largest number of which every sum is a multiple."""
        parts = [np.gcd.reduce(values, initial=0) for values in (*self.of_pattern, self.of_unit)]
        return max(1, int(np.gcd.reduce(parts)))

    def divided(self, step: int) -> "Terms":
        """Return the sum divided by its ``step``."""
        return Terms(tuple(values // step for values in self.of_pattern), self.of_unit // step)

    def plus(self, other: "Terms", weight: int, step: int) -> "Terms":
        """Return this sum times ``weight`` plus ``other`` divided by its ``step``."""
        of_pattern = [a * weight + b // step for a, b in zip(self.of_pattern, other.of_pattern, strict=True)]
        return Terms(tuple(of_pattern), self.of_unit * weight + other.of_unit // step)


def bought(instance: Instance, coefficients: Ints) -> Terms:
    """Sum of ``coefficients`` ``(offers,)`` over all units bought."""
    own = tuple(choice.own(coefficients) for choice in instance.choices)
    return Terms(own, np.where(instance.offers.shared, coefficients, 0))


def objective(instance: Instance, name: str) -> Terms:
    """Return the objective ``name`` as a sum over a plan."""
    own = tuple(own_values(name, choice, instance.offers) for choice in instance.choices)
    return Terms(own, unit_values(name, instance.offers))


@dataclass(frozen=True, eq=False)
class Block:
    """Objectives minimised as one number, in which a step of an earlier one outweighs all that later ones can add."""

    names: tuple[str, ...]
    parts: tuple[Terms, ...]
    blended: Terms
    weight: int
    """What one unit of the first objective counts in the blended number, times its step."""

    def first(self, blended: int) -> int:
        """Return the value of the first objective in a blended number."""
        return blended // self.weight * self.parts[0].step()

    def bound_of_first(self, bound: int) -> int:
        """Return the bound on the first objective that a ``bound`` on the blended number proves."""
        return -(-(bound - self.weight + 1) // self.weight) * self.parts[0].step()


MOST = 2**57
"""What a blended number may reach in a plan that is no worse than the best known one."""
MOST_AT_ALL = 2**61
"""What it may reach with every variable at its bound: CP-SAT sums in 64 bits and refuses what could overflow."""
MOST_TO_ORDER = 300
"""Patterns of several workloads whose order is worth a run of its own."""


def blocks(instance: Instance, names: Sequence[str]) -> list[Block]:
    """Group consecutive objectives for as long as the blended number stays exact in a solver's arithmetic.

    The order of the columns joins what settles everything else, or stands alone in small instances. In others it is
    left to how the solver happens on equals, which is the same whenever the input is.
    """
    most_units = instance.most_units
    made: list[Block] = []
    top = 0
    for name in names:
        part = objective(instance, name)
        rest = part.from_zero()
        step = rest.step()
        weight = rest.most(most_units) // step + 1
        last = made[-1] if made else None
        if last is not None and _fits(last, rest.divided(step), weight, top, most_units):
            blended = last.blended.plus(rest, weight, step)
            made[-1] = Block((*last.names, name), (*last.parts, part), blended, last.weight * weight)
            top = (top + 1) * weight
        elif name != LAST or len(instance.choices) == 1 or instance.size <= MOST_TO_ORDER:
            made.append(Block((name,), (part,), part.divided(part.step()), 1))
            top = instance.at_worst(name, part.most(most_units)) // part.step()
    return made


def _fits(block: Block, rest: Terms, weight: int, top: int, most_units: Ints) -> bool:
    at_all = block.blended.at_all(most_units) * weight + rest.at_all(most_units)
    return (top + 1) * weight < MOST and at_all < MOST_AT_ALL
