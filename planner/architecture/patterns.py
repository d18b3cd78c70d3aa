"""Lists of modules as quantisation configurations write them: names, wildcards and regular expressions."""

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate

from planner.architecture.fields import shown
from planner.errors import ArchitectureError

_LONGEST = 500
_MOST_REPEATS = 3
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")
_REPEAT = re.compile(r"[*+}]")
_GROUP = re.compile(r"\([^()]*\)")
_ADJACENT = re.compile(r"[*+}][?+]?(?:\.|\[[^]]*\]|\\\w|\w)[*+{]")
_DIGIT_OR_CLASS = re.compile(r"[\d\\?\[]")
_WILD = re.compile(r"[*?\[]")


class Patterns:
    """A list of modules: ``re:`` opens a regular expression, ``*`` is a wildcard, anything else a name.

    A name means every module whose dotted name holds it as a run of whole words (``gate``, ``model.layers.0``); a
    wildcard is held against the module and all that contain it (``model.layers.*.self_attn``), an expression against
    the beginning of the module's name.
    """

    def __init__(self, entries: Sequence[object], place: str) -> None:
        self._names: set[str] = set()
        self._beginnings: set[str] = set()
        self._expressions: list[Callable[[str], object]] = []
        self._wildcards: list[Callable[[str], object]] = []
        for entry in entries:
            self._add(entry, place)
        self._last_words = {name.rpartition(".")[2] for name in self._names}
        self._lengths = {len(beginning) for beginning in self._beginnings}
        self.numbered = any(_tells_layers_apart(str(entry)) for entry in entries)
        """Whether the list may mean a module of one layer and not the same one of another."""

    def _add(self, entry: object, place: str) -> None:
        if not isinstance(entry, str) or not entry or len(entry) > _LONGEST:
            raise ArchitectureError(f"{place}: {shown(entry)} is no module name (write a name, a wildcard or re:...)")
        if entry.startswith("re:"):
            self._expressions.append(_compiled(entry.removeprefix("re:"), place))
        elif entry.endswith("*") and not _WILD.search(entry[:-1]):
            self._beginnings.add(entry[:-1])
        elif _WILD.search(entry):
            self._wildcards.append(re.compile(translate(entry)).match)
        else:
            self._names.add(entry)

    def __len__(self) -> int:
        return len(self._names) + len(self._beginnings) + self.expressions

    @property
    def expressions(self) -> int:
        """Entries that are held against names one by one."""
        return len(self._expressions) + len(self._wildcards)

    def match(self, name: str) -> bool:
        """Return whether the list means the module ``name``."""
        if any(name[:length] in self._beginnings for length in self._lengths):
            return True
        words = name.split(".")
        if any(word in self._last_words and self._names_end(words[: end + 1]) for end, word in enumerate(words)):
            return True
        if any(match(name) for match in self._expressions):
            return True
        outer = [".".join(words[:end]) for end in range(len(words), 0, -1)] if self._wildcards else []
        return any(match(part) for match in self._wildcards for part in outer)

    def _names_end(self, words: list[str]) -> bool:
        """Return whether an unbroken run of words up to the last one is a name of the list."""
        return any(".".join(words[start:]) in self._names for start in range(len(words)))

    def match_any(self, names: Iterable[str]) -> bool:
        """Return whether the list means a module that is known under any of ``names``."""
        return any(self.match(name) for name in names)


def _compiled(text: str, place: str) -> Callable[[str], object]:
    """Return what matches a regular expression from a name's beginning, in time that does not explode.

    An opening ``.*`` is a search, a closing one says nothing; what remains may repeat little, and no group.
    """
    whole = "|" in _GROUP.sub("", text)
    core = text if whole or text.endswith("\\.*") else text.removesuffix(".*")
    anywhere = core.startswith(".*") and not whole
    core = core.removeprefix(".*") if anywhere else core
    if len(_REPEAT.findall(core)) > _MOST_REPEATS or _REPEATED_GROUP.search(core) or _ADJACENT.search(core):
        rule = f"use at most {_MOST_REPEATS} repetitions within, none beside another, and repeat no group"
        raise ArchitectureError(f"{place}: {shown(text)} is too intricate a pattern ({rule})")
    try:
        expression = re.compile(core)
    except (re.error, OverflowError, RecursionError) as error:
        raise ArchitectureError(f"{place}: {shown(text)} is no regular expression: {error} (correct it)") from None
    return expression.search if anywhere else expression.match


def _tells_layers_apart(entry: str) -> bool:
    """Return whether an entry may mean one layer and not another: it holds a digit, or something that matches one."""
    if entry.startswith("re:"):
        entry = entry.replace("\\.", "").replace(".*", "").replace("re:", "")
        return bool(_DIGIT_OR_CLASS.search(entry)) or "." in entry
    return bool(_DIGIT_OR_CLASS.search(entry))
