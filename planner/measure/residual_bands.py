"""Error bands from residuals of rows that took no part in the fit: by accelerator architecture and engine, pooled."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from planner.measure.residuals import QUANTITIES
from planner.measure.score import BAND_COVERAGE

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.measure.validate import Validation

LEAST = 12
"""Entries of a class below which it has no band of its own."""
POOLED = 20.0
"""A class of n entries counts n against this many of the class that holds it."""
OUTDATED, UNSEEN = 1.3, 1.8
"""What only older engines were measured on, and what has no evidence at all, is taken for this much worse than all."""
SOURCE = (
    "Residuals of closed-loop InferenceX rows bundled by ai-dynamo/aiconfigurator (Apache-2.0) and of published results"
    " of 2023 to 2026, each model left out of the fit in turn; a class with few rows leans on the class above it; what"
    " only engines of before 2025 were measured on is at least 1.3 times as wide as all together, what has no evidence"
    " 1.8 times (judgement); see docs/accuracy.md"
)
STANDS_IN = {"tpot": ("throughput", "e2e"), "e2e": ("throughput",), "throughput": ("e2e",)}
"""Quantities whose errors stand for another's where it was never measured: all three follow the time of a step."""

Errors = dict[tuple[str, ...], list[float]]


def band_factors(validation: "Validation", catalog: "Catalog") -> dict[str, float]:
    """Return ``band.<quantity>[.<architecture>[.<engine>]]``: standard deviations of log(measured / predicted).

    A width is that of the normal law whose middle 80 % are as wide as the residuals' middle 80 %.
    """
    today, older = _errors(validation, catalog)
    factors: dict[str, float] = {}
    for quantity in ("ttft", "tpot", "throughput", "e2e"):
        whole = _width(today[(quantity,)])
        factors[f"band.{quantity}"] = UNSEEN * whole
        for key in sorted(key for key in {**older, **today} if key[0] == quantity and len(key) == 2):
            if len(today.get(key, ())) >= LEAST:
                parent = _shrunk(today[key], whole)
                below = [each for each in today if each[:2] == key and len(each) == 3 and len(today[each]) >= LEAST]
                factors[".".join(("band", *key))] = parent
                factors |= {".".join(("band", *each)): _shrunk(today[each], parent) for each in sorted(below)}
            elif len(older.get(key, ())) >= LEAST:
                factors[".".join(("band", *key))] = max(_shrunk(older[key], whole), OUTDATED * whole)
    return {key: float(f"{value:.3g}") for key, value in factors.items()}


def _errors(validation: "Validation", catalog: "Catalog") -> tuple[Errors, Errors]:
    """Gather errors by quantity, architecture and engine: of today's engine profiles, and of older ones."""
    both: tuple[Errors, Errors] = (defaultdict(list), defaultdict(list))
    for current, quantity, architecture, family, error in _entries(validation, catalog):
        for depth in (1, 2, 3):
            both[not current][(quantity, architecture, family)[:depth]].append(error)
    for found in both:
        for quantity, others in STANDS_IN.items():
            for other in others:
                for key in [key for key in found if key[0] == other]:
                    if not found.get((quantity, *key[1:])):
                        found[(quantity, *key[1:])] = found[key]
    return both


def _entries(validation: "Validation", catalog: "Catalog") -> Iterator[tuple[bool, str, str, str, float]]:
    rows, found = validation.rows, validation.found
    for index, kind, error in zip(found.row, found.quantity, found.error, strict=True):
        row, quantity = rows[index], QUANTITIES[kind]
        loose = quantity.band == "ttft" and row.load == "closed" and not row.text("ttft_statistic")
        accelerator = catalog.accelerators.get(row.text("accelerator"))
        engine = catalog.engines.get(validation.predictions.engines[index])
        if np.isfinite(error) and not row.text("flag") and not loose and accelerator and engine:
            yield engine.current, quantity.band, accelerator.architecture, engine.family, float(error)


def _width(errors: Sequence[float]) -> float:
    if not errors:
        return 0.0
    return float(np.quantile(np.abs(errors), BAND_COVERAGE)) / NormalDist().inv_cdf((1.0 + BAND_COVERAGE) / 2.0)


def _shrunk(errors: Sequence[float], parent: float) -> float:
    count = len(errors)
    return float(np.sqrt((count * _width(errors) ** 2 + POOLED * parent**2) / (count + POOLED)))


def bands_yaml(factors: dict[str, float], today: date) -> str:
    """Return the bands as an entry of ``catalog/calibration``."""
    lines = [
        "# yaml-language-server: $schema=../../docs/schemas/catalog-calibration.json",
        "id: bands",
        "factors:",
        *(f"  {key}: {value:g}" for key, value in factors.items()),
        "sources:",
        f'  - source: "{SOURCE}"',
        f"    checked: {today.isoformat()}",
        "    basis: estimated",
        '    backs: ["factors.*"]',
    ]
    return "\n".join(lines) + "\n"
