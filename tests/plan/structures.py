"""A plan's document corrupted in its structure: withheld, made up, repeated, out of order, exchanged between pools."""

import copy
import types
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from planner.plan.record import Plan

Path = tuple[str | int, ...]
Mutant = tuple[Path, str, dict[str, Any]]
"""Where, what was done there, and the document then."""

MADE_UP: dict[Any, Any] = {float: 1.0, int: 7, str: "x", bool: True, date: "2020-01-01", Any: "x"}


def structural(document: dict[str, Any]) -> Iterator[Mutant]:
    """Every structural corruption, with its path."""
    yield from _withheld(document)
    yield from _made_up(document)
    yield from _lists(document)
    yield from _pools(document)


def at(document: Any, path: Path) -> Any:
    """What stands at a path."""
    for part in path:
        document = document[part]
    return document


def put(document: Any, path: Path, value: Any) -> Any:
    """The document with another value at a path; what lies beside the path is shared, not copied."""
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = put(document[path[0]] if len(path) > 1 else None, path[1:], value)
    return changed


def _parts(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every mapping and list with its path, from the outside to the inside."""
    if isinstance(document, dict | list):
        yield path, document
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from _parts(value, (*path, key))


def _withheld(document: dict[str, Any]) -> Iterator[Mutant]:
    """Each key left out, with everything below it."""
    for path, part in _parts(document):
        for key in part if isinstance(part, dict) else ():
            rest = {name: value for name, value in part.items() if name != key}
            yield (*path, key), "withheld", put(document, path, rest)


def _made_up(document: dict[str, Any]) -> Iterator[Mutant]:
    """Each key that the document does not have, and one more of each list and mapping."""
    for path, annotation, value in _typed(Plan, document, ()):
        if value is None:
            yield path, "made up", put(document, path, invented(annotation))
        elif isinstance(value, list) and get_args(annotation)[1:] == (...,):
            yield path, "one made up", put(document, path, [*value, invented(get_args(annotation)[0])])
        elif isinstance(value, dict) and get_origin(annotation) is dict:
            yield path, "one made up", put(document, path, value | {"x": invented(get_args(annotation)[1])})


def _typed(annotation: Any, value: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """Every field of the records of a document with its type, and what it holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            key, kind = field.alias or name, plain(field.annotation)
            inside = value.get(key)
            if inside is not None or not field.is_required():
                yield (*path, key), kind, inside
            if inside is not None:
                yield from _typed(kind, inside, (*path, key))
    elif get_origin(annotation) is tuple and isinstance(value, list):
        for index, each in enumerate(value):
            yield from _typed(plain(get_args(annotation)[0]), each, (*path, index))


def plain(annotation: Any) -> Any:
    """A type without what pydantic notes beside it, and without None."""
    if get_origin(annotation) is Annotated:
        return plain(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return plain(next(each for each in get_args(annotation) if each is not type(None)))
    return annotation


def invented(annotation: Any) -> Any:
    """The least that pydantic takes for a value of a type."""
    kind = plain(annotation)
    if kind in MADE_UP:
        return MADE_UP[kind]
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is tuple:
        return [invented(each) for each in get_args(kind) if each is not ...]
    if get_origin(kind) is dict:
        return {"x": invented(get_args(kind)[1])}
    fields = kind.model_fields.items()
    return {field.alias or name: invented(field.annotation) for name, field in fields if field.is_required()}


def _lists(document: dict[str, Any]) -> Iterator[Mutant]:
    """Each item of a list left out, repeated, and exchanged with the next."""
    for path, items in _parts(document):
        for index, item in enumerate(items) if isinstance(items, list) else ():
            place, before, after = (*path, index), items[:index], items[index + 1 :]
            yield place, "removed", put(document, path, before + after)
            yield place, "repeated", put(document, path, [*before, item, item, *after])
            if after:
                swapped = [*before, after[0], item, *after[1:]]
                yield place, "exchanged with the next", put(document, path, swapped)


def _pools(document: dict[str, Any]) -> Iterator[Mutant]:
    """Fields of two pools exchanged, a pool moved to another workload, and the pools of two workloads exchanged."""
    workloads = document["workloads"]
    known = [(w, p) for w, served in enumerate(workloads) for p in range(len(served.get("pools", ())))]
    places: list[tuple[Path, Path]] = [
        (("workloads", a, "pools", b), ("workloads", c, "pools", d)) for (a, b), (c, d) in combinations(known, 2)
    ]
    for one, other in places:
        for key in at(document, one).keys() & at(document, other).keys():
            yield _exchanged(document, (*one, key), (*other, key))
    for first, second in combinations(range(len(workloads)), 2):
        for key in ("pools", "slo", "demand", "name"):
            yield _exchanged(document, ("workloads", first, key), ("workloads", second, key))
        for here, there in ((first, second), (second, first)):
            for index in range(len(workloads[here]["pools"])):
                mine, others = workloads[here]["pools"], workloads[there]["pools"]
                left = put(document, ("workloads", here, "pools"), mine[:index] + mine[index + 1 :])
                changed = put(left, ("workloads", there, "pools"), [*others, mine[index]])
                yield ("workloads", here, "pools", index), f"moved to workload {there}", changed


def _exchanged(document: dict[str, Any], one: Path, other: Path) -> Mutant:
    return one, f"exchanged with {other}", put(put(document, one, at(document, other)), other, at(document, one))
