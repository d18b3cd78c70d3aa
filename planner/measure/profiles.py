"""Which engine profile of the catalogue stands for the engine that a row names: family, version, year, load."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Engine
    from planner.measure.rows import Measurement

GENERIC = "generic"
DEFAULT_FAMILY = "vllm"
DATES = frozenset({"engine_version", "measured_on"})
_COMPARISON = re.compile(r"(>=|<=|==|>|<)\s*([0-9][0-9.]*)")
_LEADING = re.compile(r"v?(\d+(?:\.\d+)*)")


def version_of(text: str) -> tuple[int, ...] | None:
    """Return the leading dotted number of a version text; ``None`` where there is none (a nightly build, say)."""
    found = _LEADING.match(text.strip())
    return tuple(int(part) for part in found.group(1).split(".")) if found else None


def admits(requirement: str, version: tuple[int, ...]) -> bool:
    """Whether ``version`` keeps every comparison of a requirement such as ``>=0.12,<0.16``; empty admits all."""
    return all(
        _holds(sign, _padded(version), _padded(version_of(bound) or ()))
        for sign, bound in _COMPARISON.findall(requirement)
    )


def _padded(version: tuple[int, ...]) -> tuple[int, ...]:
    return (*version, 0, 0, 0, 0)[:4]


def _holds(sign: str, version: tuple[int, ...], bound: tuple[int, ...]) -> bool:
    return {
        ">=": version >= bound,
        "<=": version <= bound,
        "==": version == bound,
        ">": version > bound,
        "<": version < bound,
    }[sign]


def profile_of(catalog: "Catalog", row: "Measurement") -> "Engine":
    """Return the profile that fits best: version, else the year of the measurement, else today's; then the load.

    A row that names no engine is taken for vLLM; an engine that the catalogue does not know gets the generic profile.
    """
    family = row.text("engine", DEFAULT_FAMILY).lower()
    found = [engine for engine in catalog.engines.values() if family in {engine.family, engine.id}]
    if not found:
        return catalog.engines[GENERIC]
    version, year = version_of(row.text("engine_version")), version_of(row.text("measured_on"))
    if version is not None:
        fitting = [engine for engine in found if admits(engine.versions, version)]
    elif row.text("engine_version") or year is None:
        fitting = [engine for engine in found if engine.current]
    else:
        fitting = _newest([e for e in found if _in_years(e.years, year[0]) and row.load in (e.loads or {row.load})])
    return _for_load(fitting or [engine for engine in found if engine.current] or found, row.load)


def undated(catalog: "Catalog", row: "Measurement") -> "Measurement":
    """Return the row as if measured today: no version, no date, any engine in place of one that is of its time only."""
    cells = {key: value for key, value in row.cells.items() if key not in DATES}
    family = row.text("engine", DEFAULT_FAMILY).lower()
    if not any(engine.current for engine in catalog.engines.values() if family in {engine.family, engine.id}):
        cells["engine"] = GENERIC
    return replace(row, cells=cells)


def _in_years(years: str, year: int) -> bool:
    ends = [int(part) for part in re.findall(r"\d{4}", years)]
    return bool(ends) and min(ends) <= year <= max(ends)


def _newest(engines: "Sequence[Engine]") -> "list[Engine]":
    """Return those whose versions begin latest: what a measurement ran that says its year alone."""
    latest = max((_oldest_version(engine) for engine in engines), default=())
    return [engine for engine in engines if _oldest_version(engine) == latest]


def _for_load(engines: "Iterable[Engine]", load: str) -> "Engine":
    """Return the profile made for this load, before one for any; of several the newest."""
    newest = sorted(engines, key=_oldest_version, reverse=True)
    return min(newest, key=lambda e: (load not in e.loads, bool(e.loads), not e.current))


def _oldest_version(engine: "Engine") -> tuple[int, ...]:
    bounds = [version_of(bound) or () for sign, bound in _COMPARISON.findall(engine.versions) if sign.startswith(">")]
    return max(bounds, default=())
