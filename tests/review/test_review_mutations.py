"""A stored plan with anything in it: read or refused, checked, compared and shown; never another exception."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from planner import PlannerError, check, diff_plans, read_plan
from planner.plan.landscape import Landscape
from planner.plan.record import Plan
from planner.render.adr import plan_adr
from planner.render.github import review_summary
from planner.render.html.report import plan_html
from planner.render.junit import review_junit
from planner.render.openmetrics import plan_openmetrics
from planner.render.sarif import review_sarif
from planner.render.table import plan_table
from planner.review.cases import Review
from tests import reviewed

WHOLE = json.loads(reviewed.plan().model_dump_json())
CLASH = json.loads(reviewed.plan(reviewed.SPEC, "slo.ttft_p95_ms=1").model_dump_json())
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**6),
    st.floats(-1e6, 1e6),
    st.sampled_from([0.0, 1e-300, 1e300]),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
)
REMOVED = object()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below the top of a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, child in children for place in ((*path, key), *places(child, (*path, key)))]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    at = copy
    for key in path[:-1]:
        at = at[key]
    if value is REMOVED:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copy


def shown(plan: Plan) -> None:
    """Write it in every format that is read by people or pipelines."""
    review = Review(plan)
    for text in (review_junit(review), review_sarif(review), review_summary(review), plan_openmetrics(plan)):
        assert text
    assert plan_table(plan, width=60)
    assert plan_adr(plan, Landscape())
    assert plan_html(plan, Landscape())


@given(st.sampled_from([WHOLE, CLASH]), st.data())
def test_a_plan_that_was_tampered_with_is_never_a_crash(document: Any, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(places(document)))
    value = data.draw(st.one_of(st.just(REMOVED), ANYTHING))
    plan, said = None, ""
    try:
        plan = read_plan(json.dumps(changed(document, path, value)))
    except PlannerError as error:
        said = str(error)
    if plan is None:
        assert said.startswith("plan: ")
        return
    shown(plan)
    diff_plans(reviewed.plan(), plan)
    diff_plans(plan, reviewed.plan())
    try:
        problems = check(plan, catalog=reviewed.catalog())
    except PlannerError as error:
        problems = (str(error),)
    assert all(problems)


@given(st.dictionaries(st.text(min_size=1, max_size=6), ANYTHING, max_size=3))
def test_keys_of_a_later_version_are_ignored(more: dict[str, Any]) -> None:
    unknown = {f"later_{key}": value for key, value in more.items()}
    document = WHOLE | unknown
    pool = document["workloads"][0]["pools"][0] | unknown
    document = changed(document, ("workloads", 0, "pools", 0), pool)
    assert read_plan(json.dumps(document)) == reviewed.plan()
