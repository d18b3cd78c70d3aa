"""What is installed is whole: the wheel, built from the source distribution, carries code, catalogue and licence."""

import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.wheels import EXAMPLE, ROOT, Built, build, run

COUNT = "from planner import load_catalog; c = load_catalog(); print(len(c.accelerators), len(c.models), len(c.offers))"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("dist"))


def test_wheel_holds_code_types_catalogue_and_licence(built: Built) -> None:
    names = set(zipfile.ZipFile(built.wheel).namelist())
    assert {"planner/__init__.py", "planner/py.typed", "planner/cli/__init__.py"} <= names
    assert any(name.startswith("planner/_catalog/") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_the_source_distribution_builds_the_wheel_of_the_tree_byte_for_byte(built: Built) -> None:
    assert built.wheel.read_bytes() == built.wheel_of_tree.read_bytes()


def test_a_wheel_names_its_command_and_its_pythons_and_no_address_to_install_from(built: Built) -> None:
    folder = "-".join(built.wheel.name.split("-")[:2]) + ".dist-info"
    with zipfile.ZipFile(built.wheel) as archive:
        commands = archive.read(f"{folder}/entry_points.txt").decode()
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
    assert "planner = planner.cli:main" in commands
    assert metadata["Requires-Python"] == ">=3.11"
    required = metadata.get_all("Requires-Dist") or []
    assert required
    assert not [each for each in required if "@" in each or "://" in each]


def test_wheel_loads_the_same_catalogue_as_the_tree(built: Built, tmp_path: Path) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        archive.extractall(tmp_path / "site")
    installed = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); {COUNT}"
    counted = run(ROOT, sys.executable, "-c", COUNT)
    assert run(tmp_path, sys.executable, "-I", "-c", installed) == counted


def test_a_wheel_that_stays_zipped_prints_the_same_plan(built: Built, tmp_path: Path) -> None:
    where = run(tmp_path, sys.executable, "-c", "import planner; print(planner.__file__)", python_path=str(built.wheel))
    assert where.startswith(str(built.wheel))
    solve = (sys.executable, "-W", "error", "-m", "planner", "solve", EXAMPLE)
    zipped = run(tmp_path, *solve, python_path=str(built.wheel))
    assert "proven" in zipped
    assert zipped == run(tmp_path, *solve, python_path=str(ROOT))
