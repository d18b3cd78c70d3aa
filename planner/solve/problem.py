"""What is to be decided, in integers: micro-dollars an hour and micro-requests a second."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray

from planner.units import MICRO

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOISE_DECIMALS = 3  # a binary fraction's noise, far below one micro-unit, must not cost a whole one


def consumed(value: float | Floats) -> Ints:
    """Whole micro-units of something that is consumed (a price, a demand): rounded up."""
    return np.asarray(np.ceil(np.round(np.asarray(value) * MICRO, NOISE_DECIMALS)), dtype=np.int64)


def supplied(value: float | Floats) -> Ints:
    """Whole micro-units of something that is supplied (a capacity, a budget): rounded down."""
    return np.asarray(np.floor(np.round(np.asarray(value) * MICRO, NOISE_DECIMALS)), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is bought: whole billing units of one size, at one price, from one provider.

    ``key`` is unique (offer, size and purchase option); ``name`` is the catalogue's offer, which a stock row may name.
    ``accelerators`` is the size of one unit, ``node_accelerators`` that of the host under it (0: the unit is a host).
    An empty ``regions`` means that the region is not known. ``idle_mw`` is what a unit draws without load [mW].
    """

    key: str
    name: str
    accelerator: str
    provider: str
    accelerators: int
    cost_uusd_per_h: int
    purchase: str = "on_demand"
    regions: tuple[str, ...] = ()
    node_accelerators: int = 0
    idle_mw: int = 0


@dataclass(frozen=True, eq=False)
class Columns:
    """Ways to serve one workload as arrays of shape ``(columns,)``, in the order of ``keys``, which breaks ties.

    ``offer`` is the position in `Problem.offers`; ``accelerators`` and ``capacity_urps`` [micro-requests/s] are those
    of one replica, within the SLO and the utilisation allowed. ``ttft_us`` [us], ``power_mw`` (what a replica
    draws beyond idle at its capacity [mW]) and ``quality_loss_ppm`` serve the objectives ttft, energy and quality.
    """

    keys: Sequence[str]
    offer: Ints
    accelerators: Ints
    capacity_urps: Ints
    ttft_us: Ints
    power_mw: Ints
    quality_loss_ppm: Ints

    def __len__(self) -> int:
        return len(self.offer)

    def take(self, index: Ints) -> "Columns":
        """Return the columns at ``index``, in that order."""
        arrays = (self.offer, self.accelerators, self.capacity_urps, self.ttft_us, self.power_mw, self.quality_loss_ppm)
        return Columns(_Picked(self.keys, index), *(array[index] for array in arrays))


class _Picked(Sequence[str]):
    """Some of a sequence of names, read only when asked for."""

    def __init__(self, names: Sequence[str], index: Ints) -> None:
        self._names, self._index = names, index

    def __len__(self) -> int:
        return len(self._index)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return _Picked(self._names, self._index[at])
        return self._names[int(self._index[at])]


@dataclass(frozen=True, eq=False)
class Workload:
    """One demand [micro-requests/s] and the columns that may serve it.

    Its own limits, ``stocks`` among them, count the whole units that it would buy alone. ``survive_replicas`` or
    ``survive_nodes`` (not both) says how many may be gone with the demand still met.
    """

    name: str
    demand_urps: int
    columns: Columns
    max_pools: int = 1
    max_accelerators: int | None = None
    max_cost_uusd_per_h: int | None = None
    survive_replicas: int = 0
    survive_nodes: int = 0
    stocks: "tuple[Stock, ...]" = ()


@dataclass(frozen=True, slots=True)
class Stock:
    """At most ``max_accelerators`` bought over all offers that match every field given."""

    name: str
    max_accelerators: int
    accelerator: str | None = None
    offer: str | None = None
    provider: str | None = None
    region: str | None = None

    def matches(self, offer: Offer) -> bool:
        """Whether what is bought of ``offer`` counts."""
        return (
            self.accelerator in {None, offer.accelerator}
            and self.offer in {None, offer.name}
            and self.provider in {None, offer.provider}
            and (self.region is None or self.region in offer.regions)
        )


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything that one solve decides.

    ``objectives`` are minimised one after the other: ``cost``, ``accelerators``, ``ttft``, ``energy``, ``quality``; the
    first three, then the order of the columns, break what ties remain. Each pair of workloads in ``apart`` uses no
    region in common: offers that serve them have one region each. ``left_out`` names the constraint groups that do not
    hold.
    """

    offers: tuple[Offer, ...]
    workloads: tuple[Workload, ...]
    stocks: tuple[Stock, ...] = ()
    max_accelerators: int | None = None
    max_cost_uusd_per_h: int | None = None
    apart: tuple[tuple[str, str], ...] = ()
    objectives: tuple[str, ...] = ("cost",)
    left_out: frozenset[str] = field(default_factory=frozenset)
