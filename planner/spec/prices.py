"""What is paid: purchase options, the date of the prices, prices of one's own, hardware that is owned already."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from planner.records import Record
from planner.spec.names import NodeName, OfferName
from planner.spec.quantities import SOME, Count, Day, UsdPerHour, broken_rule, distinct

PurchaseOption = Literal["on_demand", "reserved_1y", "reserved_3y", "spot"]


class PriceOverride(Record):
    """A price of one's own for one billing unit of an offer; without ``purchase`` it holds for every option."""

    offer: OfferName
    usd_per_unit_h: UsdPerHour
    purchase: PurchaseOption | None = None


class Spot(Record):
    """What spot is worth over a demand profile: the share of its hours lost to interruptions, and its largest share."""

    interruption_share: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    max_share: Annotated[float, Field(ge=0, le=1)] = 1.0


class Prices(Record):
    """Which prices count. ``as_of`` leaves out prices dated later; without it the newest count."""

    purchase: Annotated[tuple[PurchaseOption, ...], SOME, distinct("purchase option")] = ("on_demand",)
    as_of: Day | None = None
    override: Annotated[tuple[PriceOverride, ...], SOME] = ()
    spot: Spot = Spot()

    @model_validator(mode="after")
    def _one_price_each(self) -> Self:
        seen: set[tuple[str, str | None]] = set()
        for index, entry in enumerate(self.override):
            if (entry.offer, entry.purchase) in seen:
                problem = f"offer {entry.offer!r} is overridden twice"
                raise broken_rule(problem, "keep one", at=("override", index, "offer"))
            seen.add((entry.offer, entry.purchase))
        return self


class Overheads(Record):
    """What is paid beside compute (staff, storage, egress): a sum a month, and a share of what compute costs."""

    usd_per_month: Annotated[float, Field(ge=0, le=1e12)] = 0.0
    share_of_compute: Annotated[float, Field(ge=0, le=100)] = 0.0


class Owned(Record):
    """Hardware that is there already: ``count`` nodes at ``usd_per_node_h``; ``sunk``: paid for whether used or not."""

    node: NodeName
    count: Count
    usd_per_node_h: UsdPerHour | None = None
    sunk: bool = False

    @model_validator(mode="after")
    def _has_a_price(self) -> Self:
        if self.usd_per_node_h is None and not self.sunk:
            problem = "has no price"
            raise broken_rule(problem, "add usd_per_node_h, or sunk: true if it is paid for anyway")
        return self
