"""The library's public names: always what they say, whatever was imported before; importing them costs nothing."""

import subprocess
import sys

import pytest

EVERY_NAME = """
import planner.pipeline
for name in planner.__all__:
    assert callable(getattr(planner, name)), f"planner.{name} is {getattr(planner, name)}"
"""
HEAVY = ("ortools", "numpy", "pydantic", "ruamel.yaml")


def output(code: str) -> str:
    """Run code in a process that has imported nothing yet."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


def test_public_names_stay_themselves_after_every_room_was_imported() -> None:
    output(EVERY_NAME)


@pytest.mark.parametrize("module", ["planner", "planner.cli"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert output(f"import sys, {module}; print(*(name for name in {HEAVY!r} if name in sys.modules))").split() == []
