"""A demand over time: the hours of a CSV file, each with its mean rate."""

import csv
import math
from pathlib import Path

from planner.errors import SpecError
from planner.files import read_bounded, read_lines
from planner.spec.demand import LEAST_RATE, Demand
from planner.spec.problems import Place, Problem, quoted, refusal

MAX_BYTES = 16 * 2**20
MAX_LINES = 600_000
"""A year by the minute."""
MAX_HOURS = 8784
MAX_RATE = 1e6
_MAX_PROBLEMS = 10
SECONDS = 3600.0


def hourly_rates(demand: Demand, folder: Path) -> tuple[float, ...]:
    """Return the rate of each hour [1/s].

    Raises
    ------
    OSError
        When the file cannot be read.
    SpecError
        When its text is no profile; up to ten rows are named.
    """
    if demand.hourly_requests_per_s is not None:
        return demand.hourly_requests_per_s
    path = folder / str(demand.csv)
    try:
        rows = list(csv.reader(read_lines(read_bounded(path, MAX_BYTES), MAX_LINES)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _wrong(path, 1, "csv", f"is not CSV text: {error}", "save it as CSV text") from None
    return _by_hour(path, rows)


def _wrong(path: Path, line: int, key: str, problem: str, remedy: str) -> SpecError:
    return SpecError(str(Problem(Place(str(path), line, 1), key, problem, remedy)))


def _by_hour(path: Path, rows: list[list[str]]) -> tuple[float, ...]:
    """Return the mean of the rates that fall into each hour; every hour from the first to the last must have one."""
    header = [name.strip() for name in rows[0]] if rows else []
    clock = next((name for name in ("hour", "timestamp_s") if name in header), None)
    if clock is None or "requests_per_s" not in header:
        raise _wrong(path, 1, "csv", "lacks columns", "the header must name hour or timestamp_s, and requests_per_s")
    read = _numbers(path, rows, (header.index(clock), header.index("requests_per_s")))
    if not read:
        raise _wrong(path, 1, "csv", "holds no rows", "write one row an hour below the header")
    start = min(when for when, _ in read)
    places = [int((when - start) / (SECONDS if clock == "timestamp_s" else 1.0)) for when, _ in read]
    count = max(places) + 1
    if count > MAX_HOURS:
        raise _wrong(path, 1, clock, f"spans {count} hours", f"give at most {MAX_HOURS}, or a typical week")
    found: list[list[float]] = [[] for _ in range(count)]
    for place, (_, rate) in zip(places, read, strict=True):
        found[place].append(rate)
    absent = [hour for hour, rates in enumerate(found) if not rates]
    if absent:
        raise _wrong(path, 1, clock, f"has no row for hour {absent[0]} after the first", "write a row for every hour")
    means = tuple(sum(rates) / len(rates) for rates in found)
    if max(means) < LEAST_RATE:
        raise _wrong(path, 1, "requests_per_s", "has no hour with a request", "give at least one hour a rate above 0")
    return means


def _numbers(path: Path, rows: list[list[str]], where: tuple[int, int]) -> list[tuple[float, float]]:
    read: list[tuple[float, float]] = []
    problems: list[Problem] = []
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        pair = [_number(row, index) for index in where]
        if pair[0] is None or pair[1] is None or not 0.0 <= pair[1] <= MAX_RATE:
            place = Place(str(path), line, 1)
            problems.append(Problem(place, "csv", f"{quoted(','.join(row))} is no hour and rate", "write two numbers"))
        else:
            read.append((pair[0], pair[1]))
        if len(problems) >= _MAX_PROBLEMS:
            break
    if problems:
        raise refusal(problems)
    return read


def _number(row: list[str], index: int) -> float | None:
    try:
        value = float(row[index])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None
