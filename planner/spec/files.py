"""Reading the files that a user names: regular ones, no larger than they may be."""

import os
import stat
import sys
from pathlib import Path

from planner.errors import SpecError
from planner.spec.problems import Place, Problem

STDIN = "-"


def read_specification(path: str | Path, max_bytes: int) -> tuple[bytes, str]:
    """Return at most ``max_bytes + 1`` bytes of the specification, and what to call it; ``-`` is standard input."""
    if str(path) == STDIN:
        return sys.stdin.buffer.read(max_bytes + 1), "<stdin>"
    try:
        with Path(path).open("rb") as file:
            return file.read(max_bytes + 1), str(path)
    except (OSError, ValueError) as error:
        problem, remedy = f"cannot be read: {reason(error)}", "name a YAML file, or - for standard input"
        raise SpecError(str(Problem(Place(str(path)), "specification", problem, remedy))) from None


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Return the content of a regular file.

    Raises
    ------
    OSError
        When it cannot be opened, is no regular file (a device, a pipe, a folder), or is larger than ``max_bytes``.
    """
    # without blocking: opening a pipe that nobody writes to must not hang
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(0, "not a regular file")
        if state.st_size > max_bytes:
            raise OSError(0, f"{state.st_size} bytes, at most {max_bytes} are read")
        return file.read(max_bytes + 1)[:max_bytes]


def reason(error: OSError | ValueError) -> str:
    """Return why a file could not be read, in the system's words."""
    words = getattr(error, "strerror", None) or str(error)
    return words[:1].lower() + words[1:]
