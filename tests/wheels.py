"""Source distribution and wheel of the tree, and the plan as an installed planner prints it."""

import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "llama-70b-chat.yaml"


@dataclass(frozen=True)
class Built:
    """What a release consists of."""

    sdist: Path
    wheel: Path
    wheel_of_tree: Path


def run(directory: Path, *command: str | Path, python_path: str = "") -> str:
    """Return what a command prints; one that fails is an assertion with its words."""
    environment = {**os.environ, "PYTHONPATH": python_path, "NO_COLOR": "1", "COLUMNS": "80"}
    done = subprocess.run(
        [str(each) for each in command],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert not done.returncode, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def build(folder: Path) -> Built:
    """Build the source distribution, the wheel from nothing but that, and the wheel of the tree itself."""
    hatch = (sys.executable, "-m", "hatchling", "build", "-t")
    run(ROOT, *hatch, "sdist", "-d", folder)
    run(ROOT, *hatch, "wheel", "-d", folder / "tree")
    sdist = next(folder.glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    run(folder / sdist.name.removesuffix(".tar.gz"), *hatch, "wheel", "-d", folder)
    return Built(sdist, next(folder.glob("*.whl")), next((folder / "tree").glob("*.whl")))
