"""What can be bought at which price: offers x purchase options, prices of one's own, and hardware that is owned."""

from dataclasses import dataclass, replace
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING

from planner.candidates.power import full_w
from planner.catalog.prices import price_at
from planner.catalog.schema import Offer, Price
from planner.errors import CatalogError

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Node, Purchase
    from planner.spec.prices import Owned, Prices
    from planner.spec.schema import Spec, WorkloadSpec

OWNED = "owned"
W_PER_KW = 1e3
_UNDATED = date(1970, 1, 1)


@dataclass(frozen=True)
class Seller:
    """One billing unit at one price. ``stock`` [accelerator] is how much there is (``None``: no limit known)."""

    offer: Offer
    node: "Node"
    price: Price
    stock: int | None = None

    placed: bool = False
    """Whether this is the offer in one of its regions, because it matters where workloads are."""

    @property
    def key(self) -> str:
        """Offer and purchase option, and the region where it matters."""
        where = f"@{self.offer.regions[0]}" if self.placed else ""
        return f"{self.offer.id}:{self.price.purchase}{where}"

    @property
    def whole_node(self) -> bool:
        """Whether the unit is a whole host, so that fabric can join several."""
        return self.offer.unit_accelerators >= self.node.accelerators


def variation_of(workload: "WorkloadSpec", seller: Seller) -> float:
    """Return how much the throughput of a seller's machines varies: as the request says, else as the catalogue does.

    A concurrency without an SLO promises nothing that slow machines could break.
    """
    if workload.requests_per_s is None:
        return 0.0
    stated = getattr(workload.limits.throughput_variation, seller.offer.tenancy)
    return float((seller.offer.throughput_variation or 0.0) if stated is None else stated)


def sellers(spec: "Spec", catalog: "Catalog") -> tuple[Seller, ...]:
    """Everything that has a price under the request's purchase options, in the order of offers and options."""
    as_of = spec.prices.as_of or catalog.as_of
    found = [_owned(entry, spec, catalog) for entry in spec.owned]
    for offer in catalog.offers.values():
        node = catalog.nodes[offer.node]
        for purchase in spec.prices.purchase:
            price = _price(offer, purchase, spec.prices, as_of)
            if price is not None:
                found.append(Seller(offer, node, price))
    return tuple(there for seller in found for there in _by_region(seller)) if spec.apart else tuple(found)


def _by_region(seller: Seller) -> "tuple[Seller, ...]":
    """Return a seller in each of its regions; what is owned is a region of its own."""
    regions = (OWNED,) if seller.offer.provider == OWNED else seller.offer.regions
    if not regions:
        return (seller,)
    return tuple(replace(seller, offer=seller.offer.model_copy(update={"regions": (r,)}), placed=True) for r in regions)


def _price(offer: Offer, purchase: "Purchase", prices: "Prices", as_of: "date | None") -> Price | None:
    """Return the request's own price for the option, else for the offer, else the catalogue's."""
    own = {entry.purchase: entry for entry in prices.override if entry.offer == offer.id}
    entry = own.get(purchase, own.get(None))  # type: ignore[arg-type]
    listed = price_at(offer, purchase, as_of) if offer.solvable else None
    if entry is None:
        return listed
    day = as_of or (listed.as_of if listed else max((p.as_of for p in offer.prices), default=_UNDATED))
    return Price(
        purchase=purchase, usd_per_unit_h=entry.usd_per_unit_h, as_of=day, basis="estimated", source="the specification"
    )


def electricity_usd_per_h(node: "Node", spec: "Spec", catalog: "Catalog") -> float:
    """Return what the power of an owned node costs at full load [USD/h]: what is drawn idle is not saved on.

    Raises
    ------
    CatalogError
        When electricity has a price and no source gives the power of the node.
    """
    if not spec.energy.usd_per_kwh:
        return 0.0
    watts = full_w(node, catalog) * node.accelerators
    if not isfinite(watts):
        raise CatalogError(
            f"energy.usd_per_kwh: no source gives the power of {node.id} (state tdp_w in an entry of your own, under "
            "--catalog, or put electricity into owned.usd_per_node_h)"
        )
    return watts / W_PER_KW * spec.energy.pue * spec.energy.usd_per_kwh


def _owned(entry: "Owned", spec: "Spec", catalog: "Catalog") -> Seller:
    node = catalog.nodes[entry.node]
    usd = 0.0 if entry.sunk else (entry.usd_per_node_h or 0.0)
    usd += electricity_usd_per_h(node, spec, catalog)
    price = Price(purchase=OWNED, usd_per_unit_h=usd, as_of=_UNDATED, basis="estimated", source="the specification")
    offer = Offer(
        id=f"{OWNED}/{node.id}",
        provider=OWNED,
        name=f"own {node.name}",
        node=node.id,
        unit_accelerators=node.accelerators,
        tenancy="private",
        prices=(price,),
        sources=(),
    )
    return Seller(offer, node, price, stock=entry.count * node.accelerators)
