"""What a plan says of its request beyond the text: defaults that were taken, files that were read."""

from pathlib import Path

import pytest

from planner import load_spec
from planner.plan.record import read_plan
from planner.review.diff import diff_plans
from planner.review.verify import spec_of, verify
from tests import reviewed

ROOT = Path(__file__).parents[2]
TRACE = "input_tokens,output_tokens\n1000,200\n900,180\n"
TRACED = reviewed.SPEC.replace("input_tokens: 1000, output_tokens: 200", "lengths: {trace: rows.csv}")


def test_defaults_are_said_by_key_and_stated_values_are_not() -> None:
    spec = reviewed.request()
    assert spec.assumed["confidence"] == 0.8
    assert spec.assumed["limits.max_utilisation"] == 0.9
    assert spec.assumed["kv_formats"] == ["bf16", "fp8"]
    assert "limits.max_accelerators" not in spec.assumed
    stated = reviewed.request(reviewed.SPEC, "confidence=0.8", "limits.max_utilisation=0.9")
    assert set(spec.assumed) - set(stated.assumed) == {"confidence", "limits.max_utilisation"}


def test_workloads_name_their_own_and_share_the_limits() -> None:
    keys = set(reviewed.request(reviewed.SEVERAL).assumed)
    assert {"workloads[0].kv_formats", "workloads[1].kv_formats", "limits.max_pools"} <= keys
    assert not [key for key in keys if key.startswith("workloads") and ".limits." in key]


def test_stating_every_default_changes_no_total() -> None:
    spec = reviewed.request()
    overrides = [f"{key}={str(value).replace(chr(39), '')}" for key, value in spec.assumed.items()]
    again = reviewed.plan(reviewed.SPEC, *overrides)
    assert again.totals == reviewed.plan().totals
    assert again.assumed is None


def test_files_carry_their_digest_and_a_changed_one_is_found(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(TRACE, encoding="utf-8")
    (tmp_path / "model.yaml").write_text(TRACED, encoding="utf-8")
    request = load_spec(tmp_path / "model.yaml", catalog=reviewed.catalog())
    assert set(request.files) == {"rows.csv"}
    plan = reviewed.plan().model_copy(update={"input": dict(request.document), "files": dict(request.files)})
    stored = read_plan(plan.model_dump_json())
    (tmp_path / "rows.csv").write_text(TRACE + "800,150\n", encoding="utf-8")
    now = spec_of(stored, tmp_path, "plan.json", reviewed.catalog())
    assert "rows.csv is not the file that the plan was made from" in verify(stored, now, reviewed.catalog())[0]
    newer = stored.model_copy(update={"files": dict(now.files)})
    assert [(cause.kind, cause.what) for cause in diff_plans(stored, newer).causes] == [("input", "rows.csv")]


@pytest.mark.parametrize(("example", "names"), [("week-profile", {"../traces/week.csv"}), ("own-model", set())])
def test_examples_name_what_they_read(example: str, names: set[str]) -> None:
    spec = load_spec(ROOT / "docs" / "examples" / f"{example}.yaml", catalog=reviewed.catalog())
    assert set(spec.files) == names


def test_a_default_that_changed_is_a_cause() -> None:
    plan = reviewed.plan()
    newer = plan.model_copy(update={"assumed": {**(plan.assumed or {}), "confidence": 0.9}})
    (cause,) = diff_plans(plan, newer).causes
    assert (cause.kind, cause.what, cause.before, cause.after) == ("default", "confidence", 0.8, 0.9)
