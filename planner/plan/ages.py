"""How old the prices of a plan are on the day that it stands for, and which are too old to rely on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from planner.candidates.table import Table
    from planner.plan.pools import Chosen
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


def undated_notes(tables: "tuple[Table, ...]", chosen: "tuple[tuple[Chosen, ...], ...]") -> tuple[str, ...]:
    """Say which prices stand in a list without a date: the day shown is the latest that they can be of."""
    sellers = [
        table.sellers[table.seller[each.column]] for table, pools in zip(tables, chosen, strict=False) for each in pools
    ]
    latest = {f"{each.offer.id} ({each.price.purchase})": each.price.as_of for each in sellers if each.price.undated}
    return tuple(
        f"The price of {name} comes from an undated list, read by {day.isoformat()} at the latest."
        for name, day in latest.items()
    )
