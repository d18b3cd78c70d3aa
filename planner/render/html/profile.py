"""A demand that changes: what is had in each hour, as the hours follow, and what other ways to buy would cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from planner.plan.profile import Profile
from planner.render.html.bars import COLOURS
from planner.render.numbers import counted, short
from planner.render.plain import plain
from planner.render.profile import alone_rows, purchase_rows


@dataclass(frozen=True)
class Block:
    """Accelerators of one purchase in hours that follow one another: place and size in percent of the chart."""

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
        "words": f"Accelerators had in each of {counted(profile.hours, 'hour')}: between "
        f"{min(period.accelerators for period in profile.periods):,} and {most:,}.",
    }


def _blocks(profile: Profile, most: int) -> Iterator[Block]:
    """Yield what is had of each purchase, commitments below; hours that follow and have the same are one block."""
    stacked = sorted(range(len(profile.purchases)), key=lambda index: not profile.purchases[index].committed)
    hours = [profile.periods[index].steps for index in profile.order]
    start = 0
    for steps, alike in groupby(hours):
        length, top = len(list(alike)), 100.0
        for index in stacked:
            bought = profile.purchases[index]
            count = steps[index] * bought.accelerators_per_step
            if not count:
                continue
            height = 100.0 * count / most
            top -= height
            when = f"hour {start + 1}" if length == 1 else f"hours {start + 1} to {start + length}"
            yield Block(
                colour=index % COLOURS,
                left=round(100.0 * start / len(hours), 3),
                top=round(top, 3),
                width=round(100.0 * length / len(hours), 3),
                height=round(height, 3),
                words=f"{when}: {count:,} {plain(bought.purchase).replace('_', ' ')} of {plain(bought.offer)}",
            )
        start += length
