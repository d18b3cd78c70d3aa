"""A user's own calibration of one model on one machine: few numbers over the estimates of its steps."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.perf.hardware import Floats, Rows

if TYPE_CHECKING:
    from planner.perf.pace import Pace
    from planner.perf.steady import Steps


@dataclass(frozen=True, eq=False)
class Scales(Rows):
    """Arrays ``(columns,)``: factors of decode and prefill time, seconds more a step and to the first token."""

    decode: Floats
    prefill: Floats
    step_s: Floats
    first_token_s: Floats


def scaled_steps(steps: "Steps", scales: Scales, mixed: Floats) -> "Steps":
    """Return the step tables ``(columns, grid)`` as the user's results say.

    A decode step is ``decode T + step``; what prompts add to it scales with ``prefill``.
    """
    wide = scales.over_grid()
    decode = wide.decode * steps.decode_s + wide.step_s
    rides = mixed[:, None] > 0.0
    added = steps.full_s - np.where(rides, steps.decode_s, 0.0)
    full = np.where(rides, decode, wide.step_s) + wide.prefill * added
    return replace(
        steps,
        decode_s=decode,
        full_s=full,
        prompt_s=wide.prefill * steps.prompt_s + wide.step_s,
        prompt_quantile_s=wide.prefill[..., None] * steps.prompt_quantile_s + wide.step_s[..., None],
        alone_s=wide.prefill * steps.alone_s,
        supply_s=wide.prefill * steps.supply_s,
    )


def scaled_pace(pace: "Pace", scales: Scales) -> "Pace":
    """Return the same for step times at one batch a row."""
    return replace(
        pace,
        decode_s=scales.decode * pace.decode_s + scales.step_s,
        stretch_s=scales.prefill * pace.stretch_s,
        prompt_s=scales.prefill * pace.prompt_s + scales.step_s,
    )
