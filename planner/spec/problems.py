"""A problem of a specification: where, at which key, what, and the way out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from planner.errors import SpecError

MAX_SHOWN = 50
_MAX_VALUE_CHARACTERS = 60


@dataclass(frozen=True)
class Place:
    """A position in a file, lines and columns from 1; or something without lines, such as a ``--set`` argument."""

    where: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.where}:{self.line}:{self.column}" if self.line else self.where


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; prints as ``file:line:column: key: problem (remedy)``.

    A remedy that takes a search (the nearest name) is a function, called only if the problem is shown.
    """

    place: Place
    key: str
    problem: str
    remedy: str | Callable[[], str]

    def __str__(self) -> str:
        remedy = self.remedy if isinstance(self.remedy, str) else self.remedy()
        return f"{self.place}: {self.key}: {self.problem} ({remedy})"


def refusal(problems: Iterable[Problem]) -> SpecError:
    """Return the error that says all problems in the order of the file, one for each key of each place."""
    first: dict[tuple[Place, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.place, problem.key), problem)
    ordered = sorted(first.values(), key=lambda problem: (problem.place.line, problem.place.column))
    lines = [str(problem) for problem in ordered[:MAX_SHOWN]]
    if len(ordered) > MAX_SHOWN:
        lines.append(f"and {len(ordered) - MAX_SHOWN} more problems (mend the first ones)")
    return SpecError(*lines)


def quoted(value: object, text: str = "") -> str:
    """Return what the user wrote, shortened and without control characters, for a message."""
    match value:
        case dict():
            return "a section of keys"
        case tuple() | list():
            return f"a list of {len(value)}" if value else "an empty list"
        case bool() | int() | float() | None:
            shown = text or repr(value)
        case _:
            shown = repr(str(value))
    return shown if len(shown) <= _MAX_VALUE_CHARACTERS else f"{shown[: _MAX_VALUE_CHARACTERS - 3]}..."


def dotted(path: Iterable[str | int]) -> str:
    """Return a key as it is written in messages: ``workloads[0].slo.ttft_p95_ms``."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in path]
    return "".join(parts).removeprefix(".") or "document"


def printable(key: str) -> str:
    """Return a key without control characters, shortened."""
    return quoted(key)[1:-1] if not key.isidentifier() or len(key) > _MAX_VALUE_CHARACTERS else key
