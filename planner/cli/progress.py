"""A sign of life on stderr, when a person looks at it or asks for it, and Ctrl-C that keeps the best plan so far."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from planner.cli.talk import detail, note, talk_level

SELDOM_S = 0.5
"""Lines of progress are at least this far apart."""


@contextmanager
def progress(doing: str) -> "Iterator[Callable[[str], None]]":
    """Show what is being done until it is done, and how far it is; nothing where nobody looks."""
    started = time.monotonic()
    if talk_level() > 0:
        detail(f"{doing} ...")
    if talk_level() != 0 or not sys.stderr.isatty():
        yield _seldom(detail)
    else:
        from rich.console import Console

        with Console(stderr=True, markup=False).status(doing) as status:
            yield lambda words: status.update(f"{doing}: {words}")
    detail(f"{doing}: {time.monotonic() - started:.2f} s")


def _seldom(say: Callable[[str], None]) -> Callable[[str], None]:
    """Return ``say`` for a stream of news: the first, and then those that come after a while."""
    last = [-SELDOM_S]

    def tell(words: str) -> None:
        now = time.monotonic()
        if now - last[0] >= SELDOM_S:
            last[0] = now
            say(words)

    return tell


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Give an event that the first Ctrl-C sets; the second one ends the program as ever."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def stopped(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)
        note("Stopping with the best plan so far; press Ctrl-C again to give up.")

    signal.signal(signal.SIGINT, stopped)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
