"""The constraint groups of the model, one function each, and the table that names them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.instance import Instance
from planner.solve.packing import fillings
from planner.solve.problem import Ints
from planner.solve.terms import bought
from planner.solve.variables import Variables, weighted

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

Group = Callable[["CpModel", Variables, Instance], None]


def demand(model: "CpModel", variables: Variables, instance: Instance) -> None:
    """(C1) Every workload is served by exactly one of its patterns, each of which meets its demand."""
    for use in variables.use:
        model.add_exactly_one(use)


def nodes(model: "CpModel", variables: Variables, instance: Instance) -> None:
    """(C2) The replicas inside shared units fit into the units bought.

    Where their sizes divide one another they fit when their sum does; otherwise every unit is filled in one of the
    possible ways.
    """
    for offer, units in variables.units.items():
        inside = [(choice.usage.offer == offer) & (choice.usage.slots > 0) for choice in instance.choices]
        if instance.offers.uneven[offer]:
            _filled(model, variables, instance, (offer, units, inside))
            continue
        slots = [
            np.where(here, choice.usage.slots, 0).sum(axis=1)
            for choice, here in zip(instance.choices, inside, strict=True)
        ]
        model.add(variables.chosen(slots) <= int(instance.offers.accelerators[offer]) * units)


def _filled(
    model: "CpModel", variables: Variables, instance: Instance, shared: tuple[int, "IntVar", Sequence[Ints]]
) -> None:
    offer, units, inside = shared
    used = [choice.usage.size[here] for choice, here in zip(instance.choices, inside, strict=True)]
    sizes = np.unique(np.concatenate(used)).tolist()
    ways = fillings(int(instance.offers.accelerators[offer]), sizes)
    most = int(instance.most_units()[offer])
    filled = [model.new_int_var(0, most, f"filled[{instance.problem.offers[offer].key}, {way}]") for way in ways]
    model.add(weighted(filled, [1] * len(ways)) <= units)
    for position, size in enumerate(sizes):
        replicas = [
            np.where(here & (choice.usage.size == size), choice.patterns.replicas, 0).sum(axis=1)
            for choice, here in zip(instance.choices, inside, strict=True)
        ]
        model.add(variables.chosen(replicas) <= weighted(filled, [way[position] for way in ways]))


def limits(group: str) -> Group:
    """(C3) No shared limit of ``group`` is exceeded by the units bought."""

    def add(model: "CpModel", variables: Variables, instance: Instance) -> None:
        for row in instance.rows:
            if row.group == group:
                model.add(variables.total(bought(instance, row.coefficients)) <= row.limit)

    return add


GROUPS: dict[str, Group] = {
    "demand": demand,
    "nodes": nodes,
    "inventory": limits("inventory"),
    "max_accelerators": limits("max_accelerators"),
    "budget": limits("budget"),
}
