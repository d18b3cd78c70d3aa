"""From exceptions to exit codes: the one place that turns an error into a message and a number."""

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from planner.cli.streams import of_a_stream, opened, say, silence, unwritable
from planner.errors import NoAnswerError, PlannerError

INTERRUPTED = 130


class PlannerGroup(click.Group):
    """A group whose commands end with the exit codes of the contract and never with a traceback."""

    def main(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401  click's own
        """Run, whatever streams there are; where even stderr takes nothing, the exit code is what is left to say."""
        opened()
        try:
            return super().main(*arguments, **named)
        except OSError as error:
            silence(sys.stderr)
            sys.exit(getattr(error.__context__, "exit_code", click.UsageError.exit_code))

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:  # noqa: ANN401  click's own
        """Parse; help and version may be asked for where they cannot be written."""
        try:
            return super().make_context(*arguments, **named)
        except OSError as error:
            raise unwritable(error) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; map what it raises to a message on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except PlannerError as error:
            say(str(error))
            ctx.exit(error.exit_code)
        except MemoryError:
            say("planner: no answer: out of memory (allow more, or fewer accelerators, formats and workloads)")
            ctx.exit(NoAnswerError.exit_code)
        except Exception as error:
            if isinstance(error, OSError) and of_a_stream(error):
                raise unwritable(error) from None
            # the last resort: a user sees one line, not a traceback
            say(internal_error(error))
            ctx.exit(1)


def internal_error(error: Exception) -> str:
    """Return one line that says what broke and where; the whole traceback when ``PLANNER_DEBUG`` is set."""
    if os.environ.get("PLANNER_DEBUG"):
        return "".join(traceback.format_exception(error))
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"planner: internal error{place}: {what} (a defect: please report it; PLANNER_DEBUG=1 shows the traceback)"
