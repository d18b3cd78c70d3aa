"""Standard streams that are closed, full or gone: a command still ends with its message and its exit code."""

import errno
import os
import sys
from typing import TextIO, cast

import click

CANNOT_BE_WRITTEN = frozenset({errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPIPE})


def opened() -> None:
    """Put something in the place of streams that were closed before the start.

    Standard input is then empty, and writing to standard output fails as on a device that takes nothing.
    """
    if sys.stdin is None:
        sys.stdin = _nothing(0, "r")
    if sys.stdout is None:
        sys.stdout = _nothing(1, "w")
    if sys.stderr is None:
        sys.stderr = _nothing(2, "w", os.O_WRONLY)


def _nothing(number: int, mode: str, flags: int = os.O_RDONLY) -> TextIO:
    """Return the null device at a descriptor that is free, so that no file is opened there later."""
    found = os.open(os.devnull, flags)
    if found != number:
        os.dup2(found, number)
        os.close(found)
    return cast("TextIO", open(number, mode, encoding="utf-8", closefd=False))


def say(message: str) -> None:
    """Write the lines of a message to stderr; where nobody can be told, that is no error."""
    from planner.render.plain import harmless

    try:
        for line in message.splitlines():
            click.echo(harmless(line), file=sys.stderr)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let what is still buffered go nowhere: it would break again when the interpreter flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def unwritable(error: OSError) -> click.ClickException | click.exceptions.Exit:
    """Return how to end after stdout took nothing; a reader that has gone away is no error."""
    silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return click.exceptions.Exit(0)
    return click.UsageError(f"stdout: cannot be written: {error.strerror or error}")


def of_a_stream(error: OSError) -> bool:
    """Whether it was a stream that could not be written: errors of files name the file."""
    return error.filename is None and error.errno in CANNOT_BE_WRITTEN
