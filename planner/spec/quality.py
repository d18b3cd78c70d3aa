"""How much of the model's quality a plan must keep."""

from typing import Annotated

from pydantic import Field

from planner.records import Record


class Quality(Record):
    """``min_recovery`` is the least share of the 16-bit model's score; ``None`` asks for nothing.

    Formats whose recovery nobody has published are left out under a floor, unless ``admit_unknown``.
    """

    min_recovery: Annotated[float, Field(gt=0, le=1)] | None = None
    admit_unknown: bool = False
