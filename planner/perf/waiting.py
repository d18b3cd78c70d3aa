"""What a request waits for before its first token: the step under way, the prompts ahead, a free slot."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.perf.interleaving import Flow
from planner.perf.percentiles import QUANTILES, waiting_tail
from planner.perf.queueing import mean_wait

if TYPE_CHECKING:
    from planner.perf.steady import Service

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FirstToken:
    """Mean time to first token of an admitted request, and the deviations of its independent parts ``(columns, 4)``."""

    mean_s: Floats
    deviations_s: tuple[Floats, ...]


@dataclass(frozen=True, eq=False)
class SlotWait:
    """Mean wait for a slot, deviations of its percentiles, and whether slots come free as fast as they are asked."""

    mean_s: Floats
    deviations_s: Floats
    sustained: Bools


def first_token_wait(service: "Service", at: Flow) -> FirstToken:
    """Time from admission to first token: what is ahead (:func:`wait_s`) and the prompt's own steps.

    A prompt always waits for part of a step. More than that it waits with the probability ``lands`` that it meets
    another prompt: exponentially where a line builds up or prompts differ, else as long as the rest of one.
    """
    mix = at.mixture
    u = np.minimum(at.utilisation, 1.0 - 1e-9)
    ahead_s, half_s = wait_s(service, at), mix.decode_s / 2.0
    extra_s = np.maximum(ahead_s - half_s, 0.0)
    lands = 1.0 - (1.0 - u) * np.exp(-at.rate_per_s * np.maximum(mix.own_s - mix.work_s, 0.0))
    tail_s = waiting_tail(lands, extra_s, 1.0 - (1.0 - u) / mix.spread) - extra_s[:, None]
    step_s = half_s[:, None] * (2.0 * QUANTILES - 1.0)
    if service.lengths.input_cv2 == 0.0:
        return FirstToken(mix.own_s + ahead_s, (step_s, tail_s))
    return FirstToken(mix.own_s + ahead_s, (step_s, tail_s, mix.prompt_quantile_s - mix.own_s[:, None]))


def wait_s(service: "Service", at: Flow) -> Floats:
    """Mean time that an admitted prompt waits for steps that are not its own ``(columns,)`` [s].

    The line of prompts waits as in M/G/1 (Pollaczek-Khinchine), decode-only steps being the server's vacations
    (B. T. Doshi, *Queueing Systems* 1 (1986) 29, doi:10.1007/BF01149327). Where steps mix, prompts that ride together
    lengthen one another's step too. Behind others, a prompt begins anywhere in a step and its last step is full: it
    takes n + 1/2 full steps.
    """
    mix, pace = at.mixture, at.pace
    u = np.minimum(at.utilisation, 1.0 - 1e-9)
    rho, behind = np.minimum(at.rate_per_s * mix.stretch_s, 1.0 - 1e-9), u * pace.queueing
    phase_s = behind * np.maximum(mix.work_s + mix.full_s / 2.0 - mix.own_s, 0.0)
    line_s = behind * mix.work_s / (2.0 * (1.0 - u))
    residual_s = (pace.step_s + pace.variance_s2 / pace.step_s) / 2.0
    beside_s = residual_s * ((1.0 - behind) * 2.0 * rho + behind * u)
    if not service.mixed.all():
        line_s = np.where(service.mixed, line_s, rho * mix.stretch_s / (2.0 * (1.0 - rho)))
        residual_s = np.where(service.mixed, residual_s, mix.decode_s / 2.0)
        beside_s = np.where(service.mixed, beside_s, 0.0)
    return np.asarray(residual_s + mix.spread * line_s + beside_s + phase_s)


def slot_wait(service: "Service", at: Flow) -> SlotWait:
    """Wait for one of the slots as in M/G/c whose servers slow down as they fill.

    Slots come free at the rate L when ``held`` are taken and at X when all c are (:func:`saturated_rate`); linear in
    between, this is M/M/c' with c' = X (c - held) / (X - L) and a load of L (c - held) / (X - L), exactly; other
    service times by :func:`planner.perf.queueing.mean_wait`.
    """
    spare = service.saturated_per_s - at.rate_per_s
    room = service.slots - at.held
    sustained = (spare > 0.0) & (room > 0.0)
    left, free = np.where(sustained, spare, 1.0), np.where(sustained, room, 1.0)
    load = at.rate_per_s * free / left
    waits, mean_s = mean_wait(load + free, load, free / left, np.array(service.lengths.output_cv2))
    deviations_s = waiting_tail(waits, mean_s, np.ones_like(mean_s)) - mean_s[:, None]
    return SlotWait(mean_s, deviations_s, sustained)
