"""How long the main job takes, cold and warm, and how much memory. Run once as tests; see docs/development.md."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner import load_catalog, load_spec, solve
from planner.pipeline import candidates

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from planner.catalog.catalog import Catalog
    from planner.spec.schema import Spec

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "llama-70b-chat.yaml"
MEMORY_LIMIT_MIB = 400.0
PEAK_OF_A_SOLVE = """
import re, sys
from pathlib import Path
from planner.cli import main
main(["solve", sys.argv[1]], standalone_mode=False)
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python process from start to exit."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


@pytest.fixture(scope="module")
def catalog() -> "Catalog":
    return load_catalog()


@pytest.fixture(scope="module")
def spec() -> "Spec":
    return load_spec(EXAMPLE)


def test_help(benchmark: "BenchmarkFixture") -> None:
    done = benchmark(command, "-m", "planner", "--help")
    assert "solve" in done.stdout


def test_solve_cold(benchmark: "BenchmarkFixture") -> None:
    done = benchmark(command, "-m", "planner", "solve", str(EXAMPLE))
    assert done.stdout


def test_solve_warm(benchmark: "BenchmarkFixture", spec: "Spec", catalog: "Catalog") -> None:
    plan = benchmark(lambda: solve(spec, catalog=catalog))
    assert plan.status == "optimal"


def test_check_cold(benchmark: "BenchmarkFixture", spec: "Spec", catalog: "Catalog", tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(solve(spec, catalog=catalog).model_dump_json(), encoding="utf-8")
    done = benchmark(command, "-m", "planner", "check", str(path))
    assert done.stdout.startswith("The plan holds")


def test_columns_a_second(benchmark: "BenchmarkFixture", spec: "Spec", catalog: "Catalog") -> None:
    tables = benchmark(lambda: candidates(spec, catalog=catalog))
    columns = sum(len(table) for table in tables)
    assert columns > 1000
    if benchmark.stats is not None:
        benchmark.extra_info["columns"] = columns
        benchmark.extra_info["columns_per_s"] = columns / benchmark.stats.stats.median


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of one process is read from /proc")
def test_peak_memory_of_a_cold_solve() -> None:
    peak_mib = int(command("-c", PEAK_OF_A_SOLVE, str(EXAMPLE)).stderr.split()[-1]) / 1024
    assert peak_mib < MEMORY_LIMIT_MIB
