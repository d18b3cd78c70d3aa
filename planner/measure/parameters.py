"""The numbers that a fit may move: their values before any end-to-end result was seen, and how far they may go."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.measure.overrides import ENGINE

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.measure.cases import Case, Gathered

Floats = NDArray[np.float64]
PRIORS = "priors"
"""Id of the calibration entry that holds ``prior.<key>`` and ``sigma.<key>``."""
_PRIOR, _SIGMA, _DEVICE = "prior.", "sigma.", "accelerator."


@dataclass(frozen=True)
class Parameter:
    """``value = prior exp(z)``, z of standard deviation ``sigma``; ``key`` as in :mod:`planner.measure.overrides`."""

    key: str
    prior: float
    sigma: float

    def touches(self, case: "Case", catalog: "Catalog") -> bool:
        """Whether a group of rows can depend on it."""
        if self.key.startswith(ENGINE):
            return self.key.startswith(f"{ENGINE}{case.engine}.")
        if self.key.startswith(_DEVICE):
            devices = {name for name, _ in case.machines}
            named = devices | {catalog.accelerators[name].architecture for name in devices}
            return any(self.key.startswith(f"{_DEVICE}{name}.") for name in named)
        return True


def priors(catalog: "Catalog") -> tuple[Parameter, ...]:
    """Return every parameter that the catalogue lists, in order of keys."""
    factors = catalog.calibrations[PRIORS].factors
    keys = sorted(key.removeprefix(_PRIOR) for key in factors if key.startswith(_PRIOR))
    return tuple(Parameter(key, factors[_PRIOR + key], factors[_SIGMA + key]) for key in keys)


def relevant(parameters: tuple[Parameter, ...], gathered: "Gathered", catalog: "Catalog") -> tuple[Parameter, ...]:
    """Return the parameters that some group of rows can depend on."""
    return tuple(p for p in parameters if any(p.touches(case, catalog) for case in gathered.cases))


def values_at(parameters: tuple[Parameter, ...], z: Floats) -> dict[str, float]:
    """Return the values of the parameters at ``z`` (logarithms over the priors)."""
    return {p.key: float(p.prior * np.exp(step)) for p, step in zip(parameters, z, strict=True)}


def part_of(gathered: "Gathered", kept: "list[Case]") -> "Gathered":
    """Return the same table with only some groups to evaluate."""
    return replace(gathered, cases=tuple(kept))
