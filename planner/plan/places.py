"""Who lies in which billing units, as records."""

from pydantic import PositiveInt

from planner.plan.figures import Shown


class Share(Shown):
    """What one pool has in a unit: ``pool`` counts the workload's pools from 0."""

    workload: str
    pool: int
    replicas: PositiveInt
    accelerators: PositiveInt


class Placed(Shown):
    """``count`` groups of ``units`` billing units each that hold the same replicas."""

    offer: str
    purchase: str
    regions: tuple[str, ...] = ()
    count: PositiveInt
    units: PositiveInt
    holds: tuple[Share, ...]
