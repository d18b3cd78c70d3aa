"""The checker, tested by mutation: every number and choice of a plan corrupted, one at a time, and it must object.

Larger plans have every n-th mutant tried; MUTANTS=all in the environment tries each of all of them.
"""

import json
import os
from pathlib import Path

import pytest

from planner import load_catalog, load_spec, solve
from planner.catalog.catalog import Catalog
from planner.errors import SpecError
from planner.plan.record import Plan, read_plan
from planner.review.verify import spec_of, verify
from planner.spec.schema import Spec
from tests.plan.mutations import NO_PROMISE, dotted, leaves, mutants, promises_nothing, same

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
EVERY = {"llama-70b-chat": 1, "quality-floor": 3, "fixed-concurrency": 3, "lowest-latency": 4}
EVERY |= {"two-workloads-shared-stock": 7, "owned-and-rented": 7, "week-profile": 15, "survive-a-node": 9}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def objects(document: str, spec: Spec, catalog: Catalog) -> bool:
    """Whether reading or checking a document ends in words; anything else that is raised is a defect."""
    try:
        return bool(verify(read_plan(document), spec, catalog))
    except SpecError:
        return True


@pytest.mark.parametrize("name", EVERY)
def test_the_checker_objects_to_every_corrupted_promise(name: str, catalog: Catalog) -> None:
    plan = solve(load_spec(EXAMPLES / f"{name}.yaml", catalog=catalog), catalog=catalog, costs=True)
    document = json.loads(plan.model_dump_json())
    spec = spec_of(plan, EXAMPLES, name, catalog)
    assert not verify(read_plan(json.dumps(document)), spec, catalog)
    tried = list(mutants(document))[:: 1 if os.environ.get("MUTANTS") == "all" else EVERY[name]]
    assert len(tried) > 50
    silent = [each for each in tried if not objects(json.dumps(each[1]), spec, catalog)]
    assert [what for what, changed in silent if not same(document, changed)] == []


def test_every_reason_for_no_promise_is_of_use(catalog: Catalog) -> None:
    plan: Plan = solve(load_spec(EXAMPLES / "week-profile.yaml", catalog=catalog), catalog=catalog, timing=True)
    chat = solve(load_spec(EXAMPLES / "llama-70b-chat.yaml", catalog=catalog), catalog=catalog, timing=True)
    paths = [path for each in (plan, chat) for path, _ in leaves(json.loads(each.model_dump_json()))]
    left_out = {dotted(path) for path in paths if promises_nothing(path)}
    assert len(NO_PROMISE) == 12
    assert {name.partition(".")[0].partition("[")[0] for name in left_out} - {"notes"} == {
        "explanation", "profile", "input", "solver", "tool", "timing", "files",
    }  # fmt: skip
    assert len(left_out) < len(paths) / 3


def test_an_infeasible_answer_shows_no_pools(catalog: Catalog) -> None:
    spec = load_spec(EXAMPLES / "llama-70b-chat.yaml", catalog=catalog)
    plan = solve(spec, catalog=catalog)
    (problem,) = verify(plan.model_copy(update={"status": "infeasible"}), spec, catalog)
    assert problem == "infeasible, and pools are shown"
