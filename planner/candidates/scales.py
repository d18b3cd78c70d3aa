"""A user's calibration in the catalogue: factors named ``scale.<what>:<model>:<accelerator>:<engine>:<format>``."""

from typing import TYPE_CHECKING

import numpy as np

from planner.perf.scales import Scales
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.candidates.links import Sockets
    from planner.candidates.physics import Setting

PREFIX = "scale."
NEUTRAL = {"decode": 1.0, "prefill": 1.0, "step_ms": 0.0, "first_token_ms": 0.0}


def scale_key(what: str, model: str, accelerator: str, engine: str, weight_format: str) -> str:
    """Return the name of a calibrated number of one model, accelerator, engine family and format."""
    return f"{PREFIX}{what}:{model}:{accelerator}:{engine}:{weight_format}"


def scales_of(setting: "Setting", sockets: "Sockets") -> Scales | None:
    """Return the numbers of every column; ``None`` where nothing is calibrated."""
    factors = setting.factors.factors
    if not any(key.startswith(PREFIX) for key in factors):
        return None
    names = [accelerator.id for accelerator in sockets.accelerators]
    found = {what: _one(factors, setting, what, names)[sockets.index] for what in NEUTRAL}
    return Scales(found["decode"], found["prefill"], found["step_ms"] / MS_PER_S, found["first_token_ms"] / MS_PER_S)


def _one(
    factors: "Mapping[str, float]", setting: "Setting", what: str, accelerators: "Sequence[str]"
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    model, engine, held = setting.model.name, setting.engine.family, setting.formats.name
    keys = [scale_key(what, model, name, engine, held) for name in accelerators]
    return np.array([factors.get(key, NEUTRAL[what]) for key in keys], dtype=np.float64)
