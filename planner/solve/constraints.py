"""The constraint groups of the model, one function each, and the table that names them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.instance import Instance
from planner.solve.packing import divide_one_another, fillings
from planner.solve.variables import MOST_UNITS, Variables

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel


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
        unit = int(instance.offers.accelerators[offer])
        placed = [(choice.usage.offer == offer) & (choice.usage.slots > 0) for choice in instance.choices]
        found = [choice.usage.size[here] for choice, here in zip(instance.choices, placed, strict=True)]
        sizes = np.unique(np.concatenate(found)).tolist()
        if divide_one_another([*sizes, unit]):
            slots = [
                np.where(here, choice.usage.slots, 0) for choice, here in zip(instance.choices, placed, strict=True)
            ]
            model.add(variables.chosen([slot.sum(axis=1) for slot in slots]) <= unit * units)
            continue
        ways = fillings(unit, sizes)
        filled = [model.new_int_var(0, MOST_UNITS, f"filled[{offer}, {way}]") for way in ways]
        model.add(sum(filled) <= units)
        for position, size in enumerate(sizes):
            replicas = [
                np.where(here & (choice.usage.size == size), choice.patterns.replicas, 0).sum(axis=1)
                for choice, here in zip(instance.choices, placed, strict=True)
            ]
            model.add(variables.chosen(replicas) <= sum(way[position] * n for way, n in zip(ways, filled, strict=True)))


def limits(group: str) -> Callable[["CpModel", Variables, Instance], None]:
    """(C3) No shared limit of ``group`` is exceeded by the units bought."""

    def add(model: "CpModel", variables: Variables, instance: Instance) -> None:
        for row in instance.rows:
            if row.group == group:
                model.add(variables.bought(instance, row.coefficients) <= row.limit)

    return add


GROUPS: dict[str, Callable[["CpModel", Variables, Instance], None]] = {
    "demand": demand,
    "nodes": nodes,
    "inventory": limits("inventory"),
    "max_accelerators": limits("max_accelerators"),
    "budget": limits("budget"),
}
