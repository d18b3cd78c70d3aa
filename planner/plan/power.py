"""Electric power of pools and of a profile: idle by what is paid for, the rest by what is used."""

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.power import full_w, idle_share_of
from planner.perf.power import busy_w, drawn_w

if TYPE_CHECKING:
    from planner.candidates.sellers import Seller
    from planner.catalog.catalog import Catalog
    from planner.plan.profile import Profile


def power_w(seller: "Seller", catalog: "Catalog", paid: float, used: float) -> float | None:
    """Power of a pool [W]: ``paid`` accelerators, as many of them at full load as ``used`` says; None: not known."""
    full = full_w(seller.node, catalog)
    if not isfinite(full) or not paid:
        return None
    return float(drawn_w(np.array(full * paid), idle_share_of(catalog), np.array(used / paid)))


def profile_power_w(
    seller: "Seller", catalog: "Catalog", profile: "Profile", accelerators: int, most: float
) -> float | None:
    """Mean power over a profile [W]: what is had in each hour idles, and each request adds the same.

    ``accelerators`` are those of one replica, ``most`` is the utilisation that its capacity allows.
    """
    full = full_w(seller.node, catalog)
    if not isfinite(full):
        return None
    idle_share = idle_share_of(catalog)
    had = sum(period.accelerators * period.hours for period in profile.periods) / profile.hours
    busy = float(busy_w(np.array(full * accelerators), idle_share))
    at_work = most * profile.mean_requests_per_s / profile.capacity_requests_per_s
    return full * idle_share * had + busy * at_work
