"""Mutation by structure: any key, value or item of a document, at any depth, so that what is behind the parsers is met.

A table is a list of rows, so the same edits serve for CSV.
"""

import csv
import json
import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from io import StringIO
from random import Random
from typing import Any

from planner.catalog.json_schema import catalog_json_schema, schema_names
from planner.errors import PlannerError
from planner.pipeline.schemas import SCHEMAS
from planner.spec.document import parse_document
from planner.spec.nodes import as_json
from tests.fuzz.targets import catalog, seeds

Tree = Any
Spot = tuple[Any, Any]
"""A list and an index, or a section and a key."""
HOSTILE: tuple[Tree, ...] = (
    None, True, False, "", " ", "x", [], {}, [[]], [None], {"": None}, 0, -1, 1, 2, 0.5, -0.0, 1e-300, 1e300, 1e18,
    10**30, 2**31, 2**63, math.nan, math.inf, -math.inf, "1e999", "nan", "2026-02-30", "0001-01-01", "9999-12-31",
    "0x10", "1:30:00", "01", "=1+1", "../x", "/dev/zero", "\0", "\x1b[2J", "\u202ex", "\ud7ff", "\u200b", "a" * 3000,
    "{x}", "%s", "\n", [1] * 300, ["a", "a"], [[1, 1]], {"mean": 5, "p95": 9}, {"x": 1},
)  # fmt: skip


def _read_json(data: bytes) -> Tree:
    return json.loads(data)


def _read_yaml(data: bytes) -> Tree:
    try:
        return json.loads(data)
    except ValueError:
        return as_json(parse_document(data, "x.yaml").root)


def _read_table(data: bytes) -> Tree:
    return [row for row in csv.reader(StringIO(data.decode(), newline="")) if row]


def _as_json(tree: Tree) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode(errors="surrogatepass")


def _as_yaml(tree: Tree) -> bytes:
    return _as_json(tree).replace(b"-Infinity", b"-.inf").replace(b"Infinity", b".inf").replace(b"NaN", b".nan")


def _as_table(tree: Tree) -> bytes:
    text = StringIO(newline="")
    rows = tree if isinstance(tree, list) else [tree]
    csv.writer(text, lineterminator="\n").writerows(row if isinstance(row, list) else [row] for row in rows)
    return text.getvalue().encode(errors="surrogatepass")


@dataclass(frozen=True)
class Form:
    """How the bytes of a target become a tree and bytes again; the first ``head`` of them stand before it."""

    read: Callable[[bytes], Tree]
    write: Callable[[Tree], bytes]
    head: int = 0

    def parsed(self, data: bytes) -> tuple[bytes, Tree] | None:
        """Return the head and the tree, ``None`` where there is none to be had."""
        try:
            return data[: self.head], self.read(data[self.head :])
        except (PlannerError, ValueError, RecursionError, csv.Error):
            return None


_TABLE = Form(_read_table, _as_table)
FORMS = {
    "specification": Form(_read_yaml, _as_yaml),
    "config": Form(_read_json, _as_json),
    "entry": Form(_read_yaml, _as_yaml, head=1),
    "plan": Form(_read_json, _as_json),
    **dict.fromkeys(("measurements", "trace", "demand", "prices"), _TABLE),
}


def _named(schema: Tree) -> Iterator[str]:
    """Yield keys and words that a JSON Schema names."""
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key == "properties":
            yield from value
        words = value if key == "enum" else [value] if key == "const" else ()
        yield from (each for each in words if isinstance(each, str))
    for child in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _named(child)


@cache
def words() -> tuple[str, ...]:
    """Return every key and closed word of the documents, and the ids of the catalogue."""
    known = catalog()
    kinds = (known.accelerators, known.nodes, known.offers, known.formats, known.engines)
    ids = (each for kind in kinds for each in kind)
    schemas = [made() for made in SCHEMAS.values()] + [catalog_json_schema(name) for name in schema_names()]
    return tuple(sorted({*ids, *list(known.models)[:40], *(name for schema in schemas for name in _named(schema))}))


