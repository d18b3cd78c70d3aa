"""Promises over a demand that changes, of one workload and of two that share a mix, broken one at a time."""

import re
from collections import Counter
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from planner.pipeline import solve
from planner.plan.check_joint import Units
from planner.plan.check_profile import profile_problems
from planner.plan.record import Plan
from planner.spec.schema import Spec
from tests.pipeline.requests import catalog, spec_of
from tests.pipeline.test_pipeline_joint_profile import DAY as EVENING
from tests.pipeline.test_pipeline_joint_profile import NIGHT, block
from tests.pipeline.test_pipeline_joint_profile import text as joint_text
from tests.pipeline.test_pipeline_profile import DAY, text
from tests.plan.corrupted import objections

HALF_SPOT = "{purchase: [on_demand, reserved_1y, spot], spot: {interruption_share: 0.1, max_share: 0.5}}"
PAIR = (block("day", EVENING, ", scaling: {start_up_s: 900, min_replicas: 1}"), block("night", NIGHT))


def demand(scaling: str) -> str:
    return f"{{demand: {{hourly_requests_per_s: {DAY}, scaling: {scaling}}}, input_tokens: 1000, output_tokens: 200}}"


@cache
def alone() -> tuple[Plan, Spec]:
    """Some are reserved, others hired for the eight busiest hours."""
    spec = spec_of(text(DAY))
    return solve(spec, catalog=catalog(), costs=True), spec


@cache
def joint() -> tuple[Plan, Spec]:
    """Some are reserved, others hired for eight hours, for two workloads."""
    spec = spec_of(joint_text(*PAIR, prices=HALF_SPOT))
    return solve(spec, catalog=catalog(), costs=True, time_limit_s=20), spec


def test_right_plans_are_not_objected_to_after_they_were_stored() -> None:
    assert objections(*alone()) == objections(*joint()) == ""


def turned(order: list[int]) -> list[int]:
    return order[1:] + order[:1]


def one_more(steps: list[int]) -> list[int]:
    return [count + 1 for count in steps]


ALONE: dict[str, tuple[dict[str, Any], str]] = {
    "steps below none": ({"profile.periods.0.steps.0": -1}, "the steps of a period are not those of its purchases"),
    "a period lost": ({"profile.periods": lambda all_: all_[:-1]}, "periods and purchases do not belong together"),
    "an hour lost": ({"profile.order": lambda all_: all_[:-1]}, "periods and purchases do not belong together"),
    "an hour of nowhere": ({"profile.order.0": 99}, "periods and purchases do not belong together"),
    "hours turned": ({"profile.order": turned}, r"hour 7 is put down as 30 requests/s, not 2"),
    "an hour too many": ({"profile.periods.0.hours": 9}, "9 hours of 30 requests/s, asked 8 of 30"),
    "a replica too many": ({"profile.periods.0.replicas": 99}, r"\d+ replicas bought, 99 shown"),
    "a strange offer": ({"profile.purchases.0.offer": "aws/p5"}, r"aws/p5 \(\w+\) is not on sale here"),
    "a strange seller": ({"profile.purchases.0.provider": "aws"}, "is of hyperstack, not aws"),
    "another price": ({"profile.purchases.0.usd_per_step_h": 0.5}, "does not cost 0.5 USD/h"),
    "hired, said to be committed": ({"profile.purchases.0.committed": True}, "is committed and changes by the hour"),
    "committed, said to be hired": ({"profile.purchases.1.committed": False}, "is shown as committed: False"),
    "steps not paid for": ({"profile.periods.0.steps": one_more}, r"steps cost .* USD/h, .* shown"),
    "another mean": ({"profile.usd_per_h": 0.1}, r"profile.usd_per_h is .*, not 0.1"),
    "accelerators from nowhere": ({"profile.periods.0.accelerators": 99}, r"\d+ accelerators are had, 99 shown"),
    "another mean of steps": ({"profile.purchases.0.mean_steps": 99.0}, r"has 0.33\d* steps, at most"),
    "no capacity": ({"profile.capacity_requests_per_s": None}, "says what a replica carries neither, or both"),
    "no totals": ({"totals": None}, "a plan without totals"),
    "another cost per token": ({"totals.usd_per_mtok": 1.0}, "is not everything paid over everything served"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_a_corrupted_profile_is_named(name: str) -> None:
    changes, expected = ALONE[name]
    assert re.search(expected, objections(*alone(), changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"limits": "{providers: [hyperstack], max_accelerators: 1}"},
            r"limits.max_accelerators: \d+ bought, 1 allowed",
        ),
        ({"limits": "{providers: [hyperstack], max_usd_per_h: 0.1}"}, r"limits.max_usd_per_h: .* USD/h, 0.1 allowed"),
        ({"workload": demand("{min_replicas: 99}")}, r"replicas, at least 99 asked"),
        ({"workload": demand("{fixed: true}")}, r"\d replicas do not carry 30 requests/s"),
        ({"workload": demand("{start_up_s: 1800}")}, r"USD/h on average, totals say \d"),
    ],
)
def test_a_profile_held_against_a_narrower_request_is_objected_to(changes: dict[str, str], expected: str) -> None:
    assert re.search(expected, objections(alone()[0], spec_of(text(DAY, **changes))))


