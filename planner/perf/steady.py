"""Steady-state continuous batching: what an open loop of Poisson arrivals sees at a given mean decode batch.

The batch is the parameter and the arrival rate follows from it. Columns are rows of every array; step times come as
tables over a grid of batches and are interpolated linearly between its points.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.perf.curves import Curves
from planner.perf.interleaving import Flow, flow, mixture_table, saturated_rate
from planner.perf.lengths import Lengths
from planner.perf.percentiles import QUANTILES, add_independent, gamma_quantiles
from planner.perf.waiting import first_token_wait, slot_wait

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Steps:
    """Step times of many columns over a rising grid of decode batches; arrays ``(columns, grid)`` unless said [s].

    ``batch`` decode sequences of one replica (1 <= batch <= slots); ``decode_s`` a step that only decodes;
    ``full_s`` a step that decodes and carries a full budget of ``chunk_tokens`` prompt tokens, with the attention of a
    mean chunk (causal pairs of a mean prompt over the full chunks that it fills, not rounded);
    ``alone_s`` what a lone prompt adds to the sequences that decode beside it, mean over prompt lengths (its steps less
    the decode-only steps that they replace); ``supply_s`` what the prompts that arrive in a step on average add to it,
    for each sequence that decodes (:func:`planner.perf.interleaving.supply`);
    ``prompt_s`` first-token time of a lone prompt of mean length while ``batch`` sequences decode (all its chunks,
    whole steps); ``prompt_quantile_s`` ``(columns, grid, quantiles)`` the same at the prompt length of each quantile
    of :data:`planner.perf.percentiles.QUANTILES`. Engines that do not mix (:attr:`Service.mixed`): ``full_s`` and
    ``prompt_s`` carry no decode tokens and ``chunk_tokens`` is the whole budget.
    """

    batch: Floats
    decode_s: Floats
    full_s: Floats
    prompt_s: Floats
    prompt_quantile_s: Floats
    chunk_tokens: Floats
    alone_s: Floats
    supply_s: Floats

    def take(self, index: Any) -> "Steps":  # noqa: ANN401  whatever NumPy takes as an index of the first axis
        """Return the columns at ``index``."""
        return Steps(*(table[index] for table in (getattr(self, item.name) for item in fields(self))))


@dataclass(frozen=True, eq=False)
class Service:
    """What serves and what is served: the step tables of the columns, their slots and the lengths of the requests.

    ``slots`` sequences that the engine admits at once (KV cache and its own limit), any real >= 1; ``mixed`` whether a
    step decodes and prefills together; ``front_s`` [s] a constant part of the time to first token outside the steps.
    Arrays ``(columns,)``.
    """

    tables: Steps
    lengths: Lengths
    slots: Floats
    mixed: Bools
    front_s: Floats
    columns: Ints | None = None
    """Rows of ``tables`` that the columns stand in (``None``: all, in order)."""

    @cached_property
    def steps(self) -> Steps:
        """The step tables of the columns, one row each."""
        return self.tables if self.columns is None else self.tables.take(self.columns)

    @cached_property
    def curves(self) -> Curves:
        """What each batch fixes before the rate is known (:func:`planner.perf.interleaving.mixture_table`)."""
        return Curves(self.steps.batch, mixture_table(self), np.arange(len(self.slots)))

    @cached_property
    def largest(self) -> Floats:
        """Last batch of each column's table."""
        return self.tables.batch[:, -1] if self.columns is None else self.tables.batch[self.columns, -1]

    @cached_property
    def saturated_per_s(self) -> Floats:
        """Rate at which requests leave when every slot is always taken ``(columns,)``."""
        return saturated_rate(self)

    def take(self, index: Any) -> "Service":  # noqa: ANN401  whatever NumPy takes as an index of the first axis
        """Return the columns at ``index``, with what has been worked out for them; no table is copied."""
        columns = np.arange(len(self.slots)) if self.columns is None else self.columns
        arrays = (self.slots[index], self.mixed[index], self.front_s[index])
        some = Service(self.tables, self.lengths, *arrays, columns=columns[index])
        vars(some)["curves"] = self.curves.take(index)
        if "saturated_per_s" in vars(self):
            vars(some)["saturated_per_s"] = self.saturated_per_s[index]
        return some


@dataclass(frozen=True, eq=False)
class Operation:
    """An operating point of every column; latencies ``(columns, statistics)`` as in ``percentiles.STATISTICS`` [s].

    ``batch`` mean sequences that decode, ``utilisation`` share of the time that prompts at full budget would take,
    ``stable`` whether the queues do not grow (then rate x residence = sequences); latencies are infinite otherwise.
    """

    batch: Floats
    rate_per_s: Floats
    utilisation: Floats
    stable: Bools
    ttft_s: Floats
    tpot_s: Floats
    e2e_s: Floats


def operate(service: Service, batch: Floats, *, whole: bool = True) -> Operation:
    """Latencies of every column when ``batch`` ``(columns,)`` sequences decode on average.

    Unless it is asked for the ``whole``, the end-to-end time is left out (NaN).
    """
    at = flow(service, batch)
    first, slot = first_token_wait(service, at), slot_wait(service, at)
    stable = at.sustained & slot.sustained & (batch <= service.largest * (1.0 + 1e-12))
    slot_s = np.where(stable, slot.mean_s, 0.0)
    ttft = add_independent(
        service.front_s + first.mean_s + slot_s, *first.deviations_s, np.where(stable[:, None], slot.deviations_s, 0.0)
    )
    tpot = tpot_statistics(service, at)
    e2e = end_to_end(service.lengths, at, ttft, tpot) if whole else np.full((1, 1), np.nan)
    grown = np.where(stable, 0.0, np.inf)[:, None]
    latencies = (ttft + grown, tpot + grown, e2e + grown)
    return Operation(batch, at.rate_per_s, at.utilisation, stable, *latencies)


def end_to_end(lengths: Lengths, at: Flow, ttft: Floats, tpot: Floats) -> Floats:
    """Mean and percentiles of the time to the last token [s] ``(columns, statistics)``."""
    output = max(lengths.mean_output_tokens, 1.0)
    return add_independent(
        ttft[:, 0] + (output - 1.0) * at.pace.tpot_s,
        ttft[:, 1:] - ttft[:, :1],
        at.pace.tpot_s[:, None] * (lengths.output_quantiles(QUANTILES) - output),
        output * (tpot[:, 1:] - tpot[:, :1]),
    )


def tpot_statistics(service: Service, at: Flow) -> Floats:
    """Mean and percentiles over requests of the time per output token [s] ``(columns, statistics)``.

    What prompts add to the bare decode step is taken as gamma distributed.
    """
    bare_s = np.minimum(at.mixture.decode_s, at.request_tpot_s)
    excess_s = np.maximum(at.request_tpot_s - bare_s, 1e-12)
    spread = bare_s[:, None] + gamma_quantiles(excess_s, np.sqrt(at.tpot_variance_s2))
    longest_s = np.where(service.mixed, np.maximum(at.mixture.full_s, at.request_tpot_s), np.inf)
    return np.minimum(spread, longest_s[:, None])
