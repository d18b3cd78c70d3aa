"""A catalogue with some of its numbers replaced: what a fit varies and what a calibration file sets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.errors import CatalogError

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Calibration, Engine, Link

ENGINE, LINK = "engine.", "link."


def value_of(catalog: "Catalog", key: str) -> float:
    """Return the number that ``key`` names: ``engine.<id>.<cost>``, ``link.<id>.<field>`` or a calibration factor.

    Raises
    ------
    CatalogError
        When the catalogue has no such number.
    """
    found: float | None = None
    if key.startswith(ENGINE):
        entry, cost = _split(key, ENGINE, catalog.engines)
        found = catalog.engines[entry].costs.get(cost)
    elif key.startswith(LINK):
        entry, name = _split(key, LINK, catalog.links)
        found = getattr(catalog.links[entry], name, None)
    else:
        found = {name: value for c in catalog.calibrations.values() for name, value in c.factors.items()}.get(key)
    if found is None:
        raise CatalogError(f"{key}: no number of this name in the catalogue")
    return float(found)


def with_values(catalog: "Catalog", values: Mapping[str, float]) -> "Catalog":
    """Return the catalogue with the numbers that ``values`` names replaced."""
    engines: dict[str, Engine] = {}
    links: dict[str, Link] = {}
    factors: dict[str, float] = {}
    for key, value in values.items():
        if key.startswith(ENGINE):
            entry, cost = _split(key, ENGINE, catalog.engines)
            engine = engines.get(entry, catalog.engines[entry])
            engines[entry] = engine.model_copy(update={"costs": {**engine.costs, cost: value}})
        elif key.startswith(LINK):
            entry, name = _split(key, LINK, catalog.links)
            links[entry] = links.get(entry, catalog.links[entry]).model_copy(update={name: value})
        else:
            factors[key] = value
    return replace(
        catalog,
        engines={**catalog.engines, **engines},
        links={**catalog.links, **links},
        calibrations=_overlaid(catalog, factors),
    )


def _overlaid(catalog: "Catalog", factors: Mapping[str, float]) -> "dict[str, Calibration]":
    """Put factors into the calibration whose factors win, the last."""
    calibrations = dict(catalog.calibrations)
    last, record = list(calibrations.items())[-1]
    return {**calibrations, last: record.model_copy(update={"factors": {**record.factors, **factors}})}


def _split(key: str, prefix: str, known: Mapping[str, object]) -> tuple[str, str]:
    """Split ``prefix + id + . + name``; ids may hold dots themselves."""
    rest = key.removeprefix(prefix)
    for entry in sorted(known, key=len, reverse=True):
        if rest.startswith(f"{entry}."):
            return entry, rest[len(entry) + 1 :]
    raise CatalogError(f"{key}: no entry of this name in the catalogue")
