"""Plain scalars by the core schema of YAML 1.2: ``yes`` is a word, ``50e6`` a number, ``2026-11-23`` a word."""

import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{f"{sign}{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_MAX_DIGITS = 300
"""More digits than a float holds: read as infinite, and refused where a number stands."""


def resolve(text: str) -> Scalar:
    """Return the value of a plain scalar; what is too large for a float is infinite."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= _MAX_DIGITS else float(text)
    if _BASED.fullmatch(text):
        return int(text, 0) if len(text) <= _MAX_DIGITS // 2 else float("inf")
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
