"""A review as JUnit XML: a test case a constraint, so that any continuous integration shows it."""

from xml.etree import ElementTree as ET

from planner.render.plain import plain
from planner.review.cases import RULES, Case, Review, cases


def review_junit(review: Review) -> str:
    """Return the constraints of a plan as one test suite a rule."""
    found = cases(review)
    root = ET.Element("testsuites", {"name": "planner", **_counts(found)})
    for rule, meaning in RULES.items():
        members = [case for case in found if case.rule == rule]
        if members:
            suite = ET.SubElement(root, "testsuite", {"name": f"planner.{rule}", **_counts(members)})
            ET.SubElement(ET.SubElement(suite, "properties"), "property", name="rule", value=meaning)
            for case in members:
                _case(suite, case, review)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(found: "list[Case] | tuple[Case, ...]") -> dict[str, str]:
    failed = sum(case.outcome == "failed" for case in found)
    skipped = sum(case.outcome == "skipped" for case in found)
    return {"tests": str(len(found)), "failures": str(failed), "errors": "0", "skipped": str(skipped), "time": "0"}


def _case(suite: ET.Element, case: Case, review: Review) -> None:
    where = {"file": plain(review.source), "line": str(review.line(case.key))} if review.source else {}
    shown = {"classname": f"planner.{case.rule}", "name": plain(case.name), "time": "0", **where}
    element = ET.SubElement(suite, "testcase", shown)
    message = plain(case.message)
    if case.outcome == "failed":
        ET.SubElement(element, "failure", message=message, type=case.rule).text = message
    elif case.outcome == "skipped":
        ET.SubElement(element, "skipped", message=message)
    else:
        ET.SubElement(element, "system-out").text = message
