"""The outcome of a check, as a page and as a document."""

from typing import Any, Literal

from pydantic import Field

from planner.plan.figures import Shown
from planner.plan.tool import DIALECT, Tool
from planner.render.numbers import counted
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import plain
from planner.review.cases import Review, cases
from planner.review.diff import Side, side_of
from planner.review.gates import GateResult

SCHEMA_ID = "urn:servingplan:check:1"


class CheckedCase(Shown):
    """One constraint and its outcome; ``key`` is where the specification states it."""

    rule: str
    name: str
    outcome: Literal["passed", "failed", "skipped"]
    message: str
    key: str = ""


class CheckDocument(Shown):
    """What ``planner check --format json`` prints."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    passed: bool
    status: str
    plan: Side | None = None
    """Where the plan comes from and what was proven."""
    input: dict[str, Any] | None = None
    """The request that the plan embeds."""
    tool: Tool | None = None
    """What it was checked with."""
    problems: tuple[str, ...] = ()
    gates: tuple[GateResult, ...] = ()
    constraints: tuple[CheckedCase, ...] = ()


def check_document(review: Review) -> CheckDocument:
    """Return the outcome as a record."""
    return CheckDocument(
        passed=not review.failed,
        status=review.plan.status,
        plan=side_of(review.plan),
        input=review.plan.input,
        tool=review.checked_with or review.plan.tool,
        problems=review.problems,
        gates=review.gates,
        constraints=tuple(
            CheckedCase(rule=case.rule, name=case.name, outcome=case.outcome, message=case.message, key=case.key)
            for case in cases(review)
            if case.rule not in {"promise", "gate"}
        ),
    )


def check_json(review: Review) -> str:
    """Return the outcome as JSON."""
    return f"{check_document(review).model_dump_json(indent=2)}\n"


def check_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the outcome."""
    return {"$schema": DIALECT, "$id": SCHEMA_ID, **CheckDocument.model_json_schema()}


def check_table(review: Review, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the outcome as text: the verdict, then what failed, then every constraint."""
    page = Page(width, colour=colour)
    page.paragraph(check_sentence(review), indent=0, style="bold")
    if review.problems:
        page.heading("Promises that do not hold")
    for problem in review.problems:
        page.paragraph(plain(problem), bullet="- ")
    if review.gates:
        page.heading("Gates")
    for gate in review.gates:
        page.paragraph(f"{'failed' if gate.failed else 'passed'}: {gate.gate} ({gate.because})", bullet="- ")
    found = [case for case in cases(review) if case.rule not in {"promise", "gate"}]
    if found:
        page.heading("Constraints")
        page.grid([(case.outcome, plain(case.name), plain(case.message)) for case in found])
    return page.text()


def check_sentence(review: Review) -> str:
    """Return the verdict in one sentence."""
    failed = sum(gate.failed for gate in review.gates)
    if review.problems:
        broken = counted(len(review.problems), "promise")
        gates = f", {counted(failed, 'gate')} failed" if failed else ""
        return f"The plan does not hold: {broken} broken{gates}."
    if failed:
        return f"{counted(failed, 'gate')} failed; every promise of the plan holds."
    if not review.plan.found:
        return f"The answer is {review.plan.status}: there is no plan to recompute."
    pools = sum(len(workload.pools) for workload in review.plan.workloads)
    return f"The plan holds: every promise of {counted(pools, 'pool')} recomputed."
