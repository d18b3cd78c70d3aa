"""Step times of many columns over a grid of decode batches: the table that steady-state formulas read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.perf.batch import Batch
from planner.perf.hardware import Rows
from planner.perf.interleaving import supply
from planner.perf.pipeline import decode_step_s, micro_batches, stage_times
from planner.perf.steady import Steps

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture
    from planner.perf.hardware import Layout, Machine
    from planner.perf.lengths import Lengths

Floats = NDArray[np.float64]

GRID = 20
PROMPT_GRID = 5
"""Prompts are timed at this many batches of the grid and interpolated: beside a prompt, decodes add almost linearly."""


@dataclass(frozen=True, eq=False)
class Scheduling(Rows):
    """How the engine forms steps: at most ``slots`` sequences, ``batched_tokens`` a step; arrays ``(columns,)``.

    ``mixed`` is 1 where prompt chunks ride along with decodes, 0 where a prompt step stops them.
    """

    slots: Floats
    batched_tokens: Floats
    mixed: Floats


def batch_grid(slots: Floats, points: int = GRID) -> Floats:
    """Decode batches from one to ``slots``, evenly spaced in the logarithm; shape ``(columns, points)``."""
    return np.exp(np.linspace(0.0, 1.0, points) * np.log(np.maximum(slots, 1.0))[:, None])


def step_table(
    model: "Architecture",
    machine: "Machine",
    layout: "Layout",
    scheduling: Scheduling,
    lengths: "Lengths",
    quantiles: tuple[float, ...],
) -> Steps:
    """Evaluate the steps of every column; arrays ``(columns, grid)``."""
    machine, layout, scheduling = machine.over_grid(), layout.over_grid(), scheduling.over_grid()
    sequences = batch_grid(scheduling.slots[:, 0])
    context = np.asarray(lengths.mean_context_tokens)
    decode = decode_step_s(model, machine, layout, _decode(sequences, context))
    riding = sequences * scheduling.mixed
    room = np.maximum(scheduling.batched_tokens - riding, 1.0)
    tables = _Prompts(model, machine, layout, riding / micro_batches(layout, sequences), context)
    few = np.unique(np.linspace(0, sequences.shape[1] - 1, PROMPT_GRID).round().astype(int))
    coarse = _Prompts(model, machine, layout, tables.riding[:, few], context)
    full_chunk = np.broadcast_to(room, sequences.shape)
    depth = lengths.mean(lengths.input_tokens**2) / lengths.mean_input_tokens * (2.0 - lengths.uncached_fraction) / 2.0
    _, with_chunk = tables.step(full_chunk, depth, full_chunk / max(lengths.mean_prefill_tokens, 1.0))
    _, without = tables.step(np.zeros_like(room), depth, np.zeros_like(room))
    full = np.where(scheduling.mixed > 0, decode + np.maximum(with_chunk - without, 0.0), with_chunk)
    sizes = (lengths.mean_input_tokens, *(lengths.input_quantile(q) for q in quantiles))
    spread = _Spread(sequences, few)
    by_size = {
        size: coarse.prompt(size, size * lengths.uncached_fraction, room[:, few], scheduling.mixed)
        for size in dict.fromkeys(sizes)
    }
    first, added = (np.stack([by_size[size][part] for size in sizes], axis=-1) for part in (0, 1))
    first_s = spread.over_grid(first)
    alone_s = spread.over_grid(np.maximum(added @ lengths.input_hats(np.array(quantiles))[0], 0.0))
    supplied = spread.over_grid(coarse.supply_s(sequences[:, few], lengths, room[:, few], scheduling.mixed))
    return Steps(sequences, decode, full, first_s[..., 0], first_s[..., 1:], full_chunk, alone_s, supplied)


def _decode(sequences: Floats, context: Floats) -> Batch:
    none = np.zeros(())
    return Batch(sequences, context, none, none, none)


@dataclass(frozen=True, eq=False)
class _Spread:
    """Linear interpolation in the batch from a few points ``few`` of the grid to all of them."""

    batch: Floats
    few: NDArray[np.int64]

    def over_grid(self, values: Floats) -> Floats:
        """Return ``(columns, few, ...)`` values over ``(columns, grid, ...)``; the ends are points of both."""
        points = np.arange(self.batch.shape[1])
        right = np.clip(np.searchsorted(self.few, points, side="left"), 1, len(self.few) - 1)
        low, high = self.batch[:, self.few[right - 1]], self.batch[:, self.few[right]]
        share = (self.batch - low) / np.maximum(high - low, 1e-300)
        share = share.reshape(*share.shape, *(1,) * (values.ndim - 2))
        return np.asarray(values[:, right - 1] + share * (values[:, right] - values[:, right - 1]))


@dataclass(frozen=True, eq=False)
class _Prompts:
    """Steps that carry prompt tokens beside a fixed batch of decodes."""

    model: "Architecture"
    machine: "Machine"
    layout: "Layout"
    riding: Floats
    context: Floats

    def step(self, tokens: Floats, depth: float, first: Floats | float) -> tuple[Floats, Floats]:
        """Time through all stages and on the slowest [s, s] of a step with ``tokens`` prompt tokens."""
        batch = Batch(self.riding, self.context, tokens, np.asarray(depth), np.asarray(first))
        return stage_times(self.model, self.machine, self.layout, batch)

    def prompt(self, size: float, uncached: float, room: Floats, mixed: Floats) -> tuple[Floats, Floats]:
        """First-token time of a lone prompt of ``size`` tokens, ``uncached`` of them to prefill, and what it adds [s].

        Its chunks stream through the stages: all stages once, then one slowest stage for each further chunk. To those
        who decode beside it each chunk adds what it takes on the slowest stage.
        """
        uncached = max(uncached, 1.0)
        chunks = np.ceil(uncached / room)
        through, slowest = self.step(uncached / chunks, size - uncached / 2.0, 1.0 / chunks)
        none = np.zeros_like(room)
        _, empty = self.step(none, size - uncached / 2.0, none)
        return through + (chunks - 1.0) * slowest, chunks * (slowest - empty * (mixed > 0))

    def supply_s(self, sequences: Floats, lengths: "Lengths", room: Floats, mixed: Floats) -> Floats:
        """Time that the prompts which keep a decoding sequence supplied add to a step, per sequence [s]."""
        depth = (
            lengths.mean(lengths.input_tokens**2) / lengths.mean_input_tokens * (2.0 - lengths.uncached_fraction) / 2.0
        )
        few, many, share = supply(sequences, lengths, room)
        prompt = max(lengths.mean_prefill_tokens, 1.0)
        none = np.zeros_like(room)
        empty, least, most = (self.step(tokens, depth, tokens / prompt)[1] for tokens in (none, few, many))
        empty, least = empty * (mixed > 0), np.where((few > 0.0) | (mixed > 0), least, 0.0)
        return np.asarray((share * most + (1.0 - share) * least - empty) / sequences)
