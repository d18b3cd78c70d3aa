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
    from tests.benchmarks.conftest import Figure

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
EXAMPLE, IMPOSSIBLE = EXAMPLES / "llama-70b-chat.yaml", EXAMPLES / "infeasible.yaml"
MEMORY_LIMIT_MIB, GROWTH_LIMIT_MIB = 400.0, 16.0
PEAK_OF_A_SOLVE = """
import re, sys
from pathlib import Path
from planner.cli import main
main(["solve", sys.argv[1]], standalone_mode=False)
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""
GROWTH_OVER_SOLVES = """
import re, sys
from pathlib import Path
from planner import load_catalog, load_spec, solve
catalog = load_catalog()
spec = load_spec(sys.argv[1], catalog=catalog)
for solves in range(24):
    solve(spec, catalog=catalog)
    if solves in (7, 23):
        print(re.search(r"VmRSS:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
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


def test_infeasible_explained_warm(benchmark: "BenchmarkFixture", catalog: "Catalog") -> None:
    asked = load_spec(IMPOSSIBLE, catalog=catalog)
    plan = benchmark(lambda: solve(asked, catalog=catalog))
    assert plan.clash
    assert plan.relaxations


def test_check_cold(benchmark: "BenchmarkFixture", spec: "Spec", catalog: "Catalog", tmp_path: Path) -> None:
    stored = tmp_path / "plan.json"
    stored.write_text(solve(spec, catalog=catalog).model_dump_json(), encoding="utf-8")
    done = benchmark(command, "-m", "planner", "check", str(stored))
    assert done.stdout


def test_columns_a_second(benchmark: "BenchmarkFixture", spec: "Spec", catalog: "Catalog", figure: "Figure") -> None:
    tables = benchmark(lambda: candidates(spec, catalog=catalog))
    columns = sum(len(table) for table in tables)
    physical = sum(len(table.physical.service.slots) for table in tables if table.physical)
    assert columns > 1000
    if benchmark.stats is not None:
        median_s = benchmark.stats.stats.median
        figure("columns", columns / median_s, "a second")
        figure("of which served, before offers are joined", physical / median_s, "a second")


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of one process is read from /proc")
def test_peak_memory_of_a_cold_solve(figure: "Figure") -> None:
    peak_mib = int(command("-c", PEAK_OF_A_SOLVE, str(EXAMPLE)).stderr.split()[-1]) / 1024
    figure("peak memory of a cold solve", peak_mib, "MiB")
    assert peak_mib < MEMORY_LIMIT_MIB


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of one process is read from /proc")
def test_memory_does_not_grow_from_solve_to_solve(figure: "Figure") -> None:
    before, after = (int(kib) / 1024 for kib in command("-c", GROWTH_OVER_SOLVES, str(EXAMPLE)).stdout.split())
    figure("memory after 24 solves, less that after 8", after - before, "MiB")
    assert after < before + GROWTH_LIMIT_MIB
