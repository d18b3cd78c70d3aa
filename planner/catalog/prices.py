"""Which price of an offer holds on a day."""

from datetime import date

from planner.catalog.schema import Offer, Price, Purchase


def price_at(offer: Offer, purchase: Purchase, as_of: date | None = None) -> Price | None:
    """Return the latest price of a purchase option that is dated on or before ``as_of`` (``None``: the latest).

    Of two prices of one day the later entry holds: prices are appended, never overwritten.
    """
    found: Price | None = None
    for price in offer.prices:
        known = price.purchase == purchase and (as_of is None or price.as_of <= as_of)
        if known and (found is None or price.as_of >= found.as_of):
            found = price
    return found


def price_age_days(price: Price, as_of: date) -> int | None:
    """Return how old a price is on a day; ``None`` when its source gives no date."""
    return None if price.undated else (as_of - price.as_of).days


def purchases(offer: Offer) -> tuple[Purchase, ...]:
    """Return the purchase options that an offer has a price for, in the order of its entries."""
    return tuple(dict.fromkeys(price.purchase for price in offer.prices))
