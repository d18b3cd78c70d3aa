"""The decision variables of the model, and the sums over them that constraints and objectives are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.instance import Choice, Instance
from planner.solve.problem import Ints

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

MOST_UNITS = 10**7


@dataclass(frozen=True, eq=False)
class Variables:
    """``use[w][p]``: workload w is served by its pattern p; ``units[o]``: units bought of shared offer o."""

    use: tuple[Sequence["IntVar"], ...]
    units: dict[int, "IntVar"]

    def chosen(self, values: Sequence[Ints]) -> "LinearExpr":
        """Sum, over the patterns used, of ``values`` (an array a workload)."""
        literals: list[IntVar] = []
        coefficients: list[int] = []
        for use, value in zip(self.use, values, strict=True):
            present = np.flatnonzero(value)
            literals += [use[p] for p in present.tolist()]
            coefficients += value[present].tolist()
        return _weighted(literals, coefficients)

    def hint(self, model: "CpModel", found: Ints) -> None:
        """Tell the solver the plan ``found`` (the values of all variables) to start from."""
        model.clear_hints()  # type: ignore[no-untyped-call]
        for variable in (*(literal for use in self.use for literal in use), *self.units.values()):
            model.add_hint(variable, int(found[variable.index]))

    def bought(self, instance: Instance, coefficients: Ints) -> "LinearExpr":
        """Sum of ``coefficients`` ``(offers,)`` over all units bought, own and shared."""
        own = [(choice.usage.own_units * coefficients[choice.usage.offer]).sum(axis=1) for choice in instance.choices]
        shared = [o for o in self.units if coefficients[o]]
        return self.chosen(own) + _weighted([self.units[o] for o in shared], [int(coefficients[o]) for o in shared])


def declare(model: "CpModel", instance: Instance) -> Variables:
    """Create the variables of ``instance`` in ``model``."""
    use = tuple([model.new_bool_var(f"use[{name}]") for name in pattern_names(choice)] for choice in instance.choices)
    shared = sorted(np.flatnonzero(instance.offers.shared).tolist(), key=lambda o: instance.problem.offers[o].key)
    units = {o: model.new_int_var(0, MOST_UNITS, f"units[{instance.problem.offers[o].key}]") for o in shared}
    return Variables(use, units)


def pattern_names(choice: Choice) -> list[str]:
    """Name each pattern as one would say it: ``chat@2 x h200-tp4-fp8 + 1 x l40s-fp8``."""
    keys = choice.workload.columns.keys
    return [
        f"{choice.workload.name}@" + " + ".join(f"{n} x {keys[c]}" for c, n in zip(column, replicas, strict=True) if n)
        for column, replicas in zip(choice.patterns.column.tolist(), choice.patterns.replicas.tolist(), strict=True)
    ]


def _weighted(literals: Sequence["IntVar"], coefficients: Sequence[int]) -> "LinearExpr":
    from ortools.sat.python.cp_model import LinearExpr  # noqa: PLC0415  half a second, wanted only when solving

    return LinearExpr.weighted_sum(literals, coefficients)
