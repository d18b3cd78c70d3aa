"""Steady-state continuous batching: what an open loop of Poisson arrivals sees at a given mean decode batch.

The batch is the parameter, the arrival rate follows from it explicitly, so that nothing iterates. Columns are rows of
every array; step times come as tables over a grid of batches and are interpolated linearly between its points.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.perf.lengths import Lengths
from planner.perf.percentiles import NORMAL_DEVIATES, QUANTILES, add_independent, exponential_tail
from planner.perf.queueing import mean_wait

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Steps:
    """Step times of many columns over a rising grid of decode batches; arrays ``(columns, grid)`` unless said [s].

    ``batch`` decode sequences of one replica (1 <= batch <= slots); ``decode_s`` a step that only decodes;
    ``full_s`` a step that decodes and carries a full budget of ``chunk_tokens`` prompt tokens, with the attention of a
    mean chunk (causal pairs of a mean prompt over the full chunks that it fills, not rounded);
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

    def at(self, batch: Floats) -> "Steps":
        """Every table at ``batch`` ``(columns,)``, linear in between, constant beyond the ends ``(columns,)``."""
        if self.batch.shape[1] == 1:
            return self._split(batch, self._packed)
        left, share = self._place(batch)
        lower, upper = self._packed.take(left, axis=0), self._packed.take(left + 1, axis=0)
        return self._split(batch, lower + share[:, None] * (upper - lower))

    def decode_at(self, batch: Floats) -> Floats:
        """Return ``decode_s`` alone at ``batch`` ``(columns,)``."""
        if self.batch.shape[1] == 1:
            return self.decode_s[:, 0]
        left, share = self._place(batch)
        lower = self.decode_s.take(left)
        return np.asarray(lower + share * (self.decode_s.take(left + 1) - lower))

    def _place(self, batch: Floats) -> tuple[Ints, Floats]:
        """Place of the grid point left of ``batch`` in the flattened table, and how far it lies towards the next."""
        last = self.batch.shape[1] - 1
        if self._ratio is None:
            right = (self.batch <= batch[:, None]).sum(axis=1)
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                steps = np.log(np.maximum(batch / self.batch[:, 0], 1.0)) / self._ratio
            right = np.where(self._ratio > 0.0, np.minimum(steps, last), 0.0).astype(np.int64) + 1
        left = np.arange(len(batch)) * (last + 1) + np.clip(right, 1, last) - 1
        low, high = self.batch.take(left), self.batch.take(left + 1)
        return left, np.clip((batch - low) / np.maximum(high - low, 1e-300), 0.0, 1.0)

    @cached_property
    def _ratio(self) -> Floats | None:
        """Logarithm of the ratio of neighbouring grid points where every row is a geometric series, else ``None``."""
        last = self.batch.shape[1] - 1
        step = np.log(self.batch[:, -1] / self.batch[:, 0]) / last
        series = self.batch[:, :1] * np.exp(step[:, None] * np.arange(last + 1))
        return step if np.allclose(series, self.batch, rtol=1e-9) else None

    def take(self, index: Any) -> "Steps":  # noqa: ANN401  whatever NumPy takes as an index of the first axis
        """Return the columns at ``index``."""
        return Steps(self.batch[index], *(table[index] for table in self._tables()))

    @cached_property
    def _packed(self) -> Floats:
        """All tables side by side, so that one look-up reads one piece of memory ``(columns x grid, tables)``."""
        plain = [table[..., None] for table in self._tables() if table.ndim == 2]
        packed = np.concatenate([*plain, self.prompt_quantile_s], axis=-1)
        return packed.reshape(-1, packed.shape[-1])

    @staticmethod
    def _split(batch: Floats, values: Floats) -> "Steps":
        decode, full, prompt, chunk = (values[:, column] for column in range(4))
        return Steps(batch, decode, full, prompt, values[:, 4:], chunk)

    def _tables(self) -> tuple[Floats, ...]:
        return self.decode_s, self.full_s, self.prompt_s, self.prompt_quantile_s, self.chunk_tokens


@dataclass(frozen=True, eq=False)
class Service:
    """What serves and what is served: the step tables of the columns, their slots and the lengths of the requests.

    ``slots`` sequences that the engine admits at once (KV cache and its own limit), any real >= 1; ``mixed`` whether a
    step decodes and prefills together; ``front_s`` [s] a constant part of the time to first token outside the steps.
    Arrays ``(columns,)``.
    """

    steps: Steps
    lengths: Lengths
    slots: Floats
    mixed: Bools
    front_s: Floats

    def take(self, index: Any) -> "Service":  # noqa: ANN401  whatever NumPy takes as an index of the first axis
        """Return the columns at ``index``."""
        return Service(self.steps.take(index), self.lengths, self.slots[index], self.mixed[index], self.front_s[index])


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


@dataclass(frozen=True, eq=False)
class Flow:
    """Rates at a batch ``(columns,)``: how decoding and prefill share the engine before anything waits."""

    steps: Steps
    chunks: Floats
    stretch_s: Floats
    tpot_s: Floats
    rate_per_s: Floats
    utilisation: Floats


