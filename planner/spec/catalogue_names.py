"""The names that the catalogue gives to a specification."""

from planner.catalog.catalog import Catalog
from planner.spec.names import Names, spellings


def catalogue_names(catalog: Catalog) -> Names:
    """Return every id and alias that a specification may use, by kind."""
    offers = catalog.offers.values()
    providers = {offer.provider for offer in offers}
    regions = {region for offer in offers for region in offer.regions}
    chips = {alias: item.id for item in catalog.accelerators.values() for alias in item.aliases}
    models = {alias: item.id for item in catalog.models.values() for alias in item.aliases}
    return Names(
        {
            "accelerators": spellings(catalog.accelerators, chips),
            "models": spellings(catalog.models, models),
            "providers": spellings(providers),
            "regions": spellings(regions),
            "offers": spellings(catalog.offers),
            "nodes": spellings(catalog.nodes),
            "formats": spellings(catalog.formats),
            "kv_formats": spellings(catalog.kv_formats),
            "engines": spellings(catalog.engines),
        }
    )
