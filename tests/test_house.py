"""The house rules, run on the tree: lint, format, types, layers, documentation, size and names of files."""

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON_FILES = sorted(path.relative_to(ROOT) for room in ("planner", "tests") for path in (ROOT / room).rglob("*.py"))
IMPORT_LINTER = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_logo=True))"


def run_tool(*arguments: str) -> None:
    """Run a Python tool on the tree; its output is the failure's message."""
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONWARNINGS": "default", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{' '.join(arguments)} exited {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False)


def test_ruff_check() -> None:
    run_tool("-m", "ruff", "check")


def test_ruff_format() -> None:
    run_tool("-m", "ruff", "format", "--diff")


def test_mypy_strict() -> None:
    run_tool("-m", "mypy")


def test_layers() -> None:
    run_tool("-c", IMPORT_LINTER)


def test_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    run_tool("-m", "sphinx", "-W", "-n", "-q", "--keep-going", "-d", f"{tmp_path}/trees", "docs", f"{tmp_path}/html")


def test_a_file_is_one_noun() -> None:
    vague = [str(path) for path in PYTHON_FILES if path.stem in {"utils", "common", "helpers", "base", "misc"}]
    assert not vague, f"named after nothing in the field: {vague}"


def test_a_file_stops_at_300_lines() -> None:
    lines = {str(path): (ROOT / path).read_text(encoding="utf-8").count("\n") for path in PYTHON_FILES}
    assert not {path: count for path, count in lines.items() if count > 300}


def test_a_function_fits_a_screen() -> None:
    functions = [function for path in PYTHON_FILES if path.parts[0] == "planner" for function in _functions(path)]
    assert not [f"{place}: {count} lines" for place, count in functions if count > 40]


def test_architecture_page_draws_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.name + "/" for path in (ROOT / "planner").glob("*/__init__.py")}
    files = {path.name for path in (ROOT / "planner").glob("*.py")} - {"__main__.py"}
    missing = sorted(name for name in rooms | files if f" {name} " not in page)
    assert not missing, f"docs/architecture.md does not caption {missing}"


def test_architecture_page_states_the_layer_contract() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(entry["layers"] for entry in contract if entry["type"] == "layers")
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert "\n".join(layers) in page


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Place and length, docstring not counted, of each function of a file."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False) is not None
            yield f"{path}:{node.lineno} {node.name}", _lines(node) - (_lines(node.body[0]) if documented else 0)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
