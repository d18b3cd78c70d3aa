"""Completion as a person at a shell gets it: commands, options, values, files, metrics; bash, zsh and fish."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
PATIENCE_S = 30.0
CASES = [
    ("planner che", "planner check "),
    ("planner solve x --form", "planner solve x --format "),
    ("planner solve x --format openm", "planner solve x --format openmetrics "),
    ("planner solve only-o", "planner solve only-one.yaml "),
    ("planner solve x -o only-o", "planner solve x -o only-one.yaml "),
    ("planner check x --fail-on usd_per_mtok_", "planner check x --fail-on usd_per_mtok_output "),
]
SETUP = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}
MORE = {"bash": "bind 'set enable-bracketed-paste off'; ", "zsh": "autoload -Uz compinit; compinit -u -D; "}

pytestmark = pytest.mark.skipif(not (BIN / "planner").exists(), reason="the command is not installed beside Python")


def documented(shell: str) -> str:
    """Return the line of the documentation that sets completion up."""
    (line,) = re.findall(rf"^\$ (.*_PLANNER_COMPLETE={shell}_source.*?) +#", PAGE, flags=re.MULTILINE)
    return str(line)


def environment() -> dict[str, str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TERM": "dumb", "PS1": "", "HOME": "/nowhere"}


class Terminal:
    """A shell at a terminal: what is typed, and what stands there in the end."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def typed(self, text: str, until: str) -> str:
        os.write(self.descriptor, text.encode())
        shown, end = "", time.monotonic() + PATIENCE_S
        while until not in re.sub(r"\s*\r\s*|\x1b\[[0-9?]*[a-zA-Z]", "", shown) and time.monotonic() < end:
            if select.select([self.descriptor], [], [], 0.05)[0]:
                shown += os.read(self.descriptor, 65536).decode(errors="replace")
        return shown


@contextmanager
def terminal(shell: str, folder: Path) -> Iterator[Terminal]:
    child, descriptor = pty.fork()
    if child == 0:  # pragma: no cover  the shell itself
        os.chdir(folder)
        os.execvpe(shell, [shell, *SETUP[shell]], environment())
    try:
        yield Terminal(descriptor)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(descriptor)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_key_completes_the_line(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on PATH")
    (tmp_path / "only-one.yaml").touch()
    with terminal(shell, tmp_path) as screen:
        ready = screen.typed(f"{MORE[shell]}{documented(shell)}; echo re''ady\n", "ready")
        assert "ready" in ready
        for begun, whole in CASES:
            shown = screen.typed(f"\x15{begun}\t", whole)
            assert whole in shown.replace("\r", ""), shown


def test_fish_completes_the_line(tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("no fish on PATH")
    (tmp_path / "only-one.yaml").touch()
    source = documented("fish").split(">")[0].strip()
    script = f"{source} | source; " + "; ".join(f"complete -C '{begun}'; echo --" for begun, _ in CASES)
    command = ["fish", "--no-config", "-c", script]
    env = {**environment(), "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    answers = done.stdout.split("--\n")
    for (_, whole), answer in zip(CASES, answers, strict=False):
        assert whole.split()[-1] in answer.split(), done.stdout + done.stderr
