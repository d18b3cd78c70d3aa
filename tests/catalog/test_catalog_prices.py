"""The price that holds on a day: the latest that is dated on or before it."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.catalog import Catalog
from planner.catalog.prices import price_age_days, price_at, purchases
from planner.catalog.schema import Offer, Price, Purchase

DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
PURCHASES: st.SearchStrategy[Purchase] = st.sampled_from(["on_demand", "reserved_1y", "spot"])
PRICES = st.builds(
    lambda purchase, usd, day: Price(
        purchase=purchase, usd_per_unit_h=usd, as_of=day, basis="datasheet", source="a list"
    ),
    PURCHASES,
    st.floats(0.1, 100),
    DAYS,
)


def offer(prices: list[Price]) -> Offer:
    return Offer(
        id="p/o",
        provider="p",
        name="o",
        node="n",
        unit_accelerators=8,
        tenancy="shared",
        prices=tuple(prices),
        sources=(),
    )


@given(st.lists(PRICES, max_size=8), PURCHASES, DAYS)
@settings(max_examples=100)
def test_the_latest_price_that_is_not_in_the_future(prices: list[Price], purchase: Purchase, day: date) -> None:
    known = [price for price in prices if price.purchase == purchase and price.as_of <= day]
    found = price_at(offer(prices), purchase, day)
    if not known:
        assert found is None
    else:
        assert found in known
        assert found.as_of == max(price.as_of for price in known)


@given(st.lists(PRICES, min_size=1, max_size=8), DAYS)
@settings(max_examples=50)
def test_appending_a_later_price_changes_no_earlier_day(prices: list[Price], day: date) -> None:
    later = Price(
        purchase="on_demand", usd_per_unit_h=1.0, as_of=day + timedelta(days=1), basis="datasheet", source="a list"
    )
    assert price_at(offer([*prices, later]), "on_demand", day) == price_at(offer(prices), "on_demand", day)


def test_of_two_prices_of_a_day_the_later_entry_holds() -> None:
    day = date(2026, 1, 1)
    twice = [
        Price(purchase="spot", usd_per_unit_h=usd, as_of=day, basis="datasheet", source="a list") for usd in (2.0, 3.0)
    ]
    found = price_at(offer(twice), "spot")
    assert found is not None
    assert found.usd_per_unit_h == 3.0
    assert purchases(offer(twice)) == ("spot",)


def test_age_counts_days_and_is_unknown_without_a_date() -> None:
    price = Price(purchase="spot", usd_per_unit_h=1, as_of=date(2026, 8, 26), basis="datasheet", source="a list")
    assert price_age_days(price, date(2026, 11, 23)) == 89
    assert price_age_days(price.model_copy(update={"undated": True}), date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    ("day", "usd"), [(date(2025, 6, 1), 98.32), (date(2026, 2, 1), 55.04), (date(2025, 1, 1), None)]
)
def test_the_price_history_of_a_real_offer(bundled: Catalog, day: date, usd: float | None) -> None:
    found = price_at(bundled.offers["aws/p5.48xlarge"], "on_demand", day)
    assert (found.usd_per_unit_h if found else None) == usd
