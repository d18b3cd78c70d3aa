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
from tests.pipeline.requests import spec_of as text_of
from tests.plan.mutations import NO_PROMISE, dotted, leaves, mutants, promises_nothing, same
from tests.plan.unusual import UNUSUAL

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ALL = os.environ.get("MUTANTS") == "all"
EVERY = {"llama-70b-chat": 4, "quality-floor": 8, "fixed-concurrency": 8, "lowest-latency": 11, "two-profiles": 43}
EVERY |= {"two-workloads-shared-stock": 17, "owned-and-rented": 17, "week-profile": 43, "survive-a-node": 17}
EVERY |= {"owned-electricity": 11, "shared-or-dedicated": 11, "offline-batch": 11, "shared-whole-nodes": 17}
"""Of these every n-th mutant is tried, and of a few unusual requests; of all and of the other examples by hand."""
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml") if path.stem != "infeasible") if ALL else [*EVERY]
LONGEST = {"mixed-fleet": 12}
"""Of this one a part even then: each of its 3,900 mutants takes a seventh of a second."""
SOME = 31
"""Of an unusual request's."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def objects(document: str, spec: Spec, catalog: Catalog) -> bool:
    """Whether reading or checking a document ends in words; anything else that is raised is a defect."""
    try:
        return bool(verify(read_plan(document), spec, catalog))
    except SpecError:
        return True


def not_noticed(plan: Plan, spec: Spec, catalog: Catalog, every: int) -> list[str]:
    """What the checker says nothing of, of every n-th corruption of a plan; those must be some."""
    document = json.loads(plan.model_dump_json())
    assert not verify(read_plan(json.dumps(document)), spec, catalog)
    tried = list(mutants(document))[::every]
    assert len(tried) > 15
    silent = [each for each in tried if not objects(json.dumps(each[1]), spec, catalog)]
    return [what for what, changed in silent if not same(document, changed)]


@pytest.mark.parametrize("name", NAMES)
def test_the_checker_objects_to_every_corrupted_promise(name: str, catalog: Catalog) -> None:
    plan = solve(load_spec(EXAMPLES / f"{name}.yaml", catalog=catalog), catalog=catalog, costs=True)
    spec = spec_of(plan, EXAMPLES, name, catalog)
    assert not_noticed(plan, spec, catalog, LONGEST.get(name, 1) if ALL else EVERY[name]) == []


@pytest.mark.parametrize("name", UNUSUAL)
def test_the_checker_objects_to_every_corruption_of_an_unusual_plan(name: str, catalog: Catalog) -> None:
    spec = text_of(UNUSUAL[name])
    plan = solve(spec, catalog=catalog, costs=True, time_limit_s=20)
    assert plan.found
    assert not_noticed(plan, spec, catalog, 1 if ALL else SOME) == []


def test_every_reason_for_no_promise_is_of_use(catalog: Catalog) -> None:
    plan: Plan = solve(load_spec(EXAMPLES / "week-profile.yaml", catalog=catalog), catalog=catalog, timing=True)
    chat = solve(load_spec(EXAMPLES / "llama-70b-chat.yaml", catalog=catalog), catalog=catalog, timing=True)
    paths = [path for each in (plan, chat) for path, _ in leaves(json.loads(each.model_dump_json()))]
    left_out = {dotted(path) for path in paths if promises_nothing(path)}
    assert len(NO_PROMISE) == 13
    assert {name.partition(".")[0].partition("[")[0] for name in left_out} - {"notes"} == {
        "explanation", "profile", "input", "solver", "tool", "timing", "files",
    }  # fmt: skip
    assert len(left_out) < len(paths) / 3


def test_an_infeasible_answer_shows_no_pools(catalog: Catalog) -> None:
    spec = load_spec(EXAMPLES / "llama-70b-chat.yaml", catalog=catalog)
    plan = solve(spec, catalog=catalog)
    pools, parts = verify(plan.model_copy(update={"status": "infeasible"}), spec, catalog)
    assert pools == "infeasible, and pools are shown"
    assert parts == "infeasible, and totals, evidence, objective, runner-up of a plan are shown"
