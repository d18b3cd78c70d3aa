"""Nothing is dated later than the day that the catalogue stands for."""

from collections.abc import Iterator
from datetime import date

from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem


def date_problems(catalog: Catalog, as_of: date | None) -> Iterator[Problem]:
    """Hold the dates of sources and prices against ``as_of``, without one those of prices against the latest check."""
    checked = [
        (folder, name, index, source.checked)
        for folder, entries in catalog.by_folder().items()
        for name, record in entries.items()
        for index, source in enumerate(record.sources)
    ]
    limit = as_of or max((day for *_, day in checked), default=date.min)
    for folder, name, index, day in checked:
        if day > limit:
            yield Problem(folder, name, f"sources.{index}.checked", _late(day, limit))
    for name, offer in catalog.offers.items():
        for index, price in enumerate(offer.prices):
            if price.as_of > limit:
                yield Problem("offers", name, f"prices.{index}.as_of", _late(price.as_of, limit))


def _late(day: date, limit: date) -> str:
    return f"{day} lies after {limit} (a figure is dated when it was read)"
