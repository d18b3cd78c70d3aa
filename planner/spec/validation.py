"""Holding a document against its record: pydantic's findings as problems with places."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError

from planner.records import Record
from planner.spec.known_keys import advice
from planner.spec.names import Names, nearest
from planner.spec.nodes import NO_VALUE, KeyPath, Node, descend, plain
from planner.spec.problems import Problem, dotted, quoted

R = TypeVar("R", bound=Record)

_EXPECTED = {
    "float_type": ("is not a number", "write the number alone: the unit stands in the key"),
    "int_type": ("is not a whole number", "write a whole number"),
    "bool_type": ("is neither true nor false", "write true or false"),
    "string_type": ("is not a text", "write a word, in quotes if it looks like a number"),
    "tuple_type": ("is not a list", "write it as [item, item]"),
    "model_type": ("is not a section of keys", "write key: value lines below it"),
    "date_type": ("is not a date", "write it as 2026-11-23"),
    "string_pattern_mismatch": ("is not a name", "use letters, digits, space, '-', '_' and '.'"),
    "string_too_short": ("is empty", "write at least one character"),
    "string_too_long": ("is too long", "shorten it"),
}
_COMPARED = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}


def validated(record: type[R], root: Node, names: Names | None) -> tuple[R | None, tuple[Problem, ...]]:
    """Return the record that the document states, or all problems that keep it from being one."""
    try:
        return record.model_validate(plain(root), strict=True, context=names), tuple(empty_keys(root))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=True)
        problems = [problem for item in found if (problem := _problem(item, record, root, names)) is not None]
        return None, (*empty_keys(root), *problems)


def empty_keys(node: Node, path: KeyPath = ()) -> Iterator[Problem]:
    """Yield a problem for each key without a value; a model's own fields may be null."""
    for key, child in node.children():
        here = (*path, key)
        if child.value is None:
            yield Problem(node.place_of(key), dotted(here), "has no value", "give one, or remove the key")
        elif key != "model":
            yield from empty_keys(child, here)


def _problem(item: Mapping[str, Any], record: type[Record], root: Node, names: Names | None) -> Problem | None:
    context = item.get("ctx", {})
    at = context.get("at", ()) if item["type"] == "broken_rule" else ()
    location = (*item["loc"], *at)
    path, node, parent = descend(root, location)
    if item["input"] is NO_VALUE or (item["type"] == "too_short" and item["input"]):
        return None  # said by empty_keys, or by the wrong items themselves
    where = node.place
    remedy: str | Callable[[], str]
    match item["type"]:
        case "extra_forbidden":
            where, remedy = parent.place_of(path[-1]), partial(advice, record, path[:-1], str(path[-1]))
            problem = "is an unknown key"
        case "missing":
            return _missing(path, node, str(location[-1]), location)
        case "broken_rule":
            where = parent.place_of(path[-1]) if path and isinstance(node.value, dict) else node.place
            problem, remedy = context["problem"], context["remedy"]
        case "literal_error" | "unknown_name":
            problem, remedy = _not_among(item, node, names)
        case _:
            problem, remedy = _words(item, node)
    return Problem(where, dotted(path), problem, remedy)


def _missing(path: KeyPath, node: Node, key: str, location: KeyPath) -> Problem:
    if isinstance(location[-1], int):
        return Problem(node.place, dotted(path), f"is {quoted(node.value)}", "write a pair: [tokens, weight]")
    return Problem(node.place, dotted((*path, key)), "is missing", f"add {key}")


def _words(item: Mapping[str, Any], node: Node) -> tuple[str, str]:
    """Return problem and remedy of an error about one value."""
    kind, context = item["type"], item.get("ctx", {})
    shown = quoted(plain(node), node.text)
    if kind in _COMPARED:
        name, words = _COMPARED[kind]
        return f"{shown} is out of range", f"it must be {words} {context[name]:g}"
    if kind in {"too_short", "too_long"}:
        few = kind == "too_short"
        return f"is {shown}", "leave the key out for its default" if few else f"give at most {context['max_length']}"
    if kind == "tuple_type" and not isinstance(node.value, dict):
        return f"{shown} is not a list", f"write it as [{quoted(node.text)[1:-1]}]"
    problem, remedy = _not_finite(node) or _EXPECTED.get(kind) or (item["msg"], "see docs/specification.md")
    return f"{shown} {problem}", remedy


def _not_finite(node: Node) -> tuple[str, str] | None:
    """Return problem and remedy of a number that none is: NaN, infinite, or too large to be held."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or math.isfinite(node.value):
        return None
    problem = "is not a number (NaN)" if math.isnan(node.value) else "is infinite, or too large for a number"
    return problem, "write a finite number"


def _not_among(item: Mapping[str, Any], node: Node, names: Names | None) -> tuple[str, Callable[[], str]]:
    """Return problem and remedy of a word that is none of those allowed; the nearest is searched when it is shown."""
    context, name = item["ctx"], str(node.value)
    if item["type"] == "unknown_name" and names is not None:
        problem = f"{quoted(name)} is no {context['noun']} of the catalogue"
        return problem, partial(_among_names, names, context["kind"], name)
    allowed = tuple(part.strip(" '") for part in context["expected"].replace(" or ", ",").split(","))
    return f"{quoted(plain(node), node.text)} is not known here", partial(
        _choice, nearest(name.lower(), allowed), allowed
    )


def _among_names(names: Names, kind: str, name: str) -> str:
    return _choice(names.nearest(kind, name), names.ids(kind))


def _choice(close: tuple[str, ...], every: tuple[str, ...]) -> str:
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = ", ..." if len(every) > 8 else ""
    return f"use one of {', '.join(every[:8])}{more}"
