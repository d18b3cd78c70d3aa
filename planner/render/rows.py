"""Rows of named values (candidates, catalogue entries) as CSV, JSON and text."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from math import isfinite
from typing import Any

from rich.cells import cell_len

from planner.cells import cell
from planner.plan.figures import significant
from planner.render.numbers import exact
from planner.render.page import Page
from planner.render.plain import plain

Row = Mapping[str, Any]


def rows_csv(rows: Iterable[Row], fields: Sequence[str]) -> str:
    """Return rows as CSV with a header; what a row lacks is empty."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([_cell(row.get(field)) for field in fields] for row in rows)
    return stream.getvalue()


def rows_json(rows: Iterable[Row], fields: Sequence[str]) -> str:
    """Return rows as a JSON list of objects, one a line; what a row lacks is null."""
    lines = ",\n".join(json.dumps({field: bare(row.get(field)) for field in fields}) for row in rows)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def rows_table(rows: Sequence[Row], headers: Mapping[str, str], *, colour: bool = False) -> str:
    """Return rows as aligned columns, as wide as they need: ``headers`` gives the fields and what stands above them."""
    opened = [[bare(row.get(field)) for field in headers] for row in rows]
    cells = [[shown(value) for value in row] for row in opened]
    numeric = (all(isinstance(value, int | float | None) for value in column) for column in zip(*opened, strict=True))
    widths = [max(map(cell_len, column)) + 2 for column in zip(headers.values(), *cells, strict=True)]
    page = Page(sum(widths) + 2, colour=colour)
    page.grid(cells, header=tuple(headers.values()), justify="".join("r" if right else "l" for right in numeric))
    return page.text()


def bare(value: object) -> object:
    """Return a value that JSON knows: NumPy scalars opened, floats rounded, NaN and infinities absent."""
    item = getattr(value, "item", None)
    opened = item() if callable(item) else value
    if isinstance(opened, float):
        return significant(opened) if isfinite(opened) else None
    if isinstance(opened, str | int | None):
        return opened
    if isinstance(opened, Iterable):
        return [bare(part) for part in opened]
    return str(opened)


def _cell(value: object) -> object:
    opened = bare(value)
    if isinstance(opened, str):
        return cell(plain(opened))
    return cell(" ".join(plain(str(part)) for part in opened)) if isinstance(opened, list) else opened


def shown(value: object) -> str:
    """Return a bare value as people read it, no digit lost."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return exact(value)
    return ", ".join(shown(part) for part in value) if isinstance(value, list) else plain(str(value))
