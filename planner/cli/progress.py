"""A sign of life on stderr, when a person looks at it or asks for it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from planner.cli.talk import detail, talk_level


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Show what is being done until it is done; nothing where stderr is no terminal or quiet was asked for."""
    started = time.monotonic()
    if talk_level() > 0:
        detail(f"{doing} ...")
    if talk_level() != 0 or not sys.stderr.isatty():
        yield
    else:
        from rich.console import Console

        with Console(stderr=True, markup=False).status(doing):
            yield
    detail(f"{doing}: {time.monotonic() - started:.2f} s")
