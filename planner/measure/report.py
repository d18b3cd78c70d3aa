"""Scores as a table for people, as JSON and as CSV."""

import csv
import io
import json
from dataclasses import dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING

from planner.cells import cell
from planner.measure.score import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

MEASURES = ("rows", "predicted", "median_ape", "mean_ape", "bias", "within_20", "in_band")
HEADINGS = ("rows", "predicted", "median %", "mean %", "bias %", "within 20 %", "in 80 % band")


@dataclass(frozen=True)
class Section:
    """Scores that belong together, under a title."""

    title: str
    by: tuple[str, ...]
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Report:
    """What ``planner validate`` found: sections, and why rows were not predicted, with how many."""

    sections: tuple[Section, ...]
    unpredicted: tuple[tuple[str, int], ...]


def report_table(report: Report) -> str:
    """Return the report as aligned text."""
    parts = [_section(section) for section in report.sections if section.scores]
    if report.unpredicted:
        lines = [f"  {count:>5}  {reason}" for reason, count in report.unpredicted]
        parts.append("\n".join(["Not predicted, or not in every quantity", *lines]))
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    head = (*section.by, "quantity", *HEADINGS)
    body = [(*score.group, score.quantity, *_shown(score)) for score in section.scores]
    widths = [max(len(line[place]) for line in (head, *body)) for place in range(len(head))]
    left = len(section.by) + 1
    lines = [
        "  ".join(cell.ljust(width) if place < left else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in (head, *body))
    ]
    return "\n".join([section.title, *(f"  {line.rstrip()}" for line in lines)])


def _shown(score: Score) -> tuple[str, ...]:
    shares = (score.median_ape, score.mean_ape, score.bias, score.within_20, score.in_band)
    signs = ("", "", "+", "", "")
    texts = [
        f"{100.0 * share:{sign}.1f}" if isfinite(share) else "-" for share, sign in zip(shares, signs, strict=True)
    ]
    return (str(score.rows), str(score.predicted), *texts)


def report_json(report: Report) -> str:
    """Return the report as JSON; a share that is not known is null."""
    document = {
        "sections": [
            {"title": section.title, "by": section.by, "scores": [_plain(section, score) for score in section.scores]}
            for section in report.sections
        ],
        "unpredicted": [{"because": reason, "rows": count} for reason, count in report.unpredicted],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _plain(section: Section, score: Score) -> dict[str, object]:
    named: dict[str, object] = dict(zip(section.by, score.group, strict=True))
    values = {field.name: getattr(score, field.name) for field in fields(score) if field.name != "group"}
    return named | {key: _number(value) for key, value in values.items()}


def _number(value: object) -> object:
    return (
        round(value, 6) if isinstance(value, float) and isfinite(value) else None if isinstance(value, float) else value
    )


def report_csv(report: Report) -> str:
    """Return all scores as one table."""
    out = io.StringIO()
    columns: Sequence[str] = list(dict.fromkeys(name for section in report.sections for name in section.by))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["section", *map(cell, columns), "quantity", *MEASURES])
    for section in report.sections:
        for score in section.scores:
            named = dict(zip(section.by, score.group, strict=True))
            measures = [_number(getattr(score, name)) for name in MEASURES]
            groups = [cell(named.get(name, "")) for name in columns]
            writer.writerow([section.title, *groups, score.quantity, *measures])
    return out.getvalue()
