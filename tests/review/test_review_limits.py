"""Every limit that a specification states is a constraint of its plan's review, and fails where the plan exceeds it."""

import pytest

from planner.plan.record import Plan
from planner.review.cases import Review, cases
from planner.review.limits import limits_held
from tests import reviewed

STATED = (
    reviewed.SPEC,
    "limits.accelerators=[l40s]",
    "limits.tenancy=[shared, dedicated, private]",
    "limits.max_utilisation=0.8",
    "limits.inventory=[{accelerator: l40s, max: 16}]",
    "limits.survive={replicas: 1}",
    "quality.min_recovery=0.9",
)
KEYS = [
    "limits.accelerators",
    "limits.tenancy",
    "limits.max_utilisation",
    "limits.inventory[0]",
    "limits.survive",
    "limits.max_accelerators",
    "limits.max_usd_per_h",
    "quality.min_recovery",
]


def with_limits(plan: Plan, **limits: object) -> Plan:
    document = dict(plan.input or {})
    return plan.model_copy(update={"input": document | {"limits": {**document["limits"], **limits}}})


def test_every_stated_limit_is_there_and_holds() -> None:
    held = list(limits_held(reviewed.plan(*STATED)))
    assert [each.key for each in held] == KEYS
    assert all(each.holds for each in held), held


@pytest.mark.parametrize(
    ("limits", "key"),
    [
        ({"max_utilisation": 0.01}, "limits.max_utilisation"),
        ({"inventory": [{"accelerator": "l40s", "max": 0}]}, "limits.inventory[0]"),
        ({"max_accelerators": 0}, "limits.max_accelerators"),
        ({"max_usd_per_h": 0.01}, "limits.max_usd_per_h"),
    ],
)
def test_a_limit_that_the_plan_exceeds_fails(limits: dict[str, object], key: str) -> None:
    plan = with_limits(reviewed.plan(*STATED), **limits)
    assert [each.key for each in limits_held(plan) if not each.holds] == [key]


def test_what_only_the_catalogue_can_tell_is_decided_by_the_recomputation() -> None:
    plan = with_limits(reviewed.plan(*STATED), accelerators=["l40s-by-another-name"])
    assert all(each.holds for each in limits_held(plan))
    lost = "workloads[default]: 0 of 2 requests/s are served when the worst is lost"
    assert [each.key for each in limits_held(plan, [lost]) if not each.holds] == [
        "limits.accelerators",
        "limits.survive",
    ]


def test_a_workload_has_limits_of_its_own() -> None:
    plan = reviewed.plan(reviewed.SEVERAL, "workloads.chat.limits={max_accelerators: 4}")
    found = {case.name: case.key for case in cases(Review(plan)) if case.rule == "limit"}
    assert found == {
        "accelerators": "limits.accelerators",
        "chat: max_accelerators": "workloads[0].limits.max_accelerators",
    }
