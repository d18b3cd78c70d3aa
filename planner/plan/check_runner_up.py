"""The runners-up: what each names is on sale, runs and carries its load; its cost is that of its units.

Promises kept here: a runner-up is among its workload's allowed machines, in formats that run there and fit, and is not
the winner again; it carries the workload's demand within the promise; its units are paid at their price; its ratios are
those of its cost. That nothing else comes before it needs a search, which no check does.
"""

from typing import TYPE_CHECKING

from planner.candidates.layouts import Split
from planner.candidates.rows import settings
from planner.candidates.sellers import sellers
from planner.plan.check_others import proven_cost
from planner.plan.check_pool import legality, loaded_problems
from planner.plan.check_rebuilt import Rebuilt
from planner.plan.check_totals import close, served_per_h
from planner.plan.figures import replica_accelerators
from planner.units import MTOK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.candidates.sellers import Seller
    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan, Totals
    from planner.plan.why import RunnerUp
    from planner.spec.schema import Spec

TOLERANCE = 1e-4


def runner_up_problems(plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every figure of the runners-up that does not follow from the catalogue and the totals, in words."""
    first, several = plan.explanation.runner_up, plan.explanation.runners_up
    names = [workload.name for workload in spec.workloads]
    every = several if several is not None else (() if first is None else (first,))
    if (several is not None and len(names) == 1) or first != (every[0] if every else None):
        yield "runner-up: it is not the first of the runners-up, or there are some of workloads that are none"
    shown = [runner.workload for runner in every]
    if shown != ([name for name in names if name in shown] if len(names) > 1 else [None] * len(every)):
        yield f"runner-up: there is not one of each workload at most, in their order: {shown}"
        return
    for runner in every:
        if plan.totals is not None:
            yield from _ratios(runner, plan, plan.totals, spec)
        yield from _named(runner, plan, spec, catalog)


def _ratios(runner: "RunnerUp", plan: "Plan", totals: "Totals", spec: "Spec") -> "Iterator[str]":
    _, prompts, outputs = served_per_h(plan, spec)
    true = {
        "times_the_cost": runner.usd_per_h / totals.usd_per_h if totals.usd_per_h else None,
        "usd_per_mtok": runner.usd_per_h / (prompts + outputs) * MTOK if len(spec.workloads) == 1 else None,
    }
    for name, expected in true.items():
        value = getattr(runner, name)
        if (value is None) != (expected is None) or (
            value is not None and not close(value, expected or 0.0, TOLERANCE)
        ):
            yield f"runner-up: {name} is {expected}, not {value}"
    if runner.usd_per_h < totals.usd_per_h * (1.0 - TOLERANCE) and proven_cost(plan, spec):
        yield f"runner-up: it is said to cost {runner.usd_per_h:g} USD/h, less than the plan"


def _named(runner: "RunnerUp", plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
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
    elif runner.replicas < 1:
        yield "runner-up: it has no replica"
    else:
        yield from _runs(runner, units, plan, spec, catalog)


def _runs(runner: "RunnerUp", units: int, plan: "Plan", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Hold the runner-up to what its workload admits and asks for, and a plan of it alone to the price of its units."""
    at = next((k for k, workload in enumerate(spec.workloads) if workload.name == runner.workload), 0)
    workload, winner = spec.workloads[at], plan.workloads[at].pools[0]
    if (winner.accelerator, winner.weight_format) == (runner.accelerator, runner.weight_format):
        yield f"runner-up: it is the winner's {runner.accelerator} in {runner.weight_format} again"
    sold = [seller for seller in sellers(spec, catalog) if seller.offer.id == runner.offer]
    made = [
        each for each in _built(runner, at, plan, spec, sold, catalog) if not any(legality(each)) and each.slots >= 1
    ]
    if not made:
        yield f"runner-up: {runner.weight_format} with KV in {runner.kv_format} does not run so on {runner.offer}"
    if workload.limits.max_pools > 1:
        return
    asked = plan.workloads[at].demand.requests_per_s * (1.0 - TOLERANCE) / workload.limits.max_utilisation
    if made and all(any(loaded_problems(each, asked / runner.replicas)) for each in made):
        yield f"runner-up: {runner.replicas} replicas do not carry the demand"
    plain = len(spec.workloads) == 1 and workload.limits.survive is None
    prices = [units * seller.price.usd_per_unit_h for seller in sold]
    if plain and not any(close(runner.usd_per_h, price, TOLERANCE) for price in prices):
        yield f"runner-up: {units} units of {runner.offer} do not cost {runner.usd_per_h:g} USD/h"


def _built(
    runner: "RunnerUp", at: int, plan: "Plan", spec: "Spec", sold: "list[Seller]", catalog: "Catalog"
) -> "Iterator[Rebuilt]":
    """Yield what the names of a runner-up may stand for: it does not say how many tokens a batch has."""
    degrees = runner.tensor_parallel, runner.pipeline_parallel, runner.expert_parallel, runner.attention_data_parallel
    workload = spec.workloads[at]
    stands_for = {
        **{name: getattr(runner, name) for name in ("offer", "accelerator", "weight_format", "replicas")},
        "regions": tuple(region for seller in sold for region in seller.offer.regions),
    }
    pool = plan.workloads[at].pools[0].model_copy(update=stands_for)
    for setting in settings(spec, workload, catalog):
        names = setting.formats.name, setting.formats.kv.id, setting.engine.id
        if names == (runner.weight_format, runner.kv_format, runner.engine):
            yield Rebuilt(pool, workload, spec, sold[0], setting, Split(*degrees))
