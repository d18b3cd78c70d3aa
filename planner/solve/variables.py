"""The decision variables of the model, and the sums over them that constraints and objectives are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.choice import Choice
from planner.solve.instance import Instance
from planner.solve.problem import Ints
from planner.solve.terms import Found, Terms

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

MOST_NAMED = 10_000


@dataclass(frozen=True, eq=False)
class Variables:
    """``use[w][p]``: workload w is served by its pattern p; ``units[o]``: units bought of shared offer o."""

    use: tuple[Sequence["IntVar"], ...]
    units: dict[int, "IntVar"]

    def total(self, terms: Terms) -> "LinearExpr":
        """Write the sum ``terms`` over the patterns used and the shared units bought."""
        variables: list[IntVar] = []
        coefficients: list[int] = []
        for use, values in zip(self.use, terms.of_pattern, strict=True):
            present = np.flatnonzero(values)
            variables += [use[p] for p in present.tolist()]
            coefficients += values[present].tolist()
        shared = [o for o in self.units if terms.of_unit[o]]
        variables += [self.units[o] for o in shared]
        coefficients += [int(terms.of_unit[o]) for o in shared]
        return weighted(variables, coefficients)

    def chosen(self, values: Mapping[int, Ints]) -> "LinearExpr":
        """Sum, over the patterns used, of ``values`` (an array for each workload that counts)."""
        variables: list[IntVar] = []
        coefficients: list[int] = []
        for w, counted in values.items():
            present = np.flatnonzero(counted)
            variables += [self.use[w][p] for p in present.tolist()]
            coefficients += counted[present].tolist()
        return weighted(variables, coefficients)

    def hint(self, model: "CpModel", found: Found) -> None:
        """Tell the solver the plan ``found`` to start from."""
        model.clear_hints()  # type: ignore[no-untyped-call]
        for use, chosen in zip(self.use, found.chosen.tolist(), strict=True):
            for p, literal in enumerate(use):
                model.add_hint(literal, p == chosen)
        for offer, units in self.units.items():
            model.add_hint(units, int(found.units[offer]))

    def read(self, values: Ints, offers: int) -> Found:
        """Return the plan in a solver's answer: the values of all variables in the order of their creation."""
        chosen = [next((p for p, literal in enumerate(use) if values[literal.index]), -1) for use in self.use]
        units = np.zeros(offers, dtype=np.int64)
        for offer, variable in self.units.items():
            units[offer] = values[variable.index]
        return Found(np.array(chosen, dtype=np.int64), units)


def declare(model: "CpModel", instance: Instance) -> Variables:
    """Create the variables of ``instance`` in ``model``; only those of small models bear names."""
    named = instance.size <= MOST_NAMED
    use = tuple(
        [model.new_bool_var(f"use[{name}]") for name in pattern_names(choice)]
        if named
        else [model.new_bool_var("") for _ in range(len(choice))]
        for choice in instance.choices
    )
    shared = sorted(np.flatnonzero(instance.offers.shared).tolist(), key=lambda o: instance.problem.offers[o].key)
    most = instance.most_units
    units = {o: model.new_int_var(0, int(most[o]), f"units[{instance.problem.offers[o].key}]") for o in shared}
    return Variables(use, units)


def pattern_names(choice: Choice) -> list[str]:
    """Name each pattern as one would say it: ``chat@2 x h200-tp4-fp8 + 1 x l40s-fp8``."""
    keys = choice.workload.columns.keys
    return [
        f"{choice.workload.name}@" + " + ".join(f"{n} x {keys[c]}" for c, n in zip(column, replicas, strict=True) if n)
        for column, replicas in zip(choice.patterns.column.tolist(), choice.patterns.replicas.tolist(), strict=True)
    ]


def weighted(variables: Sequence["IntVar"], coefficients: Sequence[int]) -> "LinearExpr":
    """Return the weighted sum of ``variables``."""
    from ortools.sat.python.cp_model import LinearExpr  # noqa: PLC0415  half a second, wanted only when solving

    return LinearExpr.weighted_sum(variables, coefficients)