@cache
def donors(target: str) -> tuple[Tree, ...]:
    """Return the trees of a target's seeds."""
    found = (FORMS[target].parsed(data) for data in seeds(target))
    return tuple(each[1] for each in found if each is not None)


def spots(tree: Tree) -> Iterator[Spot]:
    """Yield the place of every value below the top."""
    for key, child in _children(tree):
        yield tree, key
        yield from spots(child)


def _children(tree: Tree) -> list[tuple[Any, Tree]]:
    if isinstance(tree, dict):
        return list(tree.items())
    return list(enumerate(tree)) if isinstance(tree, list) else []


def edited(tree: Tree, random: Random, given: tuple[Tree, ...]) -> Tree:
    """Return a copy after one edit; parts are taken from ``given`` trees too."""
    tree = deepcopy(tree)
    places = list(spots(tree))
    if not places:
        return deepcopy(random.choice((*HOSTILE, *given)))
    holder, key = random.choice(places)
    match random.randrange(8):
        case 0:
            del holder[key]
        case 1:
            _add(holder, random, deepcopy(random.choice((holder[key], *HOSTILE))))
        case 2:
            _grafted(holder, key, random, given)
        case 3:
            _again(holder, key, random)
        case _:
            other, there = random.choice(places)
            holder[key] = deepcopy(_in_place_of(holder[key], other[there], random))
    return tree


def _in_place_of(value: Tree, other: Tree, random: Random) -> Tree:
    """Return something hostile, a word that is known, another part, the value wrapped, or one of its type."""
    wrapped = random.choice(([value], {random.choice(words()): value}, str(value)))
    return random.choice((random.choice(HOSTILE), random.choice(words()), other, wrapped, _alike(value, random)))


def _alike(value: Tree, random: Random) -> Tree:
    """Return a value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        factor = random.choice((0.0, -1.0, 2.0, 0.5, 1.0000001, 10.0, 1e3, 1e-3, 1e6, 1e-9))
        return random.choice((value * factor, value + 1, value - 1, -value, value + 0.5))
    if isinstance(value, str):
        return random.choice((value.upper(), value + " ", value[1:], value * 2, value[::-1], value + "\u200b"))
    return value[::-1] if isinstance(value, list) else value


def _add(holder: Tree, random: Random, value: Tree) -> None:
    if isinstance(holder, dict):
        holder[random.choice(words())] = value
    else:
        holder.insert(random.randrange(len(holder) + 1), value)


def _grafted(holder: Tree, key: Any, random: Random, given: tuple[Tree, ...]) -> None:
    """Put a part of another document here, under its own key where this is a section."""
    there = list(spots(random.choice(given))) if given else []
    if not there:
        return
    other, name = random.choice(there)
    holder[name if isinstance(holder, dict) and isinstance(name, str) else key] = deepcopy(other[name])


def _again(holder: Tree, key: Any, random: Random) -> None:
    """Repeat an item up to 40 times, or give a key another name."""
    if isinstance(holder, list):
        holder[key:key] = [deepcopy(holder[key]) for _ in range(random.choice((1, 2, 40)))]
    else:
        holder[random.choice((f"{key} ", f"{key}\u200b", key.upper(), "<<", random.choice(words())))] = holder.pop(key)


def mutated(target: str, data: bytes, seed: int) -> bytes | None:
    """Return ``data`` after one to five edits of its tree; ``None`` where it has none."""
    form, random = FORMS[target], Random(seed)
    found = form.parsed(data)
    if found is None:
        return None
    head, tree = found
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        tree = edited(tree, random, donors(target))
    if head and random.random() < 0.02:
        head = bytes([random.randrange(256)])
    try:
        return head + form.write(tree)
    except (ValueError, RecursionError):
        return None
