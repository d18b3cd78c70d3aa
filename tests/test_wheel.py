"""What is installed is whole: the wheel, built from the source distribution, carries code, catalogue and licence."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COUNT = "from planner import load_catalog; c = load_catalog(); print(len(c.accelerators), len(c.models), len(c.offers))"


def run(directory: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=directory, capture_output=True, text=True, check=False)
    assert not done.returncode, f"{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution from the tree, and the wheel from nothing but that."""
    folder = tmp_path_factory.mktemp("dist")
    run(ROOT, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder))
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    source = next(path for path in folder.iterdir() if path.is_dir())
    run(source, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    return next(folder.glob("*.whl"))


def test_wheel_holds_code_types_catalogue_and_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"planner/__init__.py", "planner/py.typed", "planner/cli/__init__.py"} <= names
    assert any(name.startswith("planner/_catalog/") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_wheel_loads_the_same_catalogue_as_the_tree(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    installed = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); {COUNT}"
    assert run(tmp_path, "-I", "-c", installed) == run(ROOT, "-c", COUNT)