def flow(service: Service, batch: Floats) -> Flow:
    """Arrival rate that keeps ``batch`` sequences decoding, and what each prompt adds to them.

    A prompt stretches every sequence that decodes beside it by E, so TPOT = T_d + L E = T_d + b E / Lout, and the rate
    is L = b / (Lout T_d + b E) (Little). E lies between that of prompts that fill their steps, n (T_full - T_d), and
    that of a prompt alone, whose last step may be short: weighted by how full the steps are.
    A request that decodes sees itself beside the others: T_d is taken at b + 1 - b/c.
    """
    lengths, steps = service.lengths, service.steps.at(batch)
    output = max(lengths.mean_output_tokens, 1.0)
    chunks = lengths.mean_prefill_tokens / steps.chunk_tokens
    decode_s = service.steps.decode_at(batch + np.maximum(1.0 - batch / service.slots, 0.0))
    step_s = np.where(service.mixed, steps.decode_s, 0.0)
    packed_s = chunks * np.maximum(steps.full_s - step_s, 0.0)
    alone_s = np.maximum(steps.prompt_s - np.ceil(chunks) * step_s, 0.0)
    full = np.clip(chunks * batch / output, 0.0, 1.0)
    stretch_s = full * packed_s + (1.0 - full) * alone_s
    tpot_s = decode_s + batch * stretch_s / output
    rate = batch / (output * tpot_s)
    return Flow(steps, chunks, stretch_s, tpot_s, rate, rate * chunks * steps.full_s)


def operate(service: Service, batch: Floats) -> Operation:
    """Latencies of every column when ``batch`` ``(columns,)`` sequences decode on average."""
    lengths, at = service.lengths, flow(service, batch)
    output = max(lengths.mean_output_tokens, 1.0)
    first_s, spread = _prompt_wait(service, at)
    residence_s = at.steps.prompt_s + output * at.tpot_s
    waits, slot_s = mean_wait(service.slots, at.rate_per_s * residence_s, residence_s, np.array(lengths.output_cv2))
    stable = (at.utilisation < 1.0) & np.isfinite(slot_s) & (batch <= service.steps.batch[:, -1] * (1.0 + 1e-12))
    slot_s = np.where(stable, slot_s, 0.0)
    ttft = add_independent(first_s + slot_s, *spread, exponential_tail(waits, slot_s) - slot_s[:, None])
    tpot = add_independent(at.tpot_s, _tpot_spread(service, at))
    e2e = add_independent(
        ttft[:, 0] + (output - 1.0) * tpot[:, 0],
        ttft[:, 1:] - ttft[:, :1],
        at.tpot_s[:, None] * (lengths.output_quantiles(QUANTILES) - output),
        output * (tpot[:, 1:] - tpot[:, :1]),
    )
    grown = np.where(stable, 0.0, np.inf)[:, None]
    return Operation(
        batch, at.rate_per_s, at.utilisation, stable, ttft + grown, tpot + grown, e2e + grown,
    )  # fmt: skip


def _prompt_wait(service: Service, at: Flow) -> tuple[Floats, tuple[Floats, ...]]:
    """Mean time to first token of an admitted prompt and the deviations of its independent parts [s].

    The step under way, the prompts ahead (Pollaczek-Khinchine with decode-only steps as the server's vacations:
    Doshi, *Queueing Systems* 1 (1986) 29), and the prompt's own steps.
    """
    steps, lengths = at.steps, service.lengths
    u = np.minimum(at.utilisation, 1.0 - 1e-9)
    own_s, own_square = _own(service, steps)
    wait_s = u / (2.0 * (1.0 - u)) * own_square / own_s
    residual_s = np.where(service.mixed, at.tpot_s, steps.decode_s) / 2.0
    mean = service.front_s + own_s + residual_s + wait_s
    own = steps.prompt_quantile_s - own_s[:, None] if lengths.input_cv2 > 0.0 else np.zeros((len(u), len(QUANTILES)))
    step = 2.0 * residual_s[:, None] * (QUANTILES - 0.5)
    return mean, (own, step, exponential_tail(u, wait_s) - wait_s[:, None])


def _own(service: Service, steps: Steps) -> tuple[Floats, Floats]:
    """Mean [s] and mean square [s^2] of a lone prompt's time over the prompt lengths."""
    if service.lengths.input_cv2 == 0.0:
        return steps.prompt_s, steps.prompt_s**2
    first, second = service.lengths.input_hats(QUANTILES)
    times = np.concatenate([steps.prompt_s[:, None], steps.prompt_quantile_s], axis=1)
    return times @ first, np.einsum("ci,ij,cj->c", times, second, times)


def _tpot_spread(service: Service, at: Flow) -> Floats:
    """Deviations of the percentiles of TPOT over requests: how many prompts a request happens to decode beside [s]."""
    output = max(service.lengths.mean_output_tokens, 1.0)
    beside = np.sqrt(at.rate_per_s * output * at.tpot_s)
    sigma = at.stretch_s * beside / output / np.maximum(1.0 - at.utilisation, 1e-9)
    return NORMAL_DEVIATES * sigma[:, None]
