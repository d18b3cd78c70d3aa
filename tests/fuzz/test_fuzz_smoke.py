"""Short runs of the fuzzers: every reader takes its input or refuses it in words, whatever the bytes are."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutation import near, value_changed
from tests.fuzz.structure import FORMS, mutated
from tests.fuzz.targets import CORPUS, SEEDS, TARGETS, refused, seeds

ROOT = Path(__file__).parents[2]
GUIDED_S = 3
"""Of clock time a target under the coverage-guided fuzzer; `python -m tests.fuzz.guided TARGET` runs on."""


@pytest.mark.parametrize("target", TARGETS)
def test_every_seed_that_is_right_is_taken_and_every_found_case_refused_or_taken(target: str) -> None:
    assert seeds(target)
    for path in sorted((CORPUS / target).glob("*")):
        refused(target, path.read_bytes())
    words = [refused(target, path.read_bytes()) for path in sorted((SEEDS / target).glob("*"))]
    assert None in words, words


@pytest.mark.parametrize("target", TARGETS)
def test_bytes_near_to_right_ones(target: str) -> None:
    @given(near(target) | value_changed(target))
    @settings(max_examples=40 if target in {"plan", "specification"} else 120)
    def run(data: bytes) -> None:
        refused(target, data)

    run()


@pytest.mark.parametrize("target", FORMS)
def test_documents_near_to_right_ones(target: str) -> None:
    trees = [data for data in seeds(target) if FORMS[target].parsed(data) is not None]

    @given(st.sampled_from(trees), st.integers(0, 2**32))
    @settings(max_examples=60 if target in {"entry", "plan", "specification"} else 150)
    def run(data: bytes, seed: int) -> None:
        refused(target, mutated(target, data, seed) or b"")

    run()


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes(target: str) -> None:
    @given(st.binary(max_size=200))
    @settings(max_examples=40)
    def run(data: bytes) -> None:
        refused(target, data)

    run()


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this platform or Python")
@pytest.mark.parametrize("target", ["specification", "override", "config", "measurements", "entry", "gate", "prices"])
def test_coverage_guided(target: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.guided", target, f"-max_total_time={GUIDED_S}", "-seed=1"]
    command += [f"-artifact_prefix={tmp_path}/", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "DONE" in done.stderr or "Done" in done.stderr
