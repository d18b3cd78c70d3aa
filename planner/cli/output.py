"""Where a document goes: stdout, or a file that is either whole or untouched."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import click

from planner.cli.streams import silence, unwritable
from planner.files import write_special

SUFFIXES = {
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".md": "markdown",
    ".csv": "csv",
    ".txt": "table",
    ".html": "html",
    ".xml": "junit",
    ".sarif": "sarif",
}
PIPED_WIDTH = 80
NARROWEST, WIDEST = 40, 120


@dataclass(frozen=True)
class Output:
    """A destination (``None``: stdout), the format of what goes there, its width and whether it takes colours."""

    path: Path | None
    form: str
    width: int
    colour: bool

    def write(self, text: str) -> None:
        """Send the whole document."""
        if self.path is None:
            write_stdout(text)
        else:
            write_file(self.path, text)


def chosen_output(path: Path | None, form: str | None, forms: tuple[str, ...]) -> Output:
    """Return the destination; refuse one that cannot be written before any work is done."""
    target = None if path is None or str(path) == "-" else path
    if target is not None:
        _check_writable(target)
    by_suffix = SUFFIXES.get(target.suffix.lower(), "") if target is not None else ""
    decided = form or (by_suffix if by_suffix in forms else forms[0])
    terminal = target is None and sys.stdout.isatty()
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = PIPED_WIDTH if target is not None else shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
    return Output(target, decided, min(max(width, NARROWEST), WIDEST), colour)


def chosen_outputs(values: tuple[str, ...], form: str | None, forms: tuple[str, ...]) -> tuple[Output, ...]:
    """Return every destination that ``-o FILE`` and ``--output FORMAT=FILE`` name; stdout where none does."""
    found = [_named_output(value, form, forms) for value in values] or [chosen_output(None, form, forms)]
    paths = [None if each.path is None else _whole(each.path) for each in found]
    twice = next((path for index, path in enumerate(paths) if path in paths[:index]), ...)
    if twice is not ...:
        problem = f"-o {twice or '-'}: two documents cannot go to one place (name another file)"
        raise click.UsageError(problem)
    return tuple(found)


def piped_form(spec: str, form: str | None, outputs: tuple[str, ...]) -> str | None:
    """Return JSON where a program asks and a program reads: the request on stdin, the answer into a pipe."""
    piped = spec == "-" and not outputs and not sys.stdout.isatty()
    return "json" if piped and form is None else form


def _named_output(value: str, form: str | None, forms: tuple[str, ...]) -> Output:
    head, equals, rest = value.partition("=")
    if equals and head.lower() in forms:
        if not rest:
            problem = f"-o {value}: names no file (write {head}=FILE, or {head}=- for stdout)"
            raise click.UsageError(problem)
        return chosen_output(Path(rest), head.lower(), forms)
    if equals and head.isalnum():
        problem = f"-o {value}: {head!r} is no format of this command ({did_you_mean_format(head, forms)})"
        raise click.UsageError(problem)
    return chosen_output(Path(value), form, forms)


def did_you_mean_format(name: str, forms: tuple[str, ...]) -> str:
    """Return the nearest format as a remedy, otherwise all of them."""
    near = get_close_matches(name.lower(), forms, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"one of {', '.join(forms)}"


def write_all(documents: list[tuple[Output, str]]) -> None:
    """Write the files first, then what goes to stdout."""
    for output, text in sorted(documents, key=lambda document: document[0].path is None):
        output.write(text)


def write_stdout(text: str) -> None:
    """Write to stdout; a reader that has gone away is no error."""
    try:
        _write_stream(text)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            raise unwritable(error) from None
        silence(sys.stdout)


def _write_stream(text: str) -> None:
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def write_file(path: Path, text: str) -> None:
    """Write a file through a temporary one beside it; a pipe or a device is written directly."""
    target = _whole(path)
    try:
        if path.exists() and not path.is_file():
            write_special(path, text)
            return
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with part.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())  # the name must not change before the content is there
            if target.exists():
                shutil.copymode(target, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError | RuntimeError) -> click.UsageError:
    return click.UsageError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}")


def _whole(path: Path) -> Path:
    """Return the path that links lead to; refuse what leads nowhere, for want of a working folder too."""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError until Python 3.12
        raise _not_written(path, error) from None


def _check_writable(path: Path) -> None:
    whole = _whole(path)
    try:
        if path.is_dir():
            problem = f"{path}: is a folder (give -o a file)"
            raise click.UsageError(problem)
        if not whole.parent.is_dir():
            problem = f"{path}: no such folder {str(path.parent)!r} (make it first)"
            raise click.UsageError(problem)
        if whole.is_file() and any(whole == _whole(given) for given in _inputs()):
            problem = f"{path}: is what is read (give -o another file, or it would be lost)"
            raise click.UsageError(problem)
        whole.exists()
    except OSError as error:
        raise _not_written(path, error) from None


def _inputs() -> Iterator[Path]:
    """Yield what the running command reads: its arguments."""
    context = click.get_current_context(silent=True)
    for parameter in context.command.params if context else ():
        given = context.params.get(parameter.name or "") if context else None
        if isinstance(parameter, click.Argument):
            yield from (Path(each) for each in (given if isinstance(given, tuple) else (given,)) if each)
