"""Texts as cells of a CSV that a spreadsheet opens: what it would run as a formula is made a text."""

import re

FORMULA = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", flags=re.IGNORECASE)
LONGEST_NUMBER = 40


def cell(text: str) -> str:
    """Return ``text``; with an apostrophe before it where a spreadsheet would take it for a formula."""
    if not FORMULA.match(text) or (len(text) <= LONGEST_NUMBER and NUMBER.fullmatch(text)):
        return text
    return f"'{text}"
