"""What an attack is: a command, the files it is let loose on, and how planner must refuse it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Making = bytes | Callable[[Path], None]
"""The content of a file, or what makes something worse at its path."""

MODEL = "meta-llama/Meta-Llama-3.1-8B"
WORKLOAD = "workload: {requests_per_s: 2, input_tokens: 1000, output_tokens: 200}\n"
SPEC = f"model: {MODEL}\n{WORKLOAD}"


@dataclass(frozen=True)
class Attack:
    """``command`` is split at blanks; ``message`` stands on stderr; paths start from a folder of its own."""

    command: str | tuple[str, ...]
    message: str
    files: Mapping[str, Making] = field(default_factory=dict)
    code: int = 2
    stdin: bytes = b""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command as a list of arguments."""
        return self.command if isinstance(self.command, tuple) else tuple(self.command.split())

    def prepare(self, folder: Path) -> None:
        """Lay out the files."""
        for name, making in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(making):
                making(path)
            else:
                path.write_bytes(making)


def link(target: str) -> Callable[[Path], None]:
    """Return the making of a symbolic link."""
    return lambda path: path.symlink_to(target)


def pipe(path: Path) -> None:
    """Make a pipe that nobody writes to."""
    os.mkfifo(path)


def sparse(head: bytes, size: int = 2**30) -> Callable[[Path], None]:
    """Return the making of a file of ``size`` bytes, NUL after ``head``, that takes no room on the disk."""

    def make(path: Path) -> None:
        path.write_bytes(head)
        os.truncate(path, size)

    return make


def spec(*, model: str = MODEL, workload: str = WORKLOAD, more: str = "") -> bytes:
    """Return a specification with a part of it replaced."""
    return f"model: {model}\n{workload}{more}".encode()


def nested(opening: str, closing: str, depth: int) -> bytes:
    """Return brackets in brackets."""
    return (opening * depth + closing * depth).encode()
