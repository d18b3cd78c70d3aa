"""A review for GitHub Actions: at most ten annotations at lines of the specification, and a step summary."""

from planner.render.markdown import plan_markdown
from planner.render.plain import markdown_text, plain
from planner.review.cases import Case, Review, cases

MOST = 10
"""GitHub shows ten annotations of a kind a step."""
MAX_SUMMARY_BYTES = 1_000_000


def review_annotations(review: Review) -> str:
    """Return workflow commands: an error for each constraint that failed, the last one counting those left out."""
    return _annotations([case for case in cases(review) if case.outcome == "failed"], review)


def gate_annotations(review: Review) -> str:
    """Return workflow commands for the gates that failed alone."""
    return _annotations([case for case in cases(review) if (case.rule, case.outcome) == ("gate", "failed")], review)


def gates_markdown(review: Review) -> str:
    """Return the gates as Markdown; nothing where there are none."""
    lines = [
        f"- {'failed' if gate.failed else 'passed'}: {markdown_text(gate.gate)} ({markdown_text(gate.because)})"
        for gate in review.gates
    ]
    return "\n".join(["", "**Gates**", "", *lines, ""]) if lines else ""


def _annotations(failed: list[Case], review: Review) -> str:
    shown = failed if len(failed) <= MOST else failed[: MOST - 1]
    lines = [_command(case, review) for case in shown]
    if len(failed) > len(shown):
        lines.append(f"::error title=planner::{len(failed) - len(shown)} more constraints failed")
    return "".join(f"{line}\n" for line in lines)


def review_summary(review: Review) -> str:
    """Return the step summary as Markdown: the plan, what was checked, and the gates."""
    return fitting(plan_markdown(review.plan) + checks_markdown(review))


def checks_markdown(review: Review) -> str:
    """Return every constraint with its outcome, as Markdown."""
    rows = [
        f"| {case.outcome} | {markdown_text(case.rule)} | {markdown_text(case.name)} | {markdown_text(case.message)} |"
        for case in cases(review)
    ]
    return "\n".join(["", "## Checks", "", "| outcome | rule | what | |", "|---|---|---|---|", *rows, ""])


def fitting(summary: str) -> str:
    """Return a summary that GitHub accepts, cut at a line and saying so where it is too long."""
    data = summary.encode()
    if len(data) <= MAX_SUMMARY_BYTES:
        return summary
    kept = data[:MAX_SUMMARY_BYTES].decode(errors="ignore").rpartition("\n")[0]
    return f"{kept}\n\n(cut: the whole plan is in its JSON)\n"


def _command(case: Case, review: Review) -> str:
    place = f"file={_property(review.source)},line={review.line(case.key)}," if review.source else ""
    return f"::error {place}title={_property(f'planner {case.rule}')}::{_data(f'{case.name}: {case.message}')}"


def _data(text: str) -> str:
    return plain(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
