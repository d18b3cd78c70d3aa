"""Error bands from residuals of rows that took no part in the fit: by accelerator architecture and engine, pooled."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.bands import KINDS
from planner.measure.residuals import QUANTITIES
from planner.measure.score import BAND_COVERAGE

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.measure.rows import Measurement
    from planner.measure.validation import Validation

LEAST = 12
"""Entries of a class below which it has no band of its own."""
LEAN = 2.0
"""A class of n models counts n against this many of the class that holds it: errors of one model go together."""
OUTDATED, UNSEEN = 1.3, 1.8
"""What only older engines were measured on, and what has no evidence at all, is taken for this much worse than all."""
SOURCE = (
    "Residuals of closed-loop InferenceX rows bundled by ai-dynamo/aiconfigurator (Apache-2.0) and of published results"
    " of 2023 to 2026, each model left out of the fit in turn; a class with few models leans on the class above it;"
    " what only engines of before 2025 were measured on is at least 1.3 times as wide as all together, what has no"
    " evidence 1.8 times (judgement); see docs/accuracy.md"
)
STANDS_IN = {"tpot": ("throughput", "e2e"), "e2e": ("throughput",), "throughput": ("e2e",)}
"""Quantities whose errors stand for another's where it was never measured: all three follow the time of a step."""


@dataclass(frozen=True)
class Entry:
    """One residual of a measured quantity with what classes are made of."""

    quantity: str
    architecture: str
    engine: str
    kind: str
    model: str
    error: float

    @property
    def key(self) -> tuple[str, str, str]:
        """Quantity, architecture, engine."""
        return self.quantity, self.architecture, self.engine


Classes = dict[tuple[str, ...], list[Entry]]


def band_factors(
    validation: "Validation", catalog: "Catalog", admits: "Callable[[Measurement], bool]" = lambda _: True
) -> dict[str, float]:
    """Return ``band.<quantity>[.<architecture>[.<engine>]]`` and ``band.<quantity>.kind.<kind>``.

    The former are standard deviations of log(measured / predicted), of the normal law whose middle 80 % are as wide as
    the residuals' middle 80 %; the latter what a kind of model multiplies them by. ``admits`` says which rows count.
    """
    today, older = _classes(validation, catalog, admits)
    factors: dict[str, float] = {}
    for quantity in ("ttft", "tpot", "throughput", "e2e"):
        kinds = _kinds(today[(quantity,)])
        factors |= {f"band.{quantity}.kind.{kind}": ratio for kind, ratio in kinds.items()}
        whole = _width(today[(quantity,)], kinds)
        factors[f"band.{quantity}"] = UNSEEN * whole
        for key in sorted(key for key in {**older, **today} if key[0] == quantity and len(key) == 2):
            if len(today.get(key, ())) >= LEAST:
                parent = _shrunk(today[key], whole, kinds)
                below = [each for each in today if each[:2] == key and len(each) == 3 and len(today[each]) >= LEAST]
                factors[".".join(("band", *key))] = parent
                factors |= {".".join(("band", *each)): _shrunk(today[each], parent, kinds) for each in sorted(below)}
            elif len(older.get(key, ())) >= LEAST:
                factors[".".join(("band", *key))] = max(_shrunk(older[key], whole, kinds), OUTDATED * whole)
    return {key: float(f"{value:.3g}") for key, value in factors.items()}


def _classes(
    validation: "Validation", catalog: "Catalog", admits: "Callable[[Measurement], bool]"
) -> tuple[Classes, Classes]:
    """Gather entries by quantity, architecture and engine: of today's engine profiles, and of older ones."""
    both: tuple[Classes, Classes] = (defaultdict(list), defaultdict(list))
    for current, entry in _entries(validation, catalog, admits):
        for depth in (1, 2, 3):
            both[not current][entry.key[:depth]].append(entry)
    for found in both:
        for quantity, others in STANDS_IN.items():
            for other in others:
                for key in [key for key in found if key[0] == other]:
                    if not found.get((quantity, *key[1:])):
                        found[(quantity, *key[1:])] = found[key]
    return both


def _entries(
    validation: "Validation", catalog: "Catalog", admits: "Callable[[Measurement], bool]"
) -> Iterator[tuple[bool, Entry]]:
    rows, found = validation.rows, validation.found
    for index, number, error in zip(found.row, found.quantity, found.error, strict=True):
        row, quantity = rows[index], QUANTITIES[number].band
        loose = quantity == "ttft" and row.load == "closed" and not row.text("ttft_statistic")
        accelerator = catalog.accelerators.get(row.text("accelerator"))
        engine = catalog.engines.get(validation.predictions.engines[index])
        kind = validation.predictions.kinds[index]
        if np.isfinite(error) and not row.text("flag") and not loose and accelerator and engine and admits(row):
            names = (quantity, accelerator.architecture, engine.family, kind, row.text("model"))
            yield engine.current, Entry(*names, float(error))


def _kinds(entries: Sequence[Entry]) -> dict[str, float]:
    """Return what each kind of model multiplies widths by; one where nothing is known of it."""
    whole = _width(entries)
    ratios = {}
    for kind in KINDS:
        mine = [entry for entry in entries if entry.kind == kind]
        ratios[kind] = _shrunk(mine, whole) / whole if len(mine) >= LEAST else 1.0
    return ratios


def _width(entries: Sequence[Entry], kinds: dict[str, float] | None = None) -> float:
    if not entries:
        return 0.0
    errors = [abs(entry.error) / (kinds[entry.kind] if kinds else 1.0) for entry in entries]
    return float(np.quantile(errors, BAND_COVERAGE)) / NormalDist().inv_cdf((1.0 + BAND_COVERAGE) / 2.0)


def _shrunk(entries: Sequence[Entry], parent: float, kinds: dict[str, float] | None = None) -> float:
    count = len({entry.model for entry in entries})
    return float(np.sqrt((count * _width(entries, kinds) ** 2 + LEAN * parent**2) / (count + LEAN)))


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
