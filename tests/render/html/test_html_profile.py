"""The chart of the hours: every hour stands once, every accelerator of an hour upon another."""

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
    most = max(period.accelerators for period in profile.periods)
    paid = [profile.periods[index].accelerators for index in profile.order]
    shown = [0.0] * profile.hours
    for block in section["blocks"]:
        first = round(block.left * profile.hours / 100.0)
        for hour in range(first, first + round(block.width * profile.hours / 100.0)):
            shown[hour] += block.height * most / 100.0
            assert block.top + block.height <= 100.001
    assert shown == pytest.approx(paid, rel=1e-4)
    assert all(block.top >= -0.001 for block in section["blocks"])


def test_a_steady_demand_has_no_hours() -> None:
    assert profile_section(reviewed.plan().profile) is None
