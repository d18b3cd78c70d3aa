"""A plan as any document that the commands print: for people, for programs, for pipelines."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from planner.catalog.loader import load_catalog
from planner.errors import SpecError
from planner.pipeline.landscape import landscape
from planner.plan.landscape import Landscape
from planner.render.adr import plan_adr
from planner.render.document import document_json, document_yaml, plan_csv
from planner.render.github import review_annotations, review_summary
from planner.render.html.report import plan_html
from planner.render.junit import review_junit
from planner.render.markdown import plan_markdown
from planner.render.openmetrics import plan_openmetrics
from planner.render.page import DEFAULT_WIDTH
from planner.render.sarif import review_sarif
from planner.render.table import plan_table
from planner.review.cases import Review
from planner.review.gates import GateResult, judge, read_gate
from planner.review.metrics import metrics

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.plan.record import Plan
    from planner.spec.schema import Spec

OF_PLAN: "dict[str, Callable[[Plan], str]]" = {
    "json": document_json,
    "yaml": document_yaml,
    "markdown": plan_markdown,
    "csv": plan_csv,
    "openmetrics": plan_openmetrics,
    "table": lambda plan: plan_table(plan, width=DEFAULT_WIDTH),
}
"""What the plan alone is enough for."""
OF_REVIEW: dict[str, Callable[[Review], str]] = {
    "github": lambda review: review_annotations(review) + review_summary(review),
    "junit": review_junit,
    "sarif": review_sarif,
}
"""What also needs the lines of the specification, and the gates."""
OF_CANDIDATES: "dict[str, Callable[[Plan, Landscape], str]]" = {"adr": plan_adr, "html": plan_html}
"""What also needs the candidates."""


def document(
    plan: "Plan",
    form: str = "markdown",
    *,
    spec: "Spec | None" = None,
    catalog: "Catalog | None" = None,
    gates: tuple[GateResult, ...] = (),
) -> str:
    """Return a plan as ``planner solve --format FORM`` prints it.

    Parameters
    ----------
    plan
        A plan, from :func:`planner.solve` or :func:`planner.read_plan`.
    form
        ``table``, ``json``, ``yaml``, ``markdown``, ``csv``, ``html``, ``adr``, ``github``, ``junit``, ``sarif`` or
        ``openmetrics``.
    spec
        The request that it answers: ``html`` and ``adr`` show candidates where it is given, ``github``, ``junit`` and
        ``sarif`` point to its lines.
    catalog
        The catalogue that the candidates come from; the bundled one by default.
    gates
        What :func:`planner.gates` said, for the formats that list it.

    Raises
    ------
    SpecError
        When there is no such format.
    """
    review = Review(plan, gates, source=spec.source if spec else "", lines=spec.places if spec else {})
    return written(review, form, lambda: _around(plan, spec, catalog))


def written(review: Review, form: str, around: Callable[[], Landscape]) -> str:
    """Return a reviewed plan as a document; ``around`` is called by the formats that show candidates."""
    if form in OF_PLAN:
        return OF_PLAN[form](review.plan)
    if form in OF_REVIEW:
        return OF_REVIEW[form](review)
    if form in OF_CANDIDATES:
        return OF_CANDIDATES[form](review.plan, around())
    known = ", ".join((*OF_PLAN, *OF_REVIEW, *OF_CANDIDATES))
    raise SpecError(f"format: {form!r} is none (one of {known})")


def _around(plan: "Plan", spec: "Spec | None", catalog: "Catalog | None") -> Landscape:
    return landscape(plan, spec, catalog=catalog or load_catalog()) if spec else Landscape()


def gates(
    plan: "Plan", *expressions: str, against: "Plan | None" = None, today: date | None = None
) -> tuple[GateResult, ...]:
    """Hold a plan against gates, as ``--fail-on`` does.

    Parameters
    ----------
    plan
        The plan.
    expressions
        Such as ``usd_per_mtok > 0.60``, ``usd_per_h increase > 10%``, ``infeasible``.
    against
        The older plan that ``increase`` and ``decrease`` compare with.
    today
        The day that ages are told on; the day of the call by default.

    Raises
    ------
    SpecError
        When an expression is none, names no metric, or compares with an older plan that is not given.
    """
    asked = [read_gate(text) for text in expressions]
    alone = [gate.text for gate in asked if gate.compares and against is None]
    if alone:
        raise SpecError(f"{alone[0]!r} compares with an older plan (give it as against)")
    day = today or date.today()
    new, old = metrics(plan, day), metrics(against, day) if against else None
    return tuple(judge(gate, new, old) for gate in asked)
