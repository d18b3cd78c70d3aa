"""Lists of modules as quantisation configurations write them: names, wildcards and regular expressions."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate

from planner.architecture.fields import shown
from planner.errors import ArchitectureError

_LONGEST = 500
_MOST_REPEATS = 4
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")
_REPEAT = re.compile(r"[*+}]")
_NUMBERED = re.compile(r"[\d\\?\[]")
_WILD = re.compile(r"[*?\[]")


class Patterns:
    """A list of modules: ``re:`` opens a regular expression, ``*`` is a wildcard, anything else a name.

    A name means every module whose dotted name holds it as a run of whole words (``gate``, ``model.layers.0``); a
    wildcard is held against the module and all that contain it (``model.layers.*.self_attn``).
    """

    def __init__(self, entries: Sequence[object], place: str) -> None:
        self._names: set[str] = set()
        self._beginnings: set[str] = set()
        self._expressions: list[re.Pattern[str]] = []
        for entry in entries:
            self._add(entry, place)
        self._lengths = {len(beginning) for beginning in self._beginnings}
        self._numbered = any(_NUMBERED.search(str(entry).replace("\\.", "")) for entry in entries)

    def _add(self, entry: object, place: str) -> None:
        if not isinstance(entry, str) or not entry or len(entry) > _LONGEST:
            raise ArchitectureError(f"{place}: {shown(entry)} is no module name (write a name, a wildcard or re:...)")
        if entry.startswith("re:"):
            self._expressions.append(_compiled(entry.removeprefix("re:"), place))
        elif entry.endswith("*") and not _WILD.search(entry[:-1]):
            self._beginnings.add(entry[:-1])
        elif _WILD.search(entry):
            self._expressions.append(re.compile(translate(entry)))
        else:
            self._names.add(entry)

    def __len__(self) -> int:
        return len(self._names) + len(self._beginnings) + len(self._expressions)

    @property
    def numbered(self) -> bool:
        """Whether an entry may mean one layer and not another: it holds a digit, or something that matches digits."""
        return self._numbered

    def match(self, name: str) -> bool:
        """Return whether the list means the module ``name``."""
        return (
            any(part in self._names for part in _parts(name))
            or any(name[:length] in self._beginnings for length in self._lengths)
            or any(expression.match(outer) for expression in self._expressions for outer in _outers(name))
        )

    def match_any(self, names: Iterable[str]) -> bool:
        """Return whether the list means a module that is known under any of ``names``."""
        return any(self.match(name) for name in names)


def _outers(name: str) -> tuple[str, ...]:
    """Return the module and every module that contains it."""
    words = name.split(".")
    return tuple(".".join(words[:end]) for end in range(len(words), 0, -1))


def _parts(name: str) -> tuple[str, ...]:
    """Return every unbroken run of a module's words: ``a.b.c`` has ``a``, ``a.b``, ``a.b.c``, ``b``, ``b.c``, ``c``."""
    words = name.split(".")
    starts = range(len(words))
    return tuple(".".join(words[start:end]) for start in starts for end in range(start + 1, len(words) + 1))


def _compiled(text: str, place: str) -> re.Pattern[str]:
    """Return a regular expression, refusing those whose matching could take exponential time."""
    if len(_REPEAT.findall(text)) > _MOST_REPEATS or _REPEATED_GROUP.search(text):
        rule = f"use at most {_MOST_REPEATS} repetitions and repeat no group"
        raise ArchitectureError(f"{place}: {shown(text)} is too intricate a pattern ({rule})")
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ArchitectureError(f"{place}: {shown(text)} is no regular expression: {error} (correct it)") from None