def test_spot_is_held_against_its_cap_and_counted_without_what_is_interrupted() -> None:
    prices = HALF_SPOT.replace("max_share: 0.5", "max_share: 0.1").replace("share: 0.1,", "share: 0.9,")
    found = objections(alone()[0], spec_of(text(DAY, prices=prices)), {"profile.purchases.0.purchase": "spot"})
    assert re.search(r"more than 0.1 of \d+ replicas are spot", found)
    assert re.search(r"\d\.\d replicas do not carry 30 requests/s", found)


JOINT: dict[str, tuple[dict[str, Any], str]] = {
    "steps below none": ({"profile.periods.0.steps.0": -1}, "its hours, steps or shares are not those of its periods"),
    "a period of one lost": ({"profile.workloads.0.replicas": lambda all_: all_[1:]}, "steps or shares are not those"),
    "a share lost": ({"profile.workloads": lambda all_: all_[:1]}, "its shares are not those of the workloads"),
    "a share of a stranger": ({"profile.workloads.0.name": "x"}, "its shares are not those of the workloads"),
    "a strange offer": ({"profile.purchases.0.offer": "aws/p5"}, r"aws/p5 \(\w+\) is not on sale here"),
    "another sum": ({"profile.periods.0.requests_per_s": 1.0}, r"period 0 has 62 requests/s on \d+ replicas, not 1 on"),
    "another rate": ({"profile.workloads.0.requests_per_s.0": 7.0}, "day: hour 0 is put down as 7, not 2"),
    "nobody at night": ({"profile.workloads.0.replicas.0": 0}, "day: 0 replicas do not carry 2 requests/s"),
    "fewer than asked": ({"profile.workloads.0.replicas.0": 0}, "day: 0 replicas, at least 1 asked"),
    "all on spot": ({"profile.workloads.0.spot_replicas": [9] * 5}, r"day: more than 0.5 of \d+ replicas are spot"),
    "on spot that is not had": ({"profile.workloads.0.spot_replicas": [1, 0, 0, 0, 0]}, "have no place at 62 per s"),
    "another peak": ({"profile.workloads.0.peak_requests_per_s": 5.0}, "day: peak_requests_per_s is 24, not 5"),
    "more capacity": ({"profile.workloads.0.capacity_requests_per_s": 99.0}, "capacity_requests_per_s is .*, not 99"),
    "larger replicas": ({"profile.workloads.0.accelerators_per_replica": 8}, r"\d replicas of day have no place"),
    "hours turned": ({"profile.order": turned}, "day: hour 1 is put down as 6, not 2"),
    "an hour too many": ({"profile.periods.0.hours": 9}, "the hours of the periods are not those of the profile"),
    "money that vanishes": ({"costs.usd_of_month.used": 0.0}, r"used, headroom, spare and idle are not .* USD a month"),
    "units not had": ({"profile.periods.0.steps": [0, 0]}, r"\d replicas of night have no place at 62 per s"),
    "a capacity of all": ({"profile.capacity_requests_per_s": 9.0}, "says what a replica carries neither, or both"),
}  # fmt: skip


@pytest.mark.parametrize("name", JOINT)
def test_a_corrupted_mix_of_two_workloads_is_named(name: str) -> None:
    changes, expected = JOINT[name]
    assert re.search(expected, objections(*joint(), changes))


def test_replicas_of_a_profile_are_of_one_kind_and_carry_its_peak() -> None:
    plan, spec = alone()
    first, second = plan.workloads[0].pools
    others = [second.model_copy(update=change) for change in ({"engine": "sglang"}, {"requests_per_s": 0.5})]
    said = ["2 kinds of replica, one allowed", r"pools carry \d+(\.\d+)? requests/s of 30 in the busiest hour"]
    assert plan.profile is not None
    for other, expected in zip(others, said, strict=True):
        served = plan.workloads[0].model_copy(update={"pools": (first, other)})
        changed = plan.model_copy(update={"workloads": (served,)})
        assert re.search(expected, "\n".join(profile_problems(changed, plan.profile, spec, catalog())))


THREE_MACHINES = [(True, 16, [1, 0]), (False, 16, [0, 0]), (True, 4, [3, 2])]


@pytest.mark.parametrize(("whole_node", "size", "expected"), THREE_MACHINES)
def test_replicas_find_no_more_room_than_there_is(whole_node: bool, size: int, expected: list[int]) -> None:
    """Three machines of eight: one replica of sixteen takes two of them, of four they hold six."""
    seller: Any = SimpleNamespace(offer=SimpleNamespace(unit_accelerators=8), whole_node=whole_node)
    units = Units(seller, False, Counter({8: 3}))
    assert [units.take(size, 3), units.take(size, 2)] == expected
    assert sum(room * count for room, count in units.free.items()) == 24 - size * sum(expected)
    assert min(units.free.values()) >= 0


def test_a_mix_held_against_a_smaller_stock_is_objected_to() -> None:
    limits = ", inventory: [{provider: hyperstack, max: 1}, {provider: aws, max: 0}]"
    found = objections(joint()[0], spec_of(joint_text(*PAIR, prices=HALF_SPOT, limits=limits)))
    said = r"limits\.inventory: \d+ accelerators bought in an hour, 1 in stock"
    assert found
    assert all(re.fullmatch(said, line) for line in found.splitlines())
