"""Formats for reviews: each opens in its reader, says the same as the plan, and survives hostile names."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from planner.plan.landscape import Landscape
from planner.plan.record import Plan, read_plan
from planner.render.adr import plan_adr
from planner.render.check import check_document, check_json_schema, check_table
from planner.render.diff import diff_markdown, diff_sentence, diff_table
from planner.render.github import MAX_SUMMARY_BYTES, MOST, fitting, review_annotations, review_summary
from planner.render.junit import review_junit
from planner.render.openmetrics import plan_openmetrics
from planner.render.sarif import review_sarif
from planner.review.cases import Review, cases
from planner.review.diff import diff_plans
from planner.review.gates import judge, read_gate
from planner.review.metrics import metrics
from tests import reviewed
from tests.render.test_render_table import HOSTILE, renamed

SARIF = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-trimmed.json").read_text(encoding="utf-8"))
MADR = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## More Information",
]
INFEASIBLE = (reviewed.SPEC, "slo.ttft_p95_ms=1")


def review_of(*request: str, problems: tuple[str, ...] = (), gates: tuple[str, ...] = ()) -> Review:
    """The review of a small plan whose request stands in model.yaml."""
    plan = reviewed.plan(*request)
    values = metrics(plan, date(2026, 11, 23))
    results = tuple(judge(read_gate(text), values) for text in gates)
    return Review(plan, results, problems, "model.yaml", reviewed.request(*request).places)


def hostile(plan: Plan) -> Plan:
    return renamed(plan, HOSTILE)


REVIEWS: dict[str, Callable[[], Review]] = {
    "found": lambda: review_of(reviewed.SPEC, gates=("usd_per_mtok > 1",)),
    "broken": lambda: review_of(reviewed.SPEC, problems=("ttft is 9 ms at this load, not 8",)),
    "infeasible": lambda: review_of(*INFEASIBLE, gates=("infeasible",)),
    "hostile": lambda: replace(
        review_of(reviewed.SPEC), plan=hostile(reviewed.plan()), problems=(HOSTILE,), source=HOSTILE
    ),
}


@pytest.mark.parametrize("name", REVIEWS)
def test_junit_opens_and_counts_add_up(name: str) -> None:
    review = REVIEWS[name]()
    root = ET.fromstring(review_junit(review).encode())
    found = cases(review)
    assert root.tag == "testsuites"
    assert int(root.attrib["tests"]) == len(found) == len(root.findall("testsuite/testcase"))
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    assert int(root.attrib["failures"]) == sum(case.outcome == "failed" for case in found)


@pytest.mark.parametrize("name", REVIEWS)
def test_sarif_fits_its_schema(name: str) -> None:
    review = REVIEWS[name]()
    document = json.loads(review_sarif(review))
    jsonschema.Draft7Validator.check_schema(SARIF)
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    prints = [json.dumps(result["partialFingerprints"]) for result in run["results"]]
    assert len(prints) == len(set(prints))


def test_the_trimmed_schema_refuses_what_sarif_refuses() -> None:
    document = json.loads(review_sarif(review_of(reviewed.SPEC)))
    document["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SARIF)


def test_a_failure_points_at_the_line_of_the_limit() -> None:
    review = review_of(*INFEASIBLE)
    line = 1 + reviewed.SPEC.splitlines().index("  ttft_p95_ms: 2000")
    set_on_the_command_line = [case for case in cases(review) if case.outcome == "failed"]
    assert set_on_the_command_line[0].key == "slo.ttft_p95_ms"
    # the value came from the command line, so the section that it stands in is shown
    assert review.line("slo.ttft_p95_ms") == line - 1
    assert review_of(reviewed.SPEC).line("slo.ttft_p95_ms") == line
    assert review_annotations(review).startswith(f"::error file=model.yaml,line={line - 1},title=planner clash::ttft")


def test_of_several_bounds_the_offending_one_is_pointed_at() -> None:
    request = (reviewed.SEVERAL, "workloads[1].slo={ttft_p95_ms: 1}")
    review = Review(reviewed.plan(*request), source="model.yaml", lines=reviewed.request(*request).places)
    (case,) = [case for case in cases(review) if case.rule == "clash"]
    assert case.key == "workloads[1].slo.ttft_p95_ms"


def test_at_most_ten_annotations_are_written() -> None:
    review = review_of(reviewed.SPEC, problems=tuple(f"promise {n}" for n in range(30)))
    lines = review_annotations(review).splitlines()
    assert len(lines) == MOST
    assert lines[-1] == "::error title=planner::21 more constraints failed"


def test_annotations_cannot_be_ended_early() -> None:
    lines = review_annotations(REVIEWS["hostile"]()).splitlines()
    assert lines
    assert all(line.startswith("::error ") for line in lines)
    odd = review_of(reviewed.SPEC, problems=("100% sure::error,\r\n::warning::x",))
    (line,) = review_annotations(odd).splitlines()
    assert "100%25 sure" in line


def test_a_plan_that_holds_has_no_annotation() -> None:
    assert review_annotations(review_of(reviewed.SPEC)) == ""


def test_the_summary_stays_within_what_github_takes() -> None:
    assert "## Checks" in review_summary(review_of(reviewed.SPEC))
    assert len(fitting("line\n" * MAX_SUMMARY_BYTES).encode()) <= MAX_SUMMARY_BYTES + 100


@pytest.mark.parametrize("request_", [(reviewed.SPEC,), INFEASIBLE])
def test_a_decision_record_has_the_headings_of_madr_in_order(request_: tuple[str, ...]) -> None:
    record = plan_adr(reviewed.plan(*request_), reviewed.surroundings(*request_))
    assert record.startswith("---\nstatus: ")
    headings = [line for line in record.splitlines() if line.startswith("#")]
    assert headings[0].startswith("# ")
    places = [headings.index(heading) for heading in MADR]
    assert places == sorted(places)


def test_a_decision_record_weighs_other_accelerators() -> None:
    wide = (reviewed.SPEC, "limits.accelerators=[l40s, h100-sxm-80gb, a100-sxm-80gb]")
    record = plan_adr(reviewed.plan(*wide), reviewed.surroundings(*wide))
    assert "times the chosen cost" in record
    assert "Chosen option: " in record


def test_a_decision_record_survives_hostile_names() -> None:
    record = plan_adr(hostile(reviewed.plan()), Landscape())
    assert not re.search(r"[^\n -~]", record)
    assert "\nsecond line" not in record


def test_openmetrics_is_a_gauge_a_line_and_ends() -> None:
    for plan in (reviewed.plan(), reviewed.plan(*INFEASIBLE), hostile(reviewed.plan())):
        lines = plan_openmetrics(plan).splitlines()
        assert lines[-1] == "# EOF"
        samples = [line for line in lines if not line.startswith("#")]
        assert all(re.fullmatch(r"planner_\w+(\{.*\})? [-+.e\d]+", line) for line in samples)
        families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
        assert len(families) == len(set(families))
        assert {line.split("{")[0].split()[0] for line in samples} <= set(families)


def test_the_outcome_of_a_check_fits_its_schema_and_is_said_first() -> None:
    schema = check_json_schema()
    for name, review in ((name, make()) for name, make in REVIEWS.items()):
        document = check_document(review)
        jsonschema.validate(json.loads(document.model_dump_json()), schema)
        assert document.passed is (name == "found"), name
    assert check_table(REVIEWS["found"]()).startswith("The plan holds")
    assert check_table(REVIEWS["broken"]()).startswith("The plan does not hold: 1 promise broken")
    assert check_table(review_of(*INFEASIBLE)).startswith("The answer is infeasible")


def test_a_difference_says_first_what_it_costs() -> None:
    plan = reviewed.plan()
    assert diff_sentence(diff_plans(plan, plan)).startswith("Nothing changed")
    more = reviewed.plan(reviewed.SPEC, "workload.requests_per_s=60")
    page = diff_table(diff_plans(plan, more), width=60)
    assert page.startswith("The cost rises from ")
    assert "the request changed" in " ".join(page.split())
    assert max(map(len, page.splitlines())) <= 60
    assert "| USD/h |" in diff_markdown(diff_plans(plan, more))
    gone = diff_plans(plan, reviewed.plan(*INFEASIBLE))
    assert diff_sentence(gone).startswith("The status went from optimal to infeasible")


def test_a_difference_survives_hostile_names() -> None:
    diff = diff_plans(reviewed.plan(), hostile(reviewed.plan()))
    assert not re.search(r"[^\n -~]", diff_table(diff))
    assert not re.search(r"[^\n -~]", diff_markdown(diff))


def test_a_stored_plan_from_before_reviews_can_still_be_read() -> None:
    old = read_plan((Path(__file__).parent / "plans" / "chat.json").read_text(encoding="utf-8"))
    assert old.input is None
    assert all(case.outcome == "passed" for case in cases(Review(old)))
    jsonschema.validate(json.loads(review_sarif(Review(old))), SARIF)
