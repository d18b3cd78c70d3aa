"""The answers that docs/explaining.md shows: as they are printed, and as they stand there.

``python -m tests.explaining_page`` brings the page up to date.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explaining.md"
BLOCK = re.compile(r"```console\n\$ planner (?P<command>[^\n]+)\n(?P<output>.*?)```\n", flags=re.DOTALL)
TIME = ("--time-limit", "900")
"""Long enough on any machine: what is shown is complete."""


def commands() -> list[tuple[str, str]]:
    """Return each command of the page with the output that stands below it."""
    return [(found["command"], found["output"]) for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def printed(command: str) -> str:
    """Return what a command prints to a pipe."""
    plain = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "FORCE_COLOR"}}
    words = [sys.executable, "-m", "planner", *command.split(), *TIME]
    done = subprocess.run(words, cwd=ROOT, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 3}, done.stderr
    return done.stdout


def _brought_up_to_date(found: re.Match[str]) -> str:
    return f"```console\n$ planner {found['command']}\n{printed(found['command'])}```\n"


if __name__ == "__main__":
    PAGE.write_text(BLOCK.sub(_brought_up_to_date, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
