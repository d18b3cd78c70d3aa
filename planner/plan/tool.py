"""Which planner and which catalogue a document was made with: stands in every document."""

from datetime import date
from typing import TYPE_CHECKING

from planner import __version__
from planner.plan.figures import Shown

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog


class Tool(Shown):
    """Which planner and which catalogue made a document."""

    version: str
    catalog_date: date | None = None
    """The latest date on which a figure of the catalogue was checked."""
    prices_date: date | None = None
    """The date of its latest price."""
    catalog_digest: str | None = None
    """Digest of every file of the catalogue, the user's own entries included."""


def catalog_date(catalog: "Catalog") -> date:
    """Return the latest date on which a figure of the catalogue was checked."""
    return max(source.checked for entry in catalog.accelerators.values() for source in entry.sources)


def tool_of(catalog: "Catalog") -> Tool:
    """Return this planner and a catalogue."""
    dates = [price.as_of for offer in catalog.offers.values() for price in offer.prices]
    return Tool(
        version=__version__,
        catalog_date=catalog_date(catalog),
        prices_date=max(dates, default=None),
        catalog_digest=catalog.digest or None,
    )
