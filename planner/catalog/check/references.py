"""References between the entries of a catalogue, and ids that are what they are filed under."""

from collections.abc import Iterator

from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem
from planner.catalog.nearest import did_you_mean
from planner.catalog.references import references


def missing_references(catalog: Catalog) -> Iterator[Problem]:
    """Every name that an entry uses of another is an entry, and every entry stands under its own id."""
    for folder, entries in catalog.by_folder().items():
        for name, record in entries.items():
            if record.id != name:
                yield Problem(folder, name, "id", f"{record.id!r} stands under {name!r} (an entry stands under its id)")
            for key, target, wanted in references(folder, record):
                known = catalog.by_folder()[target]
                if wanted not in known:
                    remedy = did_you_mean(wanted, known)
                    yield Problem(folder, name, ".".join(map(str, key)), f"no entry {wanted!r} in {target} ({remedy})")


def alias_problems(catalog: Catalog) -> Iterator[Problem]:
    """Hold every alias to one entry: it is no id, and no other entry's alias."""
    for folder in ("accelerators", "models"):
        entries = catalog.by_folder()[folder]
        owners = {name.casefold(): name for name in entries}
        for name, record in entries.items():
            for alias in record.aliases:
                owner = owners.setdefault(alias.casefold(), name)
                if owner != name or alias in entries:
                    yield Problem(
                        folder, name, "aliases", f"{alias!r} already names {owner!r} (an alias names one entry)"
                    )
