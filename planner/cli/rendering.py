"""From a reviewed plan to the text of each format."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.plan.landscape import Landscape
    from planner.review.cases import Review

FORMS = ("table", "json", "yaml", "markdown", "csv", "html", "adr", "github", "junit", "sarif", "openmetrics")
"""What ``solve`` writes."""


def rendered(review: "Review", output: Output, landscape: "Callable[[], Landscape]") -> str:
    """Return a plan in the format of ``output``; ``landscape`` is called by the formats that show candidates."""
    from planner.pipeline.documents import written
    from planner.render.table import plan_table

    if output.form == "table":
        return plan_table(review.plan, width=output.width, colour=output.colour)
    return reviewed(review, output.form) if output.form == "github" else written(review, output.form, landscape)


def reviewed(review: "Review", form: str) -> str:
    """Return what was checked, for continuous integration: ``github``, ``junit`` or ``sarif``."""
    from planner.render.github import review_annotations, review_summary
    from planner.render.junit import review_junit
    from planner.render.sarif import review_sarif

    if form == "github":
        return review_annotations(review) + step_summary(review_summary(review))
    return {"junit": review_junit, "sarif": review_sarif}[form](review)


def step_summary(text: str) -> str:
    """Append ``text`` to the step summary where GitHub names one, and return what is left for stdout."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return text
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        problem = f"GITHUB_STEP_SUMMARY={path}: cannot be written: {error.strerror or error}"
        raise click.UsageError(problem) from None
    return ""


def from_here(path: str) -> str:
    """Return a path as continuous integration wants it: from the working folder where it lies below it."""
    try:
        whole, here = Path(path).resolve(), Path.cwd()
    except OSError:  # a working folder that has been removed
        return path
    return whole.relative_to(here).as_posix() if Path(path).is_absolute() and whole.is_relative_to(here) else path
