"""Options that several commands share."""

from collections.abc import Callable
from functools import wraps
from math import isfinite
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

Paths = tuple[Path, ...]
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class FiniteRange(click.FloatRange):
    """A range that NaN is not in either."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401  click's own
        """Return the number."""
        found = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{found} is not a finite number.", param, ctx)
        return found


def positive(_context: click.Context, parameter: click.Parameter, value: float) -> float:
    """Refuse what is not a positive, finite number."""
    if not (isfinite(value) and value > 0.0):
        problem = f"{value} is not a positive, finite number"
        raise click.BadParameter(problem, param=parameter)
    return value


def key_values(_context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an override that is not ``key=value``."""
    for value in values:
        if not value.partition("=")[0].strip() or "=" not in value:
            problem = f"{value!r} is not KEY=VALUE, for example limits.max_accelerators=8"
            raise click.BadParameter(problem, param=parameter)
    return values


def format_option(*formats: str) -> Decorator:
    """``--format``: the first is the default; the suffix of ``-o`` decides where the option is not given."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats, case_sensitive=False),
        help=f"How to print it; without the option by the suffix of -o, otherwise {formats[0]}.",
    )


def time_limit_option(default: float, said: str) -> Decorator:
    """``--time-limit``, with its default [s] and what it stops."""
    return click.option(
        "--time-limit", metavar="S", type=float, default=default, show_default=True, callback=positive, help=said
    )


specification = click.argument("spec", metavar="SPEC", type=click.Path(allow_dash=True))

overrides_option = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    callback=key_values,
    help="Replace a value of the specification, e.g. limits.max_accelerators=8. May be repeated.",
)

_catalog = click.option(
    "--catalog",
    "catalogs",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Lay the entries of DIR over the catalogue. May be repeated; the later wins.",
)

_calibration = click.option(
    "--calibration",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Use the numbers that `planner calibrate` found.",
)


def catalog_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--catalog`` and ``--calibration``: the command gets both as ``catalogs``, the calibration last."""

    @_catalog
    @_calibration
    @wraps(command)
    def with_calibration(*arguments: object, catalogs: Paths, calibration: Path | None, **named: object) -> object:
        laid = (*catalogs, calibration) if calibration else catalogs
        return command(*arguments, catalogs=laid, **named)

    return with_calibration


output_option = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write to FILE, all or nothing, instead of stdout.",
)


def _a_file(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the name of a file."""
    return [CompletionItem(incomplete, type="file")]


outputs_option = click.option(
    "-o",
    "--output",
    "outputs",
    metavar="[FORMAT=]FILE",
    shell_complete=_a_file,
    multiple=True,
    help="Write to FILE, all or nothing, instead of stdout; with FORMAT= one of several documents. May be repeated.",
)
