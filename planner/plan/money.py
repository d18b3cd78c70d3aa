"""The cost of a plan as records: by kind of token, by what it buys, with overheads apart."""

from planner.plan.figures import Figure, Shown


class TokenPrices(Shown):
    """What a million tokens cost, compute only. ``blended`` is over input and output together."""

    input: Figure
    output: Figure
    blended: Figure


class Spend(Shown):
    """A month's compute by what it buys [USD]; the four add up to all of it.

    ``used`` serves requests; ``headroom`` is the capacity kept free by ``max_utilisation``; ``spare`` is there to
    survive a loss; ``idle`` is what whole replicas and whole billing units leave over.
    """

    used: Figure
    headroom: Figure
    spare: Figure
    idle: Figure


class WithOverheads(Shown):
    """Overheads, and the totals that include them."""

    usd_per_month: Figure
    """The overheads alone."""
    total_usd_per_h: Figure
    total_usd_per_month: Figure
    total_usd_per_mtok: Figure


class AtRisk(Shown):
    """The least cost on one tenancy alone, with the promise kept under its variation, and if its machines were alike.

    The difference is what the headroom for noise costs; the first figures of two tenancies compare at equal risk.
    """

    tenancy: str
    throughput_variation: Figure | None = None
    """As the request states it; absent: not stated, and taken as none where the catalogue has none."""
    usd_per_h: Figure | None = None
    steady_usd_per_h: Figure | None = None


class Costs(Shown):
    """The cost of a plan by token, request, hour and month, and where it goes."""

    usd_per_mtok: TokenPrices
    usd_per_request: Figure | None = None
    """Absent where several workloads share the bill."""
    usd_per_h: Figure
    usd_per_month: Figure
    usd_of_month: Spend
    overheads: WithOverheads | None = None
    equal_risk: tuple[AtRisk, ...] | None = None
    """By tenancy; where the request states how much throughput varies."""
