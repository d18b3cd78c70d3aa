"""The decision, the clash and the shape of a pool in words, for every rendering that is read rather than parsed."""

from typing import Protocol

from planner.plan.figures import Layout, replica_accelerators
from planner.plan.record import Plan, Pool, Relaxation, WorkloadPlan
from planner.plan.why import RunnerUp
from planner.render.numbers import counted, exact, listed, percent, short
from planner.render.plain import plain

GROUPS = {
    "memory": "the memory of the accelerators",
    "ttft": "the bound on TTFT",
    "tpot": "the bound on TPOT",
    "e2e": "the bound on end-to-end latency",
    "quality": "the quality floor",
    "formats": "the formats allowed",
    "accelerators": "the accelerators allowed",
    "providers": "the providers allowed",
    "regions": "the regions allowed",
    "tenancy": "the tenancies allowed",
    "fabric": "the fabrics allowed",
    "fabrics": "the fabrics allowed",
    "demand": "the demand",
    "inventory": "the inventory",
    "budget": "the budget",
    "max_accelerators": "the limit on accelerators",
    "max_usd_per_h": "the budget",
    "max_pools": "the number of pools",
    "pools": "the number of pools",
    "survive": "the loss to be survived",
    "nodes": "the billing in whole units",
    "apart": "the workloads to be kept apart",
    "max_utilisation": "the utilisation cap",
}
"""Constraint groups in words; any other is shown by its own name."""
UNNAMED = "default"
"""Name of the workload of a request that has only one."""


class Column(Layout, Protocol):
    """What names one column: the accelerator and its split."""

    @property
    def accelerator(self) -> str:
        """Id of the accelerator."""

    @property
    def accelerator_name(self) -> str | None:
        """Name of the accelerator."""


def accelerator_words(column: Column) -> str:
    """Return the accelerator's name, or its id."""
    return plain(column.accelerator_name or column.accelerator)


def layout_words(layout: Layout) -> str:
    """``TP 4``, ``TP 8, PP 2``, ``TP 1, EP 8, attention DP 8``."""
    more = {
        "PP": layout.pipeline_parallel,
        "EP": layout.expert_parallel,
        "attention DP": layout.attention_data_parallel,
    }
    return ", ".join([f"TP {layout.tensor_parallel}", *(f"{name} {ways}" for name, ways in more.items() if ways > 1)])


def shape_words(column: Pool | RunnerUp) -> str:
    """``2 x (4 x H100 SXM 80GB, TP 4) of provider``."""
    split = f"{replica_accelerators(column)} x {accelerator_words(column)}, {layout_words(column)}"
    return f"{column.replicas} x ({split}) of {plain(column.provider_name or column.provider)}"


def group_words(group: str) -> str:
    """Return the constraint group in words."""
    return GROUPS.get(group.removeprefix("limits.").removeprefix("slo."), plain(group))


def status_words(plan: Plan) -> str:
    """Return how sure the solver is."""
    if plan.status == "optimal":
        return "proven optimal"
    gap = plan.objective.gap
    return "not proven optimal" if gap is None else f"within {percent(gap)} of the proven bound"


def decision(plan: Plan) -> str:
    """Return the answer in one sentence."""
    if plan.status == "infeasible":
        return clash_words(plan.clash or ())
    if plan.totals is None:
        return "No answer: the time limit was reached before any plan was found or refuted."
    served = [workload for workload in plan.workloads if workload.pools]
    if len(served) == 1:
        alone = sum(pool.replicas for pool in served[0].pools) == 1
        what = f"{pools_words(served[0])} {'serves' if alone else 'serve'} {workload_words(served[0])}"
    else:
        what = f"{counted(plan.totals.accelerators, 'accelerator')} serve {counted(len(served), 'workload')}"
    money = f"{short(plan.totals.usd_per_mtok)} USD per million tokens, {short(plan.totals.usd_per_h)} USD/h"
    return f"{what}: {money}, {status_words(plan)}."


def workload_words(workload: WorkloadPlan) -> str:
    """Return the workload's name, or its model where the request gave it none."""
    return plain(workload.model if workload.name == UNNAMED else workload.name)


def title_words(plan: Plan, workload: WorkloadPlan) -> str:
    """``chat: model``; the model alone where the request has one workload and gave it no name."""
    if len(plan.workloads) == 1 and workload.name == UNNAMED:
        return plain(workload.model)
    return f"{plain(workload.name)}: {plain(workload.model)}"


def pools_words(workload: WorkloadPlan) -> str:
    """Return the pools of one workload: shape and weight format each."""
    return " + ".join(f"{shape_words(pool)}, {plain(pool.weight_format).upper()} weights," for pool in workload.pools)


def demand_words(workload: WorkloadPlan) -> str:
    """``10 requests/s of 4,000 tokens in (1,000 cached) and 500 out``."""
    demand = workload.demand
    words = f"{short(demand.requests_per_s)} requests/s"
    if demand.input_tokens is None or demand.output_tokens is None:
        return words
    cached = f" ({short(demand.cached_input_tokens)} cached)" if demand.cached_input_tokens else ""
    return f"{words} of {short(demand.input_tokens)} tokens in{cached} and {short(demand.output_tokens)} out"


def clash_words(clash: tuple[str, ...]) -> str:
    """Return why there is no plan."""
    groups = [group_words(group) for group in clash]
    if not groups:
        return "No plan meets the request."
    if len(groups) == 1:
        return f"No plan meets the request: {groups[0]} alone rules out every one."
    return f"No plan meets the request: {listed(groups)} cannot hold together."


def relaxation_words(relaxation: Relaxation) -> str:
    """Return the change that would make a plan possible."""
    change = f"{plain(relaxation.group)}: {exact(relaxation.start)} -> {exact(relaxation.to)} {plain(relaxation.unit)}"
    if relaxation.then_usd_per_mtok is None:
        return change
    return f"{change}, then {short(relaxation.then_usd_per_mtok)} USD per million tokens"


def runner_up_words(runner: RunnerUp) -> str:
    """Return the best plan of another kind, and how much dearer it is."""
    formats = f"{plain(runner.weight_format).upper()} weights, {plain(runner.kv_format).upper()} KV cache"
    for_whom = f"{plain(runner.workload)}: runner-up" if runner.workload else "Runner-up"
    words = f"{for_whom}: {shape_words(runner)}, {formats}: {short(runner.usd_per_h)} USD/h"
    if runner.usd_per_mtok is not None:
        words += f", {short(runner.usd_per_mtok)} USD per million tokens"
    if runner.times_the_cost is not None:
        times = short(runner.times_the_cost)
        words += ", the same cost" if times == "1" else f", {times} times the cost"
    return f"{words}."


def why_sentences(plan: Plan) -> list[str]:
    """Return what binds, the runner-up and the reasons, each a sentence."""
    explanation = plan.explanation
    binds = listed([group_words(group) for group in explanation.binding])
    sentences = [f"What binds: {binds}."] if binds else []
    first = () if explanation.runner_up is None else (explanation.runner_up,)
    sentences += [runner_up_words(runner) for runner in explanation.runners_up or first]
    return [*sentences, *(plain(sentence) for sentence in explanation.why)]


def assumption_words(value: object) -> str:
    """Return a default of the specification as people read it."""
    if isinstance(value, list):
        return ", ".join(assumption_words(part) for part in value)
    return exact(value) if isinstance(value, int | float) and not isinstance(value, bool) else plain(str(value))
