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
    """Evaluate the steps of every column; arrays ``(columns, grid)``.

    Physics runs on arrays ``(..., grid, columns)``: what a column fixes then varies along the last, contiguous axis.
    """
    batch = batch_grid(scheduling.slots)
    sequences, context = np.ascontiguousarray(batch.T), np.asarray(lengths.mean_context_tokens)
    decode = decode_step_s(model, machine, layout, _decode(sequences, context))
    riding = sequences * scheduling.mixed
    room = np.maximum(scheduling.batched_tokens - riding, 1.0)
    prompts = _Prompts(model, machine, layout, riding / micro_batches(layout, sequences), context)
    few = np.unique(np.linspace(0, len(sequences) - 1, PROMPT_GRID).round().astype(int))
    depth = lengths.mean(lengths.input_tokens**2) / lengths.mean_input_tokens * (2.0 - lengths.uncached_fraction) / 2.0
    chunk = np.stack([room, np.zeros_like(room)])
    with_chunk, without = prompts.step(chunk, depth, chunk / max(lengths.mean_prefill_tokens, 1.0))[1]
    full = np.where(scheduling.mixed > 0, decode + np.maximum(with_chunk - without, 0.0), with_chunk)
    beside = _Beside(
        prompts.take(few), sequences[few], room[few], without[few] * (scheduling.mixed > 0), scheduling.mixed
    )
    sizes = (lengths.mean_input_tokens, *(lengths.input_quantile(q) for q in quantiles))
    first, added, supplied = beside.evaluate(sizes, lengths, depth)
    spread = _Spread(sequences, few)
    alone = spread.over_grid(np.maximum(np.moveaxis(added, 0, -1) @ lengths.input_hats(np.array(quantiles))[0], 0.0))
    first_s = np.ascontiguousarray(spread.over_grid(first).T)
    by_column = (np.ascontiguousarray(each.T) for each in (decode, full, room, alone, spread.over_grid(supplied)))
    decode_s, full_s, chunk_tokens, alone_s, supply_s = by_column
    return Steps(batch, decode_s, full_s, first_s[..., 0], first_s[..., 1:], chunk_tokens, alone_s, supply_s)


def _decode(sequences: Floats, context: Floats) -> Batch:
    none = np.zeros(())
    return Batch(sequences, context, none, none, none)


@dataclass(frozen=True, eq=False)
class _Spread:
    """Linear interpolation in the batch from a few points ``few`` of the grid to all of them."""

    batch: Floats
    few: NDArray[np.int64]

    def over_grid(self, values: Floats) -> Floats:
        """Return ``(..., few, columns)`` values over ``(..., grid, columns)``; the ends are points of both."""
        points = np.arange(len(self.batch))
        right = np.clip(np.searchsorted(self.few, points, side="left"), 1, len(self.few) - 1)
        low, high = self.batch[self.few[right - 1]], self.batch[self.few[right]]
        share = (self.batch - low) / np.maximum(high - low, 1e-300)
        lower = values[..., right - 1, :]
        return np.asarray(lower + share * (values[..., right, :] - lower))


@dataclass(frozen=True, eq=False)
class _Prompts:
    """Steps that carry prompt tokens beside a fixed batch of decodes ``(grid, columns)``."""

    model: "Architecture"
    machine: "Machine"
    layout: "Layout"
    riding: Floats
    context: Floats

    def step(self, tokens: Floats, depth: Floats | float, first: Floats) -> tuple[Floats, Floats]:
        """Time through all stages and on the slowest [s, s] of a step with ``tokens`` prompt tokens."""
        batch = Batch(self.riding, self.context, tokens, np.asarray(depth), np.asarray(first))
        return stage_times(self.model, self.machine, self.layout, batch)

    def take(self, few: NDArray[np.int64]) -> "_Prompts":
        """Return the steps at a few points of the grid."""
        return _Prompts(self.model, self.machine, self.layout, self.riding[few], self.context)


@dataclass(frozen=True, eq=False)
class _Beside:
    """What prompts add to steps at a few batches; arrays ``(few, columns)``, ``mixed`` ``(columns,)``.

    ``empty_s`` is the step that they lengthen, on its slowest stage: zero where a prompt's step stops decoding.
    """

    prompts: _Prompts
    sequences: Floats
    room: Floats
    empty_s: Floats
    mixed: Floats

    def evaluate(self, sizes: tuple[float, ...], lengths: "Lengths", depth: float) -> tuple[Floats, Floats, Floats]:
        """Return the first-token time of a lone prompt of each size, what it adds, and what supply adds a sequence [s].

        A prompt's chunks stream through the stages: all stages once, then one slowest stage for each further chunk. To
        those who decode beside it each chunk adds what it takes on the slowest stage. Shapes ``(sizes, few, columns)``
        twice, then ``(few, columns)``.
        """
        different = list(dict.fromkeys(sizes))
        size = np.array(different)[:, None, None]
        uncached = np.maximum(size * lengths.uncached_fraction, 1.0)
        chunks = np.ceil(uncached / self.room)
        few, many, share = supply(self.sequences, lengths, self.room)
        supplied = np.stack([few, many])
        tokens = np.concatenate([uncached / chunks, supplied])
        deep = np.concatenate([size - uncached / 2.0, np.full((2, 1, 1), depth)])
        ends = np.concatenate([1.0 / chunks, supplied / max(lengths.mean_prefill_tokens, 1.0)])
        through, slowest = self.prompts.step(tokens, deep, ends)
        alone, (least, most) = slowest[:-2], slowest[-2:]
        least = np.where((few > 0.0) | (self.mixed > 0), least, 0.0)
        each = [different.index(one) for one in sizes]
        first = (through[:-2] + (chunks - 1.0) * alone)[each]
        added = (chunks * (alone - self.empty_s))[each]
        return first, added, np.asarray((share * most + (1.0 - share) * least - self.empty_s) / self.sequences)
