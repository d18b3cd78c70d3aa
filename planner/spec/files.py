"""Reading a specification: a file, a pipe or standard input."""

import sys
from pathlib import Path

from planner.errors import SpecError
from planner.files import read_head, reason
from planner.spec.problems import Place, Problem

STDIN = "-"


def read_specification(path: str | Path, max_bytes: int) -> tuple[bytes, str]:
    """Return at most ``max_bytes + 1`` bytes of the specification, and what to call it; ``-`` is standard input."""
    if str(path) == STDIN:
        return sys.stdin.buffer.read(max_bytes + 1), "<stdin>"
    try:
        return read_head(path, max_bytes + 1), str(path)
    except (OSError, ValueError) as error:
        problem, remedy = f"cannot be read: {reason(error)}", "name a YAML file, or - for standard input"
        raise SpecError(str(Problem(Place(str(path)), "specification", problem, remedy))) from None
