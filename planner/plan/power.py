"""Electric power of pools and of a profile: idle by what is paid for, the rest by what is used."""

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.power import full_w, idle_share_of
from planner.perf.power import busy_w, drawn_w

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planner.candidates.sellers import Seller
    from planner.candidates.table import Table
    from planner.catalog.catalog import Catalog
    from planner.plan.profile import Profile
    from planner.plan.record import Plan


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
    assert profile.capacity_requests_per_s is not None
    if not isfinite(full):
        return None
    assert profile.capacity_requests_per_s is not None
    idle_share = idle_share_of(catalog)
    had = sum(period.accelerators * period.hours for period in profile.periods) / profile.hours
    busy = float(busy_w(np.array(full * accelerators), idle_share))
    at_work = most * profile.mean_requests_per_s / profile.capacity_requests_per_s
    return full * idle_share * had + busy * at_work


def joint_power_w(
    plan: "Plan", profile: "Profile", tables: "Iterable[Table]", sold: "Mapping[tuple[str, str], Seller]"
) -> float | None:
    """Mean power of what several workloads buy together [W]: all that is had idles, replicas at work add the rest."""
    total = 0.0
    for purchase in profile.purchases:
        seller = sold[purchase.offer, purchase.purchase]
        had = purchase.mean_steps * purchase.accelerators_per_step
        total += full_w(seller.node, next(iter(tables)).catalog) * had * _idle(tables)
    for table, served, share in zip(tables, plan.workloads, profile.workloads or (), strict=True):
        pool = served.pools[0]
        full = full_w(sold[pool.offer, pool.purchase].node, table.catalog)
        most = table.workload.limits.max_utilisation
        at_work = most * share.mean_requests_per_s / share.capacity_requests_per_s * share.accelerators_per_replica
        total += full * (1.0 - _idle(tables)) * at_work
    return total if isfinite(total) else None


def _idle(tables: "Iterable[Table]") -> float:
    return idle_share_of(next(iter(tables)).catalog)
