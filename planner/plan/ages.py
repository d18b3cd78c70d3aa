"""How old the prices of a plan are on the day that it stands for, and which are too old to rely on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from planner.plan.record import Pool

OLD_DAYS = 60
"""A price older than this is flagged."""


def price_notes(pools: "tuple[tuple[Pool, ...], ...]", on: "date") -> tuple[str, ...]:
    """Say which prices are older than ``OLD_DAYS`` on a day."""
    ages = {
        f"{pool.offer} ({pool.purchase})": (on - pool.price_as_of).days
        for chosen in pools
        for pool in chosen
        if pool.price_as_of is not None
    }
    return tuple(
        f"The price of {name} is {days} days old on {on.isoformat()}: ask again before buying."
        for name, days in ages.items()
        if days > OLD_DAYS
    )
