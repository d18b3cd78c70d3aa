"""A mix that several workloads share, rebuilt from its printed steps: every hour served, every replica has a place.

Promises kept here: each workload has the replicas that its demand of every hour asks for, of one kind, spot within its
cap; what is bought holds them all in every period, within stock and what is owned.
"""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.candidates.rows import hardware_key
from planner.candidates.sellers import sellers
from planner.plan.check_joint_money import bought_problems, share_problems
from planner.plan.check_profile import bill_problems, misplaced, one_kind, scaling_of
from planner.plan.check_totals import close

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.candidates.sellers import Seller
    from planner.catalog.catalog import Catalog
    from planner.plan.profile import Profile, Share
    from planner.plan.record import Plan
    from planner.spec.schema import Spec, WorkloadSpec

TOLERANCE = 1e-4


def joint_problems(plan: "Plan", profile: "Profile", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Every promise of a shared mix that does not hold, in words."""
    shares = profile.workloads or ()
    if [share.name for share in shares] != [served.name for served in plan.workloads]:
        yield "profile: its shares are not those of the workloads"
        return
    if misplaced(profile) or any(_misshapen(profile, share) for share in shares):
        yield "profile: its hours, steps or shares are not those of its periods"
        return

    sold = {(seller.offer.id, str(seller.price.purchase)) for seller in sellers(spec, catalog)}
    strange = [p for p in profile.purchases if (p.offer, p.purchase) not in sold]
    if strange:
        yield f"profile: {strange[0].offer} ({strange[0].purchase}) is not on sale here"
        return
    yield from _sums(profile, shares)
    for workload, share, served in zip(spec.workloads, shares, plan.workloads, strict=True):
        yield from _asked(profile, share, workload)
        yield from _served(share, workload, spec)
        yield from one_kind(served, f"{share.name}: ")
        yield from share_problems(share, served, workload)
    yield from _stocked(profile, spec, catalog)
    yield from _placed(plan, profile, spec, catalog)
    yield from bill_problems(plan, profile, spec, catalog)
    yield from bought_problems(plan, profile, spec, catalog)
    if plan.placement is not None:
        yield "placement: what is shared changes by the hour, and is not shown"


def _misshapen(profile: "Profile", share: "Share") -> bool:
    """Whether a share does not have a figure for each period, or a period not steps for each purchase."""
    lists = (share.requests_per_s, share.replicas, share.spot_replicas or share.replicas)
    steps = any(len(p.steps) != len(profile.purchases) or min(p.steps, default=0) < 0 for p in profile.periods)
    return steps or any(len(each) != len(profile.periods) for each in lists)


def _sums(profile: "Profile", shares: "tuple[Share, ...]") -> "Iterator[str]":
    """Rates and replicas of each period are sums over the workloads."""
    for at, period in enumerate(profile.periods):
        rate, count = sum(s.requests_per_s[at] for s in shares), sum(s.replicas[at] for s in shares)
        if not close(period.requests_per_s, rate, TOLERANCE) or period.replicas != count:
            yield (
                f"profile: period {at} has {rate:g} requests/s on {count} replicas, "
                f"not {period.requests_per_s:g} on {period.replicas}"
            )


def _asked(profile: "Profile", share: "Share", workload: "WorkloadSpec") -> "Iterator[str]":
    """Every hour is there with its demand."""
    hourly = workload.hourly or (workload.requests_per_s or 0.0,)
    for hour, at in enumerate(profile.order):
        rate = hourly[hour % len(hourly)]
        if not close(share.requests_per_s[at], rate, TOLERANCE):
            yield f"profile: {share.name}: hour {hour} is put down as {share.requests_per_s[at]:g}, not {rate:g}"
    if sum(period.hours for period in profile.periods) != len(profile.order):
        yield "profile: the hours of the periods are not those of the profile"


def _served(share: "Share", workload: "WorkloadSpec", spec: "Spec") -> "Iterator[str]":
    """Each period has the replicas for its demand, spot counted without what interruptions take, within its cap."""
    spot, scaling = spec.prices.spot, scaling_of(workload)
    on_spot = share.spot_replicas or (0,) * len(share.replicas)
    for rate, count, some in zip(share.requests_per_s, share.replicas, on_spot, strict=True):
        held = count - some * spot.interruption_share
        needed = share.peak_requests_per_s if scaling.fixed else rate
        if held * share.capacity_requests_per_s < needed * (1.0 - TOLERANCE):
            yield f"profile: {share.name}: {held:g} replicas do not carry {needed:g} requests/s"
        if held < scaling.min_replicas * (1.0 - TOLERANCE):
            yield f"profile: {share.name}: {held:g} replicas, at least {scaling.min_replicas} asked"
        if some > spot.max_share * count + TOLERANCE:
            yield f"profile: {share.name}: more than {spot.max_share:g} of {count} replicas are spot"


def _stocked(profile: "Profile", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """Inventory and owned hardware hold in every period."""
    sold = {seller.offer.id: seller for seller in sellers(spec, catalog)}
    for period in profile.periods:
        bought: Counter[str] = Counter()
        for purchase, steps in zip(profile.purchases, period.steps, strict=True):
            bought[purchase.offer] += steps * purchase.accelerators_per_step
        for entry in spec.limits.inventory:
            used = sum(n for name, n in bought.items() if entry.counts(sold[name].node.accelerator, sold[name].offer))
            if used > entry.max:
                yield f"limits.inventory: {used} accelerators bought in an hour, {entry.max} in stock"
        for name, used in bought.items():
            stock = sold[name].stock
            if stock is not None and used > stock:
                yield f"owned: {used} accelerators of {name}, {stock} are owned"


@dataclass
class Units:
    """Units of one purchase in one period, by the accelerators that are free in them."""

    seller: "Seller"
    spot: bool
    free: Counter[int]

    def take(self, size: int, count: int) -> int:
        """Place up to ``count`` replicas of ``size``, in the fullest units first, and return how many."""
        unit, placed = self.seller.offer.unit_accelerators, 0
        if size > unit:
            each = -(-size // unit)
            placed = min(count, self.free[unit] // each) if self.seller.whole_node else 0
            self.free[unit] -= placed * each
            return placed
        for room in sorted(self.free):
            while self.free[room] and room >= size and placed < count:
                inside = min(room // size, count - placed)
                units = min(self.free[room], max((count - placed) // inside, 1))
                self.free[room] -= units
                self.free[room - inside * size] += units
                placed += inside * units
        return placed


def _placed(plan: "Plan", profile: "Profile", spec: "Spec", catalog: "Catalog") -> "Iterator[str]":
    """In every period all replicas find a place in the units that are had, the largest first."""
    sold = {(s.offer.id, str(s.price.purchase)): s for s in sellers(spec, catalog)}
    apart = spec.prices.spot.interruption_share > 0.0 or spec.prices.spot.max_share < 1.0
    shares = sorted(
        zip(profile.workloads or (), plan.workloads, strict=True), key=lambda p: -p[0].accelerators_per_replica
    )
    for t, period in enumerate(profile.periods):
        units = []
        for purchase, steps in zip(profile.purchases, period.steps, strict=True):
            seller = sold[purchase.offer, purchase.purchase]
            count = steps * purchase.accelerators_per_step // seller.offer.unit_accelerators
            units.append(Units(seller, purchase.purchase == "spot", Counter({seller.offer.unit_accelerators: count})))
        for share, served in shares:
            some = share.spot_replicas[t] if share.spot_replicas else 0
            pool = served.pools[0]
            wanted = hardware_key(sold[pool.offer, pool.purchase].node)
            for part, on_spot in ((some, True), (share.replicas[t] - some, False)):
                left = part
                for each in units:
                    if hardware_key(each.seller.node) == wanted and (not apart or each.spot == on_spot):
                        left -= each.take(share.accelerators_per_replica, left)
                if left:
                    yield f"profile: {left} replicas of {share.name} have no place at {period.requests_per_s:g} per s"
