"""The catalogue: accelerators, nodes, offers, models, formats, engines, links and calibration, as validated records."""

from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog

__all__ = ["Catalog", "load_catalog"]
