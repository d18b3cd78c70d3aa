"""A plan over a demand that changes: what is bought how, hour by hour, and what each way of buying would cost alone."""

from pydantic import PositiveInt

from planner.plan.figures import Figure, Shown


class Purchase(Shown):
    """What is bought of one offer in one way; ``committed`` units are paid in every hour, others when they are had."""

    offer: str
    provider: str
    purchase: str
    committed: bool
    accelerators_per_step: PositiveInt
    replicas_per_step: PositiveInt | None = None
    """Absent where several workloads share the steps."""
    usd_per_step_h: Figure
    most_steps: int
    """Steps in the busiest hour that has them."""
    mean_steps: Figure
    usd_per_h: Figure
    """Mean over the profile."""


class Period(Shown):
    """Hours of one demand: how many there are, and the steps of each purchase then, in the order of the purchases."""

    requests_per_s: Figure
    hours: PositiveInt
    steps: tuple[int, ...]
    replicas: int
    accelerators: int
    usd_per_h: Figure


class Share(Shown):
    """One workload's part of a mix that several share: replicas of one kind in each period, some of them on spot."""

    name: str
    peak_requests_per_s: Figure
    mean_requests_per_s: Figure
    capacity_requests_per_s: Figure
    """What one replica carries within the SLO and ``max_utilisation``."""
    accelerators_per_replica: PositiveInt
    requests_per_s: tuple[Figure, ...]
    replicas: tuple[int, ...]
    spot_replicas: tuple[int, ...] | None = None


class Alone(Shown):
    """The least cost with one way of buying only; absent where it cannot serve the profile."""

    purchase: str
    usd_per_h: Figure | None = None


class Profile(Shown):
    """The mix over the profile, the busiest period first. Money is USD an hour, the mean over all hours.

    Where several workloads share the mix, rates and replicas are sums over them, and ``workloads`` says each one's.
    """

    hours: PositiveInt
    peak_requests_per_s: Figure
    mean_requests_per_s: Figure
    capacity_requests_per_s: Figure | None = None
    """What one replica carries within the SLO and ``max_utilisation``; absent where several workloads share the mix."""
    usd_per_h: Figure
    start_usd_per_h: Figure | None = None
    """The part of it that hired units cost while they start; absent where no start-up time is stated."""
    peak_usd_per_h: Figure
    fixed_usd_per_h: Figure | None = None
    """The same for a fleet that never shrinks."""
    purchases: tuple[Purchase, ...]
    periods: tuple[Period, ...]
    order: tuple[int, ...]
    """The period of each hour, as the hours follow one another."""
    workloads: tuple[Share, ...] | None = None
    alone: tuple[Alone, ...]
