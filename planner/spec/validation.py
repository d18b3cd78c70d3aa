"""Holding a document against its record: pydantic's findings as problems with places."""

import math
from collections.abc import Iterator, Mapping
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
        problems = [problem for item in found if (problem := _problem(item, record, root)) is not None]
        return None, (*empty_keys(root), *problems)


def empty_keys(node: Node, path: KeyPath = ()) -> Iterator[Problem]:
    """Yield a problem for each key without a value; a model's own fields may be null."""
    for key, child in node.children():
        here = (*path, key)
        if child.value is None:
            yield Problem(node.place_of(key), dotted(here), "has no value", "give one, or remove the key")
        elif key != "model":
            yield from empty_keys(child, here)


def _problem(item: Mapping[str, Any], record: type[Record], root: Node) -> Problem | None:
    context = item.get("ctx", {})
    at = context.get("at", ()) if item["type"] == "broken_rule" else ()
    location = (*item["loc"], *at)
    path, node, parent = descend(root, location)
    match item["type"]:
        case "extra_forbidden":
            place = parent.place_of(path[-1])
            return Problem(place, dotted(path), "is an unknown key", advice(record, path[:-1], str(path[-1])))
        case "missing":
            return _missing(path, node, str(location[-1]), location)
        case "broken_rule":
            place = parent.place_of(path[-1]) if path and isinstance(node.value, dict) else node.place
            return Problem(place, dotted(path), context["problem"], context["remedy"])
        case "too_short" if item["input"]:
            return None  # its items are wrong, and each says so
    if item["input"] is NO_VALUE:
        return None  # said by empty_keys
    problem, remedy = _words(item, node)
    return Problem(node.place, dotted(path), problem, remedy)


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
    if kind in {"literal_error", "unknown_name"}:
        return _not_among(item, node, shown)
    if kind == "tuple_type" and not isinstance(node.value, dict):
        return f"{shown} is not a list", f"write it as [{node.text}]"
    problem, remedy = _not_finite(node) or _EXPECTED.get(kind) or (item["msg"], "see docs/specification.md")
    return f"{shown} {problem}", remedy


def _not_finite(node: Node) -> tuple[str, str] | None:
    """Return problem and remedy of a number that none is: NaN, infinite, or too large to be held."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or math.isfinite(node.value):
        return None
    problem = "is not a number (NaN)" if math.isnan(node.value) else "is infinite, or too large for a number"
    return problem, "write a finite number"


def _not_among(item: Mapping[str, Any], node: Node, shown: str) -> tuple[str, str]:
    context = item["ctx"]
    if item["type"] == "unknown_name":
        noun, choices = f"{context['noun']} of the catalogue", context["choices"]
        return f"{shown} is no {noun}", _choices(str(node.value), choices)
    allowed = tuple(part.strip(" '") for part in context["expected"].replace(" or ", ",").split(","))
    return f"{shown} is not known here", _choices(str(node.value), allowed)


def _choices(name: str, choices: tuple[str, ...]) -> str:
    close = nearest(name.lower(), choices)
    if close:
        return f"did you mean {' or '.join(close[:3])}?"
    more = ", ..." if len(choices) > 8 else ""
    return f"use one of {', '.join(choices[:8])}{more}"
