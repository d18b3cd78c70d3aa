"""The mix over a demand that changes, as lines of a page."""

from planner.plan.profile import Profile
from planner.render.numbers import short
from planner.render.plain import plain

MOST_PERIODS = 12


def purchase_rows(profile: Profile) -> list[tuple[str, str, str, str]]:
    """Return how each offer is bought: in the busiest hour, on average, and the mean bill."""
    return [
        (
            f"{plain(bought.purchase).replace('_', ' ')}: {plain(bought.offer)}",
            f"{bought.most_steps * bought.accelerators_per_step}",
            short(bought.mean_steps * bought.accelerators_per_step),
            short(bought.usd_per_h),
        )
        for bought in profile.purchases
    ]


def share_rows(profile: Profile) -> list[tuple[str, str, str, str, str]]:
    """Return each workload's peak and mean rate, its accelerators at most and on average; none where it is alone."""
    hours = [period.hours for period in profile.periods]
    rows = []
    for share in profile.workloads or ():
        size = share.accelerators_per_replica
        mean = sum(n * h for n, h in zip(share.replicas, hours, strict=True)) * size / profile.hours
        rates = short(share.peak_requests_per_s), short(share.mean_requests_per_s)
        rows.append((plain(share.name), *rates, str(size * max(share.replicas)), short(mean)))
    return rows


def alone_rows(profile: Profile) -> list[tuple[str, str]]:
    """Return what each way of buying would cost alone, and a fleet that never shrinks [USD/h]."""
    rows = [("this mix", short(profile.usd_per_h))]
    for other in profile.alone:
        cost = "cannot serve it" if other.usd_per_h is None else short(other.usd_per_h)
        rows.append((f"{plain(other.purchase).replace('_', ' ')} alone", cost))
    if profile.fixed_usd_per_h is not None:
        rows.append(("a fleet that never shrinks", short(profile.fixed_usd_per_h)))
    if profile.start_usd_per_h is not None:
        rows.append(("of this mix, hired units that start", short(profile.start_usd_per_h)))
    return rows


def period_rows(profile: Profile) -> list[tuple[str, str, str, str]]:
    """Return demand, hours, accelerators and bill of each period, some of them where there are many."""
    stride = max(1, -(-len(profile.periods) // MOST_PERIODS))
    return [
        (short(each.requests_per_s), str(each.hours), str(each.accelerators), short(each.usd_per_h))
        for each in profile.periods[::stride]
    ]
