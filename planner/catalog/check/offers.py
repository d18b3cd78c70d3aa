"""Offers: units that their node holds, dated prices that agree with one another."""

from collections import defaultdict
from collections.abc import Iterator

from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem
from planner.catalog.prices import price_at
from planner.catalog.schema import Node, Offer

USD_PER_ACCELERATOR_H = (0.02, 60.0)


def offer_problems(catalog: Catalog) -> Iterator[Problem]:
    """Check every offer by itself and against its node."""
    for name, offer in catalog.offers.items():
        found = (*_unit(offer, catalog.nodes[offer.node]), *_reason(offer), *_prices(offer), *_order(offer))
        for key, text in found:
            yield Problem("offers", name, key, text)


def _unit(offer: Offer, node: Node) -> Iterator[tuple[str, str]]:
    if offer.unit_accelerators > node.accelerators or node.accelerators % offer.unit_accelerators:
        yield "unit_accelerators", f"{offer.unit_accelerators} does not divide the {node.accelerators} of {node.id}"
    if not offer.id.startswith(f"{offer.provider}/"):
        yield "id", f"{offer.id!r} does not start with its provider ({offer.provider}/...)"


def _reason(offer: Offer) -> Iterator[tuple[str, str]]:
    if offer.solvable and not offer.prices and not offer.because:
        yield "prices", "absent, and because does not say why (an offer to solve with has a price)"
    if not offer.solvable and not offer.because:
        yield "solvable", "false, and because does not say why"


def _prices(offer: Offer) -> Iterator[tuple[str, str]]:
    low, high = USD_PER_ACCELERATOR_H
    days: dict[tuple[str, object], set[float]] = defaultdict(set)
    for index, price in enumerate(offer.prices):
        each = price.usd_per_unit_h / offer.unit_accelerators
        if not low <= each <= high:
            text = f"{price.usd_per_unit_h:g} is {each:.3g} USD an accelerator and hour, outside {low:g} to {high:g}"
            yield f"prices.{index}.usd_per_unit_h", f"{text} (a price is of the whole unit, for one hour)"
        if price.purchase == "owned":
            yield f"prices.{index}.purchase", "owned hardware is declared in the request, not offered"
        days[price.purchase, price.as_of].add(price.usd_per_unit_h)
    for (purchase, day), values in days.items():
        if len(values) > 1:
            yield "prices", f"{sorted(values)} for {purchase} on {day} (one price a day and option)"


def _order(offer: Offer) -> Iterator[tuple[str, str]]:
    """Hold commitments and interruptible machines to no more than on demand of the same day."""
    for purchase in ("reserved_1y", "reserved_3y", "spot"):
        price = price_at(offer, purchase)
        on_demand = price_at(offer, "on_demand", price.as_of) if price else None
        if price and on_demand and price.usd_per_unit_h > on_demand.usd_per_unit_h:
            yield "prices", f"{purchase} {price.usd_per_unit_h:g} is dearer than on demand {on_demand.usd_per_unit_h:g}"
