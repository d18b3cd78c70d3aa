"""Files that a user names: read bounded, never from a device, never waiting for a pipe that has no other end."""

import errno
import os
import stat
import time
from io import BytesIO, TextIOWrapper
from pathlib import Path

PATIENCE_S = 1.0
"""How long a pipe may be without a writer: shells start both ends at once."""
_PAUSE_S = 0.02


def read_bounded(path: str | Path, max_bytes: int, *, pipes: bool = False) -> bytes:
    """Return the content of a regular file, or also of a pipe (what a shell hands over as ``<(command)``).

    Raises
    ------
    OSError
        When it cannot be opened, is something else (a device, a folder), is a pipe that nobody writes to, or holds
        more than ``max_bytes``; a file that does is not read at all.
    ValueError
        When the path holds a NUL.
    """
    data, size = _read(path, max_bytes + 1, pipes=pipes, whole=True)
    if size > max_bytes:
        raise OSError(0, f"{size} bytes, at most {max_bytes} are read")
    return data


def read_head(path: str | Path, most_bytes: int) -> bytes:
    """Return at most ``most_bytes`` of a regular file or pipe.

    Raises
    ------
    OSError, ValueError
        As :func:`read_bounded`, but for what is larger.
    """
    return _read(path, most_bytes, pipes=True, whole=False)[0]


def _read(path: str | Path, most_bytes: int, *, pipes: bool, whole: bool) -> tuple[bytes, int]:
    """Return at most so many bytes, and how many there are; nothing is read where all is wanted and there are more."""
    # without blocking: opening a pipe that nobody writes to must not hang
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if stat.S_ISFIFO(state.st_mode) and pipes:
            data = _first_byte(descriptor)
            data += file.read(most_bytes - len(data))
            return data, len(data)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(0, "is a directory" if stat.S_ISDIR(state.st_mode) else "not a regular file")
        if whole and state.st_size >= most_bytes:
            return b"", state.st_size
        data = file.read(most_bytes)
        return data, len(data)


def _first_byte(descriptor: int) -> bytes:
    """Wait for a pipe's first byte: its writer may be slow, but there must be one soon."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            first = os.read(descriptor, 1)
        except BlockingIOError:  # there is a writer, who has written nothing yet
            first = None
        if first != b"":
            os.set_blocking(descriptor, True)
            return os.read(descriptor, 1) if first is None else first
        time.sleep(_PAUSE_S)
    raise OSError(0, "a pipe that nobody writes to")


def write_special(path: Path, text: str) -> None:
    """Write to a device, or to a pipe that somebody reads from.

    Raises
    ------
    OSError
        When it takes nothing, or is a pipe that nobody opens for reading.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
            break
        except OSError as error:
            if error.errno != errno.ENXIO or not stat.S_ISFIFO(path.stat().st_mode):
                raise
            if time.monotonic() > until:
                raise OSError(0, "a pipe that nobody reads from") from None
            time.sleep(_PAUSE_S)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def read_lines(data: bytes, max_lines: int) -> TextIOWrapper:
    """Return the lines of a UTF-8 text, decoded one after another.

    Raises
    ------
    OSError
        When there are more than ``max_lines``.
    UnicodeDecodeError
        When it is no such text, with the byte.
    """
    lines = data.count(b"\n")
    if lines > max_lines:
        raise OSError(0, f"{lines} lines, at most {max_lines} are read")
    data.decode("utf-8-sig")
    return TextIOWrapper(BytesIO(data), encoding="utf-8-sig", newline="")


def reason(error: OSError | ValueError) -> str:
    """Return why a file could not be read, in the system's words."""
    words = getattr(error, "strerror", None) or str(error)
    return words[:1].lower() + words[1:]
