"""Which keys a specification may hold, read from its records, and what an unknown one was probably meant to be."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from planner.records import Record
from planner.spec.names import nearest
from planner.spec.nodes import KeyPath
from planner.spec.slo import METRICS, STATISTICS


def records_in(annotation: Any) -> Iterator[type[Record]]:  # noqa: ANN401  any annotation
    """Yield the records that a field's annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for part in get_args(annotation):
        yield from records_in(part)


@cache
def children(record: type[Record]) -> Mapping[str, tuple[type[Record], ...]]:
    """Return the keys of a record, each with the records that may stand below it."""
    return {
        key: tuple(records_in(info.annotation)) + tuple(found for part in info.metadata for found in records_in(part))
        for key, info in record.model_fields.items()
    }


def keys_at(root: type[Record], path: KeyPath) -> frozenset[str]:
    """Return the keys that may stand in the section at ``path``."""
    level: tuple[type[Record], ...] = (root,)
    for part in path:
        if isinstance(part, str):
            level = tuple(found for record in level for found in children(record).get(part, ()))
    return frozenset(key for record in level for key in children(record))


@cache
def sections_of(root: type[Record], prefix: str = "") -> Mapping[str, tuple[str, ...]]:
    """Return for every key the sections that may hold it, as dotted paths; the top is ``the top level``."""
    found: dict[str, tuple[str, ...]] = {}
    for key, below in children(root).items():
        found[key] = (*found.get(key, ()), prefix or "the top level")
        for record in below:
            many = "[]" if key in {"workloads", "inventory", "owned", "override"} else ""
            path = f"{prefix}.{key}{many}".removeprefix(".")
            for inner, places in sections_of(record, path).items():
                found[inner] = (*found.get(inner, ()), *places)
    return found


def advice(root: type[Record], section: KeyPath, key: str) -> str:
    """Return the remedy for an unknown ``key`` of the section at ``section``."""
    here = keys_at(root, section)
    elsewhere = sections_of(root)
    if key in here:
        return "it cannot stand beside the other keys of this section: keep one form"
    if key in elsewhere:
        return f"it belongs under {' or '.join(dict.fromkeys(elsewhere[key][:2]))}"
    stem, _, rest = key.partition("_")
    if stem in METRICS and f"{stem}_mean_ms" in here and rest.split("_")[0] not in STATISTICS:
        return f"state a statistic and ms: {', '.join(f'{stem}_{statistic}_ms' for statistic in STATISTICS)}"
    close = nearest(key, here)
    if close:
        return f"did you mean {close[0]}?"
    far = nearest(key, elsewhere)
    if far:
        return f"did you mean {far[0]}, under {elsewhere[far[0]][0]}?"
    return f"known here: {', '.join(sorted(here))}"
