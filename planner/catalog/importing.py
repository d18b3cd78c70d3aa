"""A flat CSV of offers (the columns of the SkyPilot catalogue) as dated entries of ``catalog/offers``."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import CatalogError
from planner.files import read_bounded, reason

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Node

MAX_BYTES = 64 * 2**20
MAX_ROWS = 200_000
NEEDED = ("InstanceType", "AcceleratorName", "AcceleratorCount", "Price")
COMMENT = "# yaml-language-server: $schema=../../docs/schemas/catalog-offers.json\n"
_SLUG = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True)
class Flavour:
    """One machine at one price: what rows that differ by region or zone alone have in common."""

    instance: str
    accelerator: str
    count: int
    usd_per_h: float
    spot_usd_per_h: float | None


@dataclass(frozen=True)
class Imported:
    """The content of ``offers/<provider>.yaml``, how many offers it has, and why rows were left out."""

    document: dict[str, Any]
    offers: int
    left_out: Mapping[str, int] = field(default_factory=dict)


def import_offers(
    text: str, catalog: "Catalog", *, provider: str, as_of: date, source: str, names: Mapping[str, str]
) -> Imported:
    """Return the offers of a CSV text.

    Parameters
    ----------
    provider
        Id of who sells them, lower case.
    as_of, source
        When the prices were read, and where: they stand in every entry.
    names
        Accelerators of the catalogue by the names of the file, where these alone are not clear.

    Raises
    ------
    CatalogError
        When columns are missing, or no row can be used; with the reasons.
    """
    rows = csv.DictReader(io.StringIO(text, newline=""))
    absent = [name for name in NEEDED if name not in (rows.fieldnames or ())]
    if absent:
        raise CatalogError(f"{source}:1: no column {', '.join(absent)} (the header must name {', '.join(NEEDED)})")
    reader = _Reader(catalog, dict(names))
    regions: dict[Flavour, list[str]] = defaultdict(list)
    try:
        for row in rows:
            flavour = reader.flavour(row)
            if flavour is not None:
                regions[flavour] += [row["Region"].strip()] if (row.get("Region") or "").strip() else []
    except csv.Error as error:
        raise CatalogError(f"{source}:{rows.line_num}: is not CSV: {error} (save it as CSV text)") from None
    if not regions:
        why = "; ".join(f"{reason}: {count} rows" for reason, count in sorted(reader.left_out.items()))
        raise CatalogError(f"{source}: no row is an offer of a known accelerator ({why or 'it holds no rows'})")
    offers = [_entry(provider, each, places, _Stamp(as_of, source), reader) for each, places in _named(regions)]
    return Imported({"provider": provider, "offers": offers}, len(offers), dict(reader.left_out))


@dataclass(frozen=True)
class _Stamp:
    as_of: date
    source: str


class _Reader:
    """Rows to flavours; counts what it leaves out, by reason."""

    def __init__(self, catalog: "Catalog", names: dict[str, str]) -> None:
        self._catalog = catalog
        self._names = {key.casefold(): value for key, value in names.items()}
        self._known: dict[str, tuple[str, ...]] = {}
        self.left_out: dict[str, int] = defaultdict(int)

    def flavour(self, row: Mapping[str, str]) -> Flavour | None:
        """Return what a row sells, or ``None`` with the reason counted."""
        name, instance = (row.get("AcceleratorName") or "").strip(), (row.get("InstanceType") or "").strip()
        count, price = _number(row.get("AcceleratorCount")), _number(row.get("Price"))
        if not name or not count:
            self._without("no accelerator")
            return None
        if not instance or price is None or price <= 0.0 or count != int(count):
            self._without("no instance, no price or a part of an accelerator")
            return None
        chosen = self._accelerator(name)
        if chosen is None:
            return None
        node = self.node(chosen)
        if int(count) > node.accelerators:
            self._without(f"{name}: more than the {node.accelerators} of {node.id}")
            return None
        spot = _number(row.get("SpotPrice"))
        return Flavour(instance, chosen, int(count), price, spot if spot else None)

    def node(self, accelerator: str) -> "Node":
        """Return the reference node of an accelerator."""
        nodes = self._catalog.nodes.values()
        return next(node for node in nodes if node.accelerator == accelerator and node.reference)

    def _accelerator(self, name: str) -> str | None:
        """Return the accelerator whose id has every part of the name, where there is only one."""
        given = self._names.get(name.casefold())
        if given is not None:
            return given
        if name not in self._known:
            self._known[name] = self._alike(name)
        found = self._known[name]
        if len(found) != 1:
            which = f"one of {', '.join(found)}" if found else "not in the catalogue"
            self._without(f"{name} is {which} (say which: --accelerator {name}=ID)")
            return None
        return found[0]

    def _alike(self, name: str) -> tuple[str, ...]:
        parts = set(re.split(r"[^a-z0-9]+", name.casefold())) - {""}
        found = tuple(each for each in self._catalog.accelerators if parts <= set(each.split("-")))
        exact = tuple(each for each in found if each.casefold() == name.casefold())
        return exact or found

    def _without(self, reason: str) -> None:
        self.left_out[reason] += 1


def _named(regions: Mapping[Flavour, list[str]]) -> list[tuple[Flavour, tuple[str, ...]]]:
    ordered = sorted(regions.items(), key=lambda item: (item[0].instance, item[0].usd_per_h, item[1]))
    return [(flavour, tuple(sorted(set(places)))) for flavour, places in ordered]


def _entry(provider: str, flavour: Flavour, regions: tuple[str, ...], stamp: _Stamp, reader: _Reader) -> dict[str, Any]:
    """Return one offer as it stands in a file: the id names the first region, for prices differ between them."""
    slug = _SLUG.sub("-", flavour.instance.casefold()).strip("-")
    place = f"-{_SLUG.sub('-', regions[0].casefold())}" if regions else ""
    paid = [("on_demand", flavour.usd_per_h), ("spot", flavour.spot_usd_per_h)]
    return {
        "id": f"{provider}/{slug}{place}",
        "name": flavour.instance,
        "node": reader.node(flavour.accelerator).id,
        "unit_accelerators": flavour.count,
        **({"regions": list(regions)} if regions else {}),
        "tenancy": "shared",
        "prices": [
            {
                "purchase": purchase,
                "usd_per_unit_h": usd,
                "as_of": stamp.as_of.isoformat(),
                "basis": "estimated",
                "source": stamp.source,
            }
            for purchase, usd in paid
            if usd is not None
        ],
        "notes": ["imported from a flat list: links and fabric are those of the accelerator's reference node"],
        "sources": [
            {
                "source": stamp.source,
                "checked": stamp.as_of.isoformat(),
                "basis": "estimated",
                "backs": ["unit_accelerators"],
            }
        ],
    }


def appended(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a file's content with the prices of ``new`` appended: what stands there already is never overwritten."""
    kept = old.get("offers", ()) if isinstance(old, dict) else None
    if not isinstance(kept, list | tuple) or not all(_is_offer(offer) for offer in kept):
        raise CatalogError(f"offers/{new['provider']}.yaml: holds no offers to append to (mend it, or move it away)")
    offers = {offer["id"]: offer for offer in kept}
    for offer in new["offers"]:
        known = offers.get(offer["id"])
        if known is None:
            offers[offer["id"]] = offer
            continue
        dated = [price for price in offer["prices"] if price not in known["prices"]]
        offers[offer["id"]] = {**known, "prices": [*known["prices"], *dated]}
    return {**old, **{key: value for key, value in new.items() if key != "offers"}, "offers": list(offers.values())}


def _is_offer(entry: Any) -> bool:  # noqa: ANN401  YAML holds anything
    return isinstance(entry, dict) and isinstance(entry.get("id"), str) and isinstance(entry.get("prices"), list)


def read_rows(path: Path) -> str:
    """Return the text of a CSV file.

    Raises
    ------
    CatalogError
        When it cannot be read, is too large, or is not text.
    """
    try:
        data = read_bounded(path, MAX_BYTES, pipes=True)
        if data.count(b"\n") > MAX_ROWS:
            raise CatalogError(f"{path}: more than {MAX_ROWS} rows (split it)")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read: {reason(error)} (give a CSV file, or split it)") from None
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path}: byte {error.start} is not UTF-8 (save it as CSV text)") from None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if isfinite(value) else None
