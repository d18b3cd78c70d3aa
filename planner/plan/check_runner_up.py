"""The runner-up: what it names is on sale, and its cost is that of its units."""

from typing import TYPE_CHECKING

from planner.candidates.sellers import sellers
from planner.plan.check_totals import close
from planner.plan.figures import replica_accelerators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan, Totals
    from planner.plan.why import RunnerUp
    from planner.spec.schema import Spec

TOLERANCE = 1e-4


def runner_up_problems(plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every figure of the runner-up that does not follow from the catalogue and the totals, in words."""
    first, several = plan.explanation.runner_up, plan.explanation.runners_up
    if several is not None and first not in (several or (None,)):
        yield "runner-up: it is none of the runners-up"
    names = [workload.name for workload in spec.workloads]
    for runner in dict.fromkeys((*((first,) if first is not None else ()), *(several or ()))):
        if runner.workload is not None and runner.workload not in names:
            yield f"runner-up: there is no workload {runner.workload!r}"
        if plan.totals is not None:
            yield from _ratios(runner, plan.totals)
        yield from _named(runner, spec, catalog)


def _ratios(runner: "RunnerUp", totals: "Totals") -> "Iterator[str]":
    times = runner.usd_per_h / totals.usd_per_h if totals.usd_per_h else None
    shown = {"times_the_cost": times, "usd_per_mtok": None if times is None else totals.usd_per_mtok * times}
    for name, expected in shown.items():
        value = getattr(runner, name)
        if value is not None and expected is not None and not close(value, expected, TOLERANCE):
            yield f"runner-up: {name} is {expected:g}, not {value:g}"


def _named(runner: "RunnerUp", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    sold = [seller for seller in sellers(spec, catalog) if seller.offer.id == runner.offer]
    if not sold:
        yield f"runner-up: {runner.offer} is not on sale here"
        return
    offer, node = sold[0].offer, sold[0].node
    true = {
        "provider": offer.provider,
        "provider_name": offer.provider_name or None,
        "accelerator": node.accelerator,
        "accelerator_name": catalog.accelerators[node.accelerator].name,
    }
    for name, value in true.items():
        if getattr(runner, name) != value:
            yield f"runner-up: {name} is {value!r}, not {getattr(runner, name)!r}"
    size = replica_accelerators(runner)
    unit = offer.unit_accelerators
    units = -(-runner.replicas // (unit // size)) if size <= unit else runner.replicas * -(-size // unit)
    if runner.accelerators != units * unit:
        yield f"runner-up: {runner.replicas} replicas of {size} take {units * unit} accelerators"
