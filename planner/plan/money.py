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


class Costs(Shown):
    """The cost of a plan by token, request, hour and month, and where it goes."""

    usd_per_mtok: TokenPrices
    usd_per_request: Figure | None = None
    """Absent where several workloads share the bill."""
    usd_per_h: Figure
    usd_per_month: Figure
    usd_of_month: Spend
    overheads: WithOverheads | None = None
