"""What changed between two plans, and why."""

import jsonschema
import pytest

from planner.plan.record import Plan
from planner.review.diff import diff_json_schema, diff_plans
from tests import reviewed


def priced(plan: Plan, factor: float) -> Plan:
    """The plan with every price multiplied."""
    assert plan.totals is not None
    workload = plan.workloads[0]
    pools = tuple(
        pool.model_copy(
            update={"usd_per_h": pool.usd_per_h * factor, "usd_per_unit_h": (pool.usd_per_unit_h or 0.0) * factor}
        )
        for pool in workload.pools
    )
    money = {name: getattr(plan.totals, name) * factor for name in ("usd_per_h", "usd_per_mtok", "usd_per_mtok_output")}
    return plan.model_copy(
        update={
            "workloads": (workload.model_copy(update={"pools": pools}),),
            "totals": plan.totals.model_copy(update=money),
        }
    )


def test_a_plan_does_not_differ_from_itself() -> None:
    diff = diff_plans(reviewed.plan(), reviewed.plan())
    assert diff.same
    assert (diff.totals, diff.latencies, diff.causes) == ((), (), ())
    assert {pool.change for pool in diff.pools} == {"same"}


def test_a_price_is_named_as_the_cause() -> None:
    plan = reviewed.plan()
    diff = diff_plans(plan, priced(plan, 1.2))
    cost = next(change for change in diff.totals if change.what == "usd_per_h")
    assert cost.share == pytest.approx(0.2)
    assert [cause.kind for cause in diff.causes] == ["price"]
    assert [pool.change for pool in diff.pools] == ["changed"]
    assert not diff.latencies


def test_a_changed_request_is_named_key_by_key() -> None:
    diff = diff_plans(reviewed.plan(), reviewed.plan(reviewed.SPEC, "workload.requests_per_s=60", "seed=7"))
    inputs = {cause.what: (cause.before, cause.after) for cause in diff.causes if cause.kind == "input"}
    assert inputs == {"workload.requests_per_s": (2, 60), "seed": (None, 7)}
    assert not diff.same
    assert [
        (cause.before, cause.after) for cause in diff.causes if cause.what == "seed" and cause.kind == "solver"
    ] == [(0, 7)]


def test_pools_come_and_go() -> None:
    other = reviewed.plan(reviewed.SPEC, "limits.accelerators=[a100-sxm-80gb]")
    diff = diff_plans(reviewed.plan(), other)
    assert {pool.change for pool in diff.pools} == {"added", "removed"}
    back = diff_plans(other, reviewed.plan())
    assert [(pool.change, pool.pool) for pool in back.pools if pool.change == "added"] == [
        ("added", pool.pool) for pool in diff.pools if pool.change == "removed"
    ]


def test_versions_and_catalogues_are_causes() -> None:
    plan = reviewed.plan()
    newer = plan.model_copy(
        update={
            "tool": plan.tool.model_copy(update={"version": "9.9", "catalog_digest": "f" * 32}),
            "solver": plan.solver.model_copy(update={"version": "9.99"}),
        }
    )
    diff = diff_plans(plan, newer)
    assert diff.same
    assert [cause.kind for cause in diff.causes] == ["catalogue", "version", "solver"]


def test_becoming_infeasible_is_a_change() -> None:
    diff = diff_plans(reviewed.plan(), reviewed.plan(reviewed.SPEC, "slo.ttft_p95_ms=1"))
    assert not diff.same
    assert (diff.status.before, diff.status.after) == ("optimal", "infeasible")
    assert all(change.after is None for change in diff.totals)


def test_latencies_of_several_workloads_carry_their_name() -> None:
    diff = diff_plans(
        reviewed.plan(reviewed.SEVERAL), reviewed.plan(reviewed.SEVERAL, "workloads.chat.workload.requests_per_s=9")
    )
    assert diff.latencies
    assert all(change.what.startswith(("chat.", "draft.")) for change in diff.latencies)


@pytest.mark.parametrize("override", ["seed=1", "slo.ttft_p95_ms=1", "limits.accelerators=[a100-sxm-80gb]"])
def test_the_document_fits_its_schema(override: str) -> None:
    diff = diff_plans(reviewed.plan(), reviewed.plan(reviewed.SPEC, override))
    schema = diff_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(diff.model_dump(mode="json"), schema)
    assert schema["$id"] == "urn:servingplan:diff:1"
