"""A review as SARIF 2.1.0: what failed as results at the line of the specification, for code scanning."""

import hashlib
import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from planner.render.plain import plain
from planner.review.cases import RULES, Case, Review, cases

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://pypi.org/project/servingplan/"


def review_sarif(review: Review) -> str:
    """Return the constraints that failed, each a result; those that hold stand as results of kind ``pass``."""
    found = cases(review)
    driver = {
        "name": "planner",
        "version": review.plan.tool.version,
        "informationUri": HOME,
        "rules": [_rule(name, meaning) for name, meaning in RULES.items()],
    }
    run: dict[str, Any] = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints"}
    run["results"] = [_result(case, review) for case in found]
    return json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, indent=2) + "\n"


def _rule(name: str, meaning: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": name.capitalize(),
        "shortDescription": {"text": f"{meaning}."},
        "defaultConfiguration": {"level": "error"},
    }


def _result(case: Case, review: Review) -> dict[str, Any]:
    kinds = {"passed": ("pass", "none"), "failed": ("fail", "error"), "skipped": ("notApplicable", "none")}
    kind, level = kinds[case.outcome]
    identity = hashlib.sha256(f"{case.rule}\n{case.name}".encode()).hexdigest()
    result: dict[str, Any] = {
        "ruleId": case.rule,
        "ruleIndex": list(RULES).index(case.rule),
        "kind": kind,
        "level": level,
        "message": {"text": plain(f"{case.name}: {case.message}")},
        "partialFingerprints": {"constraint/v1": identity[:32]},
    }
    if review.source:
        uri = quote(PurePath(review.source).as_posix())
        region = {"startLine": review.line(case.key)}
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}]
    return result
