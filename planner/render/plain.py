"""Names come from files that anyone may write: what a terminal or Markdown would obey is made harmless here."""

import re
import unicodedata

HARMFUL_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
MARKDOWN = re.compile(r"([\\`*\[\]<>#|~$&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
LIST_MARKER = re.compile(r"^(\s*)(-|\d+[.)])(?=\s)")


def harmless(text: str) -> str:
    """Return ``text``, its characters that print nothing (control, format, unassigned) replaced by ``?``."""
    return "".join("?" if unicodedata.category(character) in HARMFUL_CATEGORIES else character for character in text)


def plain(text: str) -> str:
    """Return ``text`` harmless and on one line."""
    return harmless(" ".join(text.split()))


def markdown_text(text: str) -> str:
    """Return ``text`` so that Markdown shows it letter by letter, in a paragraph as in a table's cell."""
    return LIST_MARKER.sub(r"\1\\\2", MARKDOWN.sub(r"\\\1", plain(text)))
