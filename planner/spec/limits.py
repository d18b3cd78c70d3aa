"""What a plan may use, and how much of it."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from planner.catalog.schema import FabricKind, Offer, Tenancy
from planner.records import Record
from planner.spec.names import AcceleratorName, OfferName, ProviderName, RegionName
from planner.spec.quantities import SOME, Count, UsdPerHour, broken_rule, distinct


class Stock(Record):
    """At most ``max`` accelerators of whatever matches every stated key."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [key]} for key in ("accelerator", "offer", "provider", "region")]}
    )

    accelerator: AcceleratorName | None = None
    offer: OfferName | None = None
    provider: ProviderName | None = None
    region: str | None = None
    """Free text: a quota may name a region that no offer of the catalogue states."""
    max: Annotated[int, Field(ge=0, le=10_000_000)]

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not any((self.accelerator, self.offer, self.provider, self.region)):
            problem = "says how many, but not of what"
            raise broken_rule(problem, "add accelerator, offer, provider or region")
        return self

    def counts(self, accelerator: str, offer: Offer) -> bool:
        """Whether what is bought of ``offer``, whose machines hold ``accelerator``, counts against this stock."""
        return (
            self.accelerator in {None, accelerator}
            and self.offer in {None, offer.id}
            and self.provider in {None, offer.provider}
            and (self.region is None or self.region in offer.regions)
        )


class Survive(Record):
    """How much may be lost with the demand still met: any ``nodes`` hosts, or any ``replicas``."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["nodes"]}, {"required": ["replicas"]}]})

    nodes: Annotated[int, Field(ge=1, le=8)] | None = None
    replicas: Annotated[int, Field(ge=1, le=100)] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.nodes is None) == (self.replicas is None):
            problem = "says what may be lost twice" if self.nodes else "does not say what may be lost"
            raise broken_rule(problem, "give one of nodes and replicas, such as {nodes: 1}")
        return self


Spread = Annotated[float, Field(ge=0, le=0.5)]


class Variation(Record):
    """How much the throughput of machines varies, by tenancy: its standard deviation as a share of its mean."""

    shared: Spread | None = None
    dedicated: Spread | None = None
    private: Spread | None = None
    marketplace: Spread | None = None


USUAL_TENANCY: tuple[Tenancy, ...] = ("shared", "dedicated", "private")


class Limits(Record):
    """Allow lists (an empty tuple allows all) and caps (``None``: no cap).

    ``max_utilisation`` is a share of the capacity within the SLO; ``max_pools`` how many different columns one
    workload may mix; ``survive`` what may be lost with every demand still met.
    """

    accelerators: Annotated[tuple[AcceleratorName, ...], SOME, distinct("accelerator")] = ()
    providers: Annotated[tuple[ProviderName, ...], distinct("provider")] = ()
    regions: Annotated[tuple[RegionName, ...], distinct("region")] = ()
    tenancy: Annotated[tuple[Tenancy, ...], SOME, distinct("tenancy")] = USUAL_TENANCY
    fabrics: Annotated[tuple[FabricKind, ...], distinct("fabric")] = ()
    max_accelerators: Count | None = None
    max_usd_per_h: Annotated[UsdPerHour, Field(gt=0)] | None = None
    inventory: Annotated[tuple[Stock, ...], SOME] = ()
    max_pools: Annotated[int, Field(ge=1, le=4)] = 1
    survive: Survive | None = None
    max_utilisation: Annotated[float, Field(gt=0, le=1)] = 0.9
    throughput_variation: Variation = Variation()


INHERITED = ("max_pools", "survive", "throughput_variation")
"""What holds for every workload that does not state its own."""
ALLOW_LISTS = ("accelerators", "providers", "regions", "tenancy", "fabrics")


def within(own: Limits, common: Limits) -> tuple[Limits, tuple[str, ...]]:
    """Return a workload's limits inside the common ones, and the allow lists that have nothing in common.

    Allow lists are intersected and the tighter ``max_utilisation`` holds; caps and inventory stay the workload's own,
    because the common ones bound the sum over all workloads.
    """
    stated, below = own.model_fields_set, common.model_fields_set
    merged: dict[str, Any] = {}
    apart: list[str] = []
    for key in ALLOW_LISTS:
        mine, theirs = getattr(own, key), getattr(common, key)
        if key not in stated or not mine:
            merged[key] = theirs
        elif key in below and theirs:
            merged[key] = tuple(name for name in mine if name in theirs)
            apart += [] if merged[key] else [key]
    merged |= {key: getattr(common, key) for key in INHERITED if key not in stated}
    shares = [limits.max_utilisation for limits in (own, common) if "max_utilisation" in limits.model_fields_set]
    if shares:
        merged["max_utilisation"] = min(shares)
    return own.model_copy(update=merged), tuple(apart)
