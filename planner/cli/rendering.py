"""From a reviewed plan to the text of each format."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.plan.landscape import Landscape
    from planner.review.cases import Review

FORMS = ("table", "json", "yaml", "markdown", "csv", "html", "adr", "github", "junit", "sarif", "openmetrics")
"""What ``solve`` writes."""
WITH_CANDIDATES = frozenset({"html", "adr"})


def rendered(review: "Review", output: Output, landscape: "Callable[[], Landscape]") -> str:
    """Return a plan in the format of ``output``; ``landscape`` is called by the formats that show candidates."""
    from planner.render.document import document_json, document_yaml, plan_csv
    from planner.render.markdown import plan_markdown
    from planner.render.openmetrics import plan_openmetrics
    from planner.render.table import plan_table

    plan = review.plan
    if output.form == "table":
        return plan_table(plan, width=output.width, colour=output.colour)
    if output.form in WITH_CANDIDATES:
        return _with_candidates(review, output.form, landscape())
    of_plan = {
        "json": document_json,
        "yaml": document_yaml,
        "markdown": plan_markdown,
        "csv": plan_csv,
        "openmetrics": plan_openmetrics,
    }
    return of_plan[output.form](plan) if output.form in of_plan else reviewed(review, output.form)


def _with_candidates(review: "Review", form: str, landscape: "Landscape") -> str:
    from planner.render.adr import plan_adr
    from planner.render.html.report import plan_html

    return {"adr": plan_adr, "html": plan_html}[form](review.plan, landscape)


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
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text)
    return ""
