"""Measured results as rows: read from CSV, checked cell by cell, every problem with its place."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from planner.errors import SpecError
from planner.files import read_bounded, read_lines, reason
from planner.measure.columns import CHOICES, MEASURED, NUMBERS, REQUIRED, TEXTS

MAX_BYTES = 64 * 2**20
MAX_ROWS = 50_000
MAX_COLUMNS = 1_000
MAX_CELL = 2_000
MAX_PROBLEMS = 50


@dataclass(frozen=True)
class Measurement:
    """One measured configuration. ``numbers`` holds what the row states of :data:`columns.NUMBERS` in its own units.

    ``cells`` are the texts as they stand, for grouping by any column; ``place`` is ``file:line``.
    """

    place: str
    cells: Mapping[str, str]
    numbers: Mapping[str, float]
    tensor_parallel: int
    pipeline_parallel: int
    expert_parallel: int
    attention_data_parallel: int
    replicas: int
    load: str

    def text(self, column: str, default: str = "") -> str:
        """Return a cell as it stands; ``default`` where it is empty or absent."""
        return self.cells.get(column, "") or default

    @property
    def id(self) -> str:
        """The row's own name, or its place."""
        return self.text("id", self.place)

    @property
    def accelerators(self) -> int:
        """Accelerators of all replicas."""
        return self.tensor_parallel * self.pipeline_parallel * self.attention_data_parallel * self.replicas


def read_measurements(*paths: str | Path) -> tuple[Measurement, ...]:
    """Return the rows of CSV files, in order.

    Raises
    ------
    SpecError
        Unreadable files, missing columns or bad cells, as ``file:line:column name: value: rule``.
    """
    rows: list[Measurement] = []
    problems: list[str] = []
    for path in paths:
        try:
            for found in _rows(read_lines(read_bounded(path, MAX_BYTES, pipes=True), MAX_ROWS), str(path)):
                (problems if isinstance(found, str) else rows).append(found)  # type: ignore[arg-type]
                if len(rows) > MAX_ROWS or len(problems) > MAX_PROBLEMS:
                    break
        except (OSError, ValueError) as error:
            problems.append(f"{path}: cannot be read: {reason(error)} (give a UTF-8 CSV file, or split it)")
        if len(rows) > MAX_ROWS:
            problems.append(f"{path}: more than {MAX_ROWS} rows (split the file)")
    if problems:
        raise SpecError(*problems[:MAX_PROBLEMS])
    return tuple(rows)


def _rows(file: TextIO, name: str) -> Iterator[Measurement | str]:
    reader = csv.reader(file)
    try:
        header = [column.strip() for column in next(reader)]
    except (StopIteration, csv.Error):
        yield f"{name}:1: no header line (the first line names the columns)"
        return
    problems = list(_header_problems(header, name))
    yield from problems
    if problems:
        return
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield from _checked(header, cells, f"{name}:{reader.line_num}")
    except csv.Error as error:
        yield f"{name}:{reader.line_num}: {error} (give comma-separated values)"


def _header_problems(header: list[str], name: str) -> Iterator[str]:
    if len(header) > MAX_COLUMNS:
        yield f"{name}:1: {len(header)} columns (at most {MAX_COLUMNS} are read)"
        return
    for column in REQUIRED:
        if column not in header:
            yield f"{name}:1:{column}: missing (a measurement names {', '.join(REQUIRED)})"
    for column in sorted(column for column, count in Counter(header).items() if column and count > 1):
        yield f"{name}:1:{column}: stands twice (name each column once)"


def _checked(header: list[str], cells: list[str], place: str) -> Iterator[Measurement | str]:
    if len(cells) != len(header):
        yield f"{place}: {len(cells)} cells where the header has {len(header)} (a comma too many or too few)"
        return
    row = {column: cell.strip() for column, cell in zip(header, cells, strict=True) if column}
    numbers: dict[str, float] = {}
    problems = [f"{place}:{key}: empty (it must be stated)" for key in REQUIRED if not row[key]]
    problems += [
        f"{place}:{key}: {len(cell)} characters (at most {MAX_CELL})"
        for key, cell in row.items()
        if len(cell) > MAX_CELL
    ]
    for key, rule in NUMBERS.items():
        if row.get(key):
            try:
                value = rule.read(row[key])
            except ValueError as error:
                problems.append(f"{place}:{key}: {row[key][:40]!r} {error}")
            else:
                numbers |= {} if value is None else {key: value}
    problems += [
        f"{place}:{key}: {row[key][:40]!r} is none of {', '.join(allowed)}"
        for key, allowed in CHOICES.items()
        if row.get(key) and row[key] not in allowed
    ]
    if problems:
        yield from problems
    else:
        yield _measurement(row, numbers, place)


def _measurement(row: dict[str, str], numbers: dict[str, float], place: str) -> Measurement | str:
    pipeline, data, replicas = (
        int(numbers.get(key, 1)) for key in ("pipeline_parallel", "attention_data_parallel", "replicas")
    )
    rest = pipeline * data * replicas
    stated = int(numbers.get("accelerators", 0))
    tensor = int(numbers.get("tensor_parallel", stated // rest if stated else 1)) or 1
    if stated and stated != tensor * rest:
        return (
            f"{place}:accelerators: {stated} is not tensor x pipeline x attention-data parallel x replicas"
            f" = {tensor * rest}"
        )
    expert = int(numbers.get("expert_parallel", 1))
    if (tensor * data) % expert:
        return f"{place}:expert_parallel: {expert} does not divide the group of {tensor * data}"
    load = row.get("load") or ("open" if "request_rate" in numbers else "closed")
    if load == "open" and "request_rate" not in numbers:
        return f"{place}:request_rate: empty (an open loop states its rate)"
    if load == "closed" and "concurrency" not in numbers:
        return f"{place}:concurrency: empty (a closed loop states its requests in flight)"
    kept = {key: value for key, value in row.items() if value or key in TEXTS}
    return Measurement(place, kept, numbers, tensor, pipeline, expert, data, replicas, load)


def measured(row: Measurement) -> dict[str, float]:
    """Return what the row measures, in its own units; a closed loop's throughput from its latencies if need be."""
    found = {key: row.numbers[key] for key in MEASURED if key in row.numbers}
    closed = row.load == "closed" and {"ttft_ms", "tpot_ms"} <= found.keys()
    if closed and not {"output_tokens_per_s", "total_tokens_per_s"} & found.keys():
        output = row.numbers["output_tokens"]
        found["output_tokens_per_s"] = (
            1e3 * row.numbers["concurrency"] * output / (found["ttft_ms"] + output * found["tpot_ms"])
        )
    return found
