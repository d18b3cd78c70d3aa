"""How much is said on stderr: ``--quiet`` nothing but errors, ``--verbose`` every step with its time."""

from typing import Any

import click

from planner.cli.options import Decorator
from planner.cli.streams import say

KEY = "planner.talk"


def talk_options(command: Any) -> Any:  # noqa: ANN401  click decorates functions and commands alike
    """``--quiet`` and ``--verbose``."""
    for option in (
        _option("-v", "--verbose", 1, "Say each step and its time on stderr."),
        _option("-q", "--quiet", -1, "Say nothing on stderr but errors."),
    ):
        command = option(command)
    return command


def _option(short: str, name: str, level: int, text: str) -> Decorator:
    def callback(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value:
            context.meta[KEY] = level

    return click.option(short, name, is_flag=True, expose_value=False, callback=callback, help=text)


def talk_level() -> int:
    """Return -1 where quiet was asked for, 1 where verbose was, otherwise 0."""
    context = click.get_current_context(silent=True)
    return int(context.meta.get(KEY, 0)) if context else 0


def note(message: str) -> None:
    """Say something that a person should know, unless quiet was asked for."""
    if talk_level() >= 0:
        say(message)


def detail(message: str) -> None:
    """Say something where verbose was asked for."""
    if talk_level() > 0:
        say(message)
