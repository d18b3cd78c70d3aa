"""``check_catalog``: everything that can be wrong with a catalogue that its schema already accepts."""

from collections.abc import Callable, Iterable
from datetime import date

from planner.catalog.catalog import Catalog
from planner.catalog.check.backing import backing_problems
from planner.catalog.check.dates import date_problems
from planner.catalog.check.formats import format_problems
from planner.catalog.check.hardware import hardware_problems
from planner.catalog.check.models import model_problems
from planner.catalog.check.nodes import node_problems
from planner.catalog.check.offers import offer_problems
from planner.catalog.check.peaks import peak_problems
from planner.catalog.check.problem import Problem
from planner.catalog.check.references import alias_problems, missing_references

__all__ = ["Problem", "check_catalog"]

RULES: tuple[Callable[[Catalog], Iterable[Problem]], ...] = (
    alias_problems,
    backing_problems,
    peak_problems,
    hardware_problems,
    node_problems,
    offer_problems,
    format_problems,
    model_problems,
)
"""What needs whole references; :func:`missing_references` comes first."""


def check_catalog(catalog: Catalog, *, as_of: date | None = None) -> tuple[Problem, ...]:
    """Return every problem of a catalogue, in the order of folders and entries.

    Parameters
    ----------
    catalog
        The bundled catalogue or one with the user's entries on top.
    as_of
        No figure may be dated later. Default: the catalogue's ``as_of``, else the latest date on which a figure was
        checked, so that the answer never depends on the clock.
    """
    found = list(missing_references(catalog))
    if not found:
        for rule in RULES:
            found += rule(catalog)
    found += date_problems(catalog, as_of or catalog.as_of)
    return tuple(sorted(found))
