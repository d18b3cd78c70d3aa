"""What energy costs and emits: electricity of hardware that is owned, carbon by region, and what the building adds."""

from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator

from planner.records import Record
from planner.spec.quantities import broken_rule

Intensity = Annotated[float, Field(ge=0, le=2000)]
"""Grams of CO2 equivalent a kWh; no grid exceeds some 1,100."""
OWNED, OTHER = "owned", "other"
_NUMBER, _REGIONS = "<number>", "<by region>"
"""Tags of the forms of an intensity; no key can look like one."""


def _form(value: object) -> str:
    return _REGIONS if isinstance(value, dict) else _NUMBER


_Region = Annotated[str, Field(min_length=1, max_length=64)]
Intensities = Annotated[
    Annotated[Intensity, Tag(_NUMBER)] | Annotated[dict[_Region, Intensity], Tag(_REGIONS)], Discriminator(_form)
]


class Energy(Record):
    """Prices and emissions of energy.

    ``usd_per_kwh`` is paid for owned hardware, whose price an hour has none in it; rented prices include theirs.
    ``pue`` is the power of the building over that of the machines. ``gco2_per_kwh`` is one figure, or one by region,
    with ``owned`` for hardware that is owned and ``other`` for every region not named.
    """

    usd_per_kwh: Annotated[float, Field(ge=0, le=5)] = 0.0
    pue: Annotated[float, Field(ge=1, le=3)] = 1.0
    gco2_per_kwh: Intensities | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.gco2_per_kwh == {}:
            raise broken_rule("names no region", "give {region: grams}, or one number", at=("gco2_per_kwh",))
        return self

    def intensity(self, regions: tuple[str, ...], *, owned: bool = False) -> float | None:
        """Return the highest intensity that may hold where a pool runs [g/kWh]; ``None`` where one is not known."""
        if self.gco2_per_kwh is None or not isinstance(self.gco2_per_kwh, dict):
            return self.gco2_per_kwh
        places = (OWNED,) if owned else regions or (OTHER,)
        found = [self.gco2_per_kwh.get(place, self.gco2_per_kwh.get(OTHER)) for place in places]
        known = [each for each in found if each is not None]
        return max(known) if len(known) == len(found) else None
