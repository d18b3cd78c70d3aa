"""The constraint groups of the model, one function each, and the table that names them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from planner.solve.apart import UNKNOWN, regions_used
from planner.solve.instance import Instance
from planner.solve.packing import fillings
from planner.solve.terms import bought
from planner.solve.usage import Bools
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
        if instance.offers.spread[offer]:
            _as_alone(model, variables, instance, offer)
        inside = _inside(instance, offer)
        if instance.offers.uneven[offer]:
            _filled(model, variables, instance, (offer, units, inside))
            continue
        slots = {w: np.where(here, instance.choices[w].usage.slots, 0).sum(axis=1) for w, here in inside.items()}
        model.add(variables.chosen(slots) <= int(instance.offers.accelerators[offer]) * units)


def _inside(instance: Instance, offer: int) -> dict[int, Bools]:
    """Mark the pools inside shared units of ``offer`` ``(patterns, pools)``, for each workload that has any."""
    marks = ((choice.usage.offer == offer) & (choice.usage.slots > 0) for choice in instance.choices)
    return {w: here for w, here in enumerate(marks) if here.any()}


def _as_alone(model: "CpModel", variables: Variables, instance: Instance, offer: int) -> None:
    """Have at least the units that each workload would need alone, whose replicas may have to spread.

    Whether all find a place together is seen when a plan is found (`Search`).
    """
    for w, (use, choice) in enumerate(zip(variables.use, instance.choices, strict=True)):
        usage = choice.usage
        alone = np.where((usage.offer == offer) & (usage.slots > 0), usage.units, 0).sum(axis=1)
        present = np.flatnonzero(alone)
        if len(present):
            needed = weighted([use[p] for p in present.tolist()], alone[present].tolist())
            model.add(needed <= variables.units[offer]).with_name(f"alone[{w}, {offer}]")


def _filled(
    model: "CpModel", variables: Variables, instance: Instance, shared: tuple[int, "IntVar", dict[int, Bools]]
) -> None:
    offer, units, inside = shared
    used = [instance.choices[w].usage.size[here] for w, here in inside.items()]
    sizes = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *used])).tolist()
    ways = fillings(int(instance.offers.accelerators[offer]), sizes)
    most = int(instance.most_units[offer])
    filled = [model.new_int_var(0, most, f"filled[{instance.problem.offers[offer].key}, {way}]") for way in ways]
    model.add(weighted(filled, [1] * len(ways)) <= units)
    for position, size in enumerate(sizes):
        replicas = {
            w: np.where(here & (instance.choices[w].usage.size == size), instance.choices[w].patterns.replicas, 0).sum(
                axis=1
            )
            for w, here in inside.items()
        }
        model.add(variables.chosen(replicas) <= weighted(filled, [way[position] for way in ways]))


def limits(group: str) -> Group:
    """(C3) No shared limit of ``group`` is exceeded by the units bought."""

    def add(model: "CpModel", variables: Variables, instance: Instance) -> None:
        for row in instance.rows:
            if row.group == group:
                model.add(variables.total(bought(instance, row.coefficients)) <= row.limit)

    return add


def apart(model: "CpModel", variables: Variables, instance: Instance) -> None:
    """(C4) Workloads that are to be apart use no region in common, and none that is not known."""
    present: dict[str, dict[str, IntVar]] = {}
    for use, choice in zip(variables.use, instance.choices, strict=True):
        for region, marks in regions_used(instance.problem, choice).items():
            there = [use[p] for p in np.flatnonzero(marks).tolist()]
            if region == UNKNOWN:
                model.add(sum(there) == 0)
                continue
            name = choice.workload.name
            literal = present.setdefault(name, {})[region] = model.new_bool_var(f"in[{name}, {region}]")
            model.add(sum(there) <= literal)
    for one, other in instance.problem.apart:
        for region in sorted(present.get(one, {}).keys() & present.get(other, {}).keys()):
            model.add_at_most_one(present[one][region], present[other][region])


GROUPS: dict[str, Group] = {
    "demand": demand,
    "nodes": nodes,
    "apart": apart,
    "inventory": limits("inventory"),
    "max_accelerators": limits("max_accelerators"),
    "budget": limits("budget"),
}
