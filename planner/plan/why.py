"""Why a plan is what it is, as it stands in the plan: what binds, the runners-up, and the reasons as sentences."""

from pydantic import PositiveInt

from planner.plan.figures import Figure, Shown


class RunnerUp(Shown):
    """The best plan without the winner's accelerator (or format, or layout), and what it costs."""

    workload: str | None = None
    """The workload that may not use its winner, where there are several; the cost is that of the whole plan."""
    offer: str
    provider: str
    provider_name: str | None = None
    accelerator: str
    accelerator_name: str | None = None
    tensor_parallel: PositiveInt
    pipeline_parallel: PositiveInt = 1
    expert_parallel: PositiveInt = 1
    attention_data_parallel: PositiveInt = 1
    accelerators: int
    replicas: int
    weight_format: str
    kv_format: str
    engine: str | None = None
    usd_per_h: Figure
    usd_per_mtok: Figure | None = None
    times_the_cost: Figure | None = None
    """Its cost over the plan's."""


class Explanation(Shown):
    """Why this plan: the groups that bind, the runner-up, and the reasons as sentences."""

    binding: tuple[str, ...] = ()
    runner_up: RunnerUp | None = None
    runners_up: tuple[RunnerUp, ...] | None = None
    """One for each workload, where there are several."""
    why: tuple[str, ...] = ()
