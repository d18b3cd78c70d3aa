"""A demand that changes: what is had in each hour, as a chart of the hours by demand, and what it costs otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from planner.plan.profile import Profile
from planner.render.html.bars import COLOURS
from planner.render.numbers import counted, short
from planner.render.plain import plain
from planner.render.profile import alone_rows, purchase_rows


@dataclass(frozen=True)
class Block:
    """Accelerators of one purchase in the hours of one demand: place and size in percent of the chart."""

    colour: int
    left: float
    top: float
    width: float
    height: float
    words: str


def profile_section(profile: Profile | None) -> dict[str, Any] | None:
    """Return rows and the chart; ``None`` where the demand is steady."""
    if profile is None:
        return None
    names = [f"{plain(each.purchase).replace('_', ' ')}: {plain(each.offer)}" for each in profile.purchases]
    most = max(period.accelerators for period in profile.periods)
    return {
        "title": f"Bought over {counted(profile.hours, 'hour')}",
        "demand": f"{short(profile.mean_requests_per_s)} requests/s on average, {short(profile.peak_requests_per_s)} "
        f"in the busiest hour; {short(profile.usd_per_h)} USD/h on average",
        "purchases": purchase_rows(profile),
        "alone": alone_rows(profile),
        "most": f"{most:,}",
        "blocks": list(_blocks(profile, max(most, 1))),
        "legend": [(index % COLOURS, name) for index, name in enumerate(names)],
        "words": f"Accelerators had in each hour, the busiest first: {most:,} down to "
        f"{min(period.accelerators for period in profile.periods):,} over {counted(profile.hours, 'hour')}.",
    }


def _blocks(profile: Profile, most: int) -> Iterator[Block]:
    """Yield what is had of each purchase in each period, commitments below, the periods from left to right."""
    order = sorted(range(len(profile.purchases)), key=lambda index: not profile.purchases[index].committed)
    hours = [period.hours for period in profile.periods]
    starts = [0, *accumulate(hours)]
    for period, start in zip(profile.periods, starts, strict=False):
        top = 100.0
        for colour in order:
            bought = profile.purchases[colour]
            count = period.steps[colour] * bought.accelerators_per_step
            if not count:
                continue
            height = 100.0 * count / most
            top -= height
            yield Block(
                colour=colour % COLOURS,
                left=round(100.0 * start / profile.hours, 3),
                top=round(top, 3),
                width=round(100.0 * period.hours / profile.hours, 3),
                height=round(height, 3),
                words=f"{counted(period.hours, 'hour')} at {short(period.requests_per_s)} requests/s: "
                f"{count:,} {plain(bought.purchase).replace('_', ' ')} of {plain(bought.offer)}",
            )
