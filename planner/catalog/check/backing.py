"""Every number is backed by a source, and every source backs something that is there."""

from collections.abc import Iterator
from typing import Any

from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem

SELF_BACKED = frozenset({"sources", "prices"})
"""Sources are no figures; each price names its own source."""


def backing_problems(catalog: Catalog) -> Iterator[Problem]:
    """Hold every number of every entry against the ``backs`` of its sources."""
    for folder, entries in catalog.by_folder().items():
        for name, record in entries.items():
            facts = record.model_dump(exclude=set(SELF_BACKED))
            backs = [key for source in record.sources for key in source.backs]
            for key, value in numbers(facts):
                if not any(backed(key, pattern) for pattern in backs):
                    yield Problem(
                        folder, name, key, f"{value!r} is backed by no source (list {key!r} in a source's backs)"
                    )
            keys = {key for key, _ in leaves(facts)}
            for pattern in backs:
                if not any(backed(key, pattern) for key in keys):
                    yield Problem(folder, name, "sources", f"{pattern!r} backs nothing (no such key with a value)")


def backed(key: str, pattern: str) -> bool:
    """Whether a dotted key is named by a pattern: the key itself, or ``parent.*`` for all below a parent."""
    if pattern.endswith("*"):
        return key.startswith(pattern[:-1])
    return key == pattern


def numbers(facts: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  any part of a record
    """Yield (dotted key, number) for every number of a record; booleans, dates and text are none."""
    for key, value in leaves(facts):
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield key, value


def leaves(facts: Any, parent: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  any part of a record
    """Yield (dotted key, value) of everything that holds nothing further; what is absent (``None``) is left out."""
    if isinstance(facts, dict):
        parts = facts.items()
    elif isinstance(facts, list | tuple):
        parts = dict(enumerate(facts)).items()
    else:
        if facts is not None:
            yield parent, facts
        return
    for key, value in parts:
        yield from leaves(value, f"{parent}.{key}" if parent else str(key))
