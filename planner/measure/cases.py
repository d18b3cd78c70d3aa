"""Rows gathered into groups that physics evaluates at once: one model, one engine profile, one pair of formats."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.architecture.config import read_config
from planner.measure.columns import BURST, LOADS
from planner.measure.harness import kv_format, late_steps
from planner.measure.profiles import profile_of
from planner.perf.hardware import Floats, Layout, Rows
from planner.spec.catalogue_names import catalogue_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.architecture.layers import Architecture
    from planner.catalog.catalog import Catalog
    from planner.measure.rows import Measurement
    from planner.spec.names import Names


@dataclass(frozen=True, eq=False)
class FixedLengths(Rows):
    """Prompt and output lengths that differ from row to row and are constant within one; arrays ``(rows,)`` [token]."""

    input_tokens: Floats
    output_tokens: Floats

    @property
    def mean_context_tokens(self) -> Floats:
        """Mean context of a resident sequence [token]."""
        return self.input_tokens + self.output_tokens / 2.0

    @property
    def mean_reserved_tokens(self) -> Floats:
        """Prompt and whole output [token]."""
        return self.input_tokens + self.output_tokens

    def windowed_context_tokens(self, window: int) -> Floats:
        """Mean of min(context, window) over the output [token]."""
        grow = np.clip(window - self.input_tokens, 0.0, self.output_tokens)
        area = np.minimum(self.input_tokens, window) * grow + grow**2 / 2.0 + (self.output_tokens - grow) * window
        return np.asarray(area / self.output_tokens)


@dataclass(frozen=True, eq=False)
class Case(Rows):
    """The rows of one group as arrays ``(rows,)``.

    ``row`` are their places in the whole table; ``socket`` indexes ``machines``, accelerators with the number of them
    in one replica; ``concurrency`` and ``rate_per_s`` are NaN where not stated; ``load`` indexes
    :data:`columns.LOADS`; ``burst`` says that the TTFT is a mean over a start burst; ``late_steps`` are the decode
    steps by which a knob of the benchmark delays the first token, ``gathered_steps`` those of them during which
    requests gather to be prefilled together.
    """

    model: "Architecture"
    model_id: str
    engine: str
    weight_format: str
    kv_format: str
    row: NDArray[np.int64]
    machines: tuple[tuple[str, int], ...]
    socket: NDArray[np.int64]
    layout: Layout
    replicas: Floats
    lengths: FixedLengths
    nominal: FixedLengths
    concurrency: Floats
    rate_per_s: Floats
    load: NDArray[np.int64]
    burst: NDArray[np.bool_]
    late_steps: Floats
    gathered_steps: Floats

    def is_load(self, name: str) -> NDArray[np.bool_]:
        """Which rows are of one load."""
        return np.asarray(self.load == LOADS.index(name))


@dataclass(frozen=True)
class Gathered:
    """Groups to evaluate, and for each row why it is in none (empty: it is in one), and a remark."""

    cases: tuple[Case, ...]
    refused: tuple[str, ...]
    engines: tuple[str, ...]


@dataclass(frozen=True)
class _Book:
    """A catalogue with the spellings that it accepts."""

    catalog: "Catalog"
    names: "Names"


def gather(rows: "Sequence[Measurement]", catalog: "Catalog") -> Gathered:
    """Group rows by what a single evaluation can share."""
    names = catalogue_names(catalog)
    book = _Book(catalog, names)
    model = lru_cache(maxsize=None)(lambda name: read_config(catalog.models[name].config, name=name))
    groups: dict[tuple[str, str, str, str], list[int]] = {}
    refused, engines = [""] * len(rows), [""] * len(rows)
    for index, row in enumerate(rows):
        reason = _unknown(row, catalog, names)
        if reason:
            refused[index] = reason
            continue
        name = names.canonical("models", row.text("model"))
        assert name is not None
        engine = profile_of(catalog, row)
        engines[index] = engine.id
        released = model(name).quantisation
        weights = row.text("weight_format", released.weight_format if released else "bf16")
        set_by_source = kv_format(catalog.harnesses.get(row.text("source")), engine.family, _architecture(row, book))
        cache = row.text("kv_format") or set_by_source or engine.kv_of_weights.get(weights, "bf16")
        groups.setdefault((name, engine.id, weights, cache), []).append(index)
    cases = tuple(_case([rows[i] for i in chosen], chosen, key, model(key[0]), book) for key, chosen in groups.items())
    return Gathered(cases, tuple(refused), tuple(engines))


def _architecture(row: "Measurement", book: _Book) -> str:
    """Architecture of the row's accelerator."""
    name = book.names.canonical("accelerators", row.text("accelerator")) or ""
    return book.catalog.accelerators[name].architecture


def _unknown(row: "Measurement", catalog: "Catalog", names: "Names") -> str:
    """Why a row names something that the catalogue does not hold."""
    for column, kind in (("model", "models"), ("accelerator", "accelerators")):
        if names.canonical(kind, row.text(column)) is None:
            return f"unknown {column} {row.text(column)!r}"
    for column, known in (("weight_format", catalog.formats), ("kv_format", catalog.kv_formats)):
        if row.text(column) and row.text(column) not in known:
            return f"unknown {column} {row.text(column)!r}"
    return ""


def _case(
    chosen: "Sequence[Measurement]",
    indices: list[int],
    key: tuple[str, str, str, str],
    model: "Architecture",
    book: _Book,
) -> Case:
    catalog, names = book.catalog, book.names
    machines = [
        (names.canonical("accelerators", row.text("accelerator")) or "", row.accelerators // row.replicas)
        for row in chosen
    ]
    distinct = tuple(dict.fromkeys(machines))
    nominal = FixedLengths(_numbers(chosen, "input_tokens"), _numbers(chosen, "output_tokens"))
    harnesses = [catalog.harnesses.get(row.text("source")) for row in chosen]
    share = np.array([harness.mean_length_share if harness else 1.0 for harness in harnesses])
    family = catalog.engines[key[1]].family
    late = [late_steps(h, family, _architecture(row, book), row) for h, row in zip(harnesses, chosen, strict=True)]
    layout = Layout(
        *(
            np.array([getattr(row, f"{name}_parallel") for row in chosen], dtype=np.float64)
            for name in ("tensor", "pipeline", "expert", "attention_data")
        )
    )
    return Case(
        model,
        *key,
        np.array(indices),
        distinct,
        np.array([distinct.index(machine) for machine in machines]),
        layout,
        np.array([float(row.replicas) for row in chosen]),
        FixedLengths(nominal.input_tokens * share, np.maximum(nominal.output_tokens * share, 1.0)),
        nominal,
        _numbers(chosen, "concurrency"),
        _numbers(chosen, "request_rate"),
        np.array([LOADS.index(row.load) for row in chosen]),
        np.array([row.text("ttft_statistic") == BURST for row in chosen]),
        *np.array(late, dtype=np.float64).reshape(-1, 2).T,
    )


def _numbers(rows: "Sequence[Measurement]", column: str) -> Floats:
    return np.array([row.numbers.get(column, np.nan) for row in rows], dtype=np.float64)
