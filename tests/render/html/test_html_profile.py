"""The chart of the hours: every hour stands once, every accelerator of an hour upon another."""

from collections import defaultdict

import pytest

from planner.render.html.profile import profile_section
from tests import reviewed

HOURS = ", ".join(["1", "40", "9", "0"] * 6)
WEEK = reviewed.SPEC.replace("requests_per_s: 2", f"demand: {{hourly_requests_per_s: [{HOURS}]}}")


def test_hours_and_accelerators_add_up() -> None:
    profile = reviewed.plan(WEEK).profile
    section = profile_section(profile)
    assert profile is not None
    assert section is not None
    tops: dict[float, float] = {}
    heights: defaultdict[float, float] = defaultdict(float)
    widths: dict[float, float] = {}
    for block in section["blocks"]:
        tops[block.left] = min(tops.get(block.left, 100.0), block.top)
        heights[block.left] += block.height
        widths[block.left] = block.width
    most = max(period.accelerators for period in profile.periods)
    had = [period for period in profile.periods if period.accelerators]
    assert list(heights.values()) == pytest.approx([100.0 * period.accelerators / most for period in had], abs=0.01)
    assert [100.0 - top for top in tops.values()] == pytest.approx(list(heights.values()), abs=0.01)
    assert list(widths.values()) == pytest.approx([100.0 * period.hours / profile.hours for period in had], abs=0.01)


def test_a_steady_demand_has_no_hours() -> None:
    assert profile_section(reviewed.plan().profile) is None
