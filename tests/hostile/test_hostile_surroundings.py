"""Streams that are closed or full, folders that are gone, outputs that lead nowhere: a message and an exit code."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.cli.streams import of_a_stream
from tests.hostile.arena import Arena
from tests.hostile.attacks import SPEC, pipe

LIST = "catalog list formats"
OWN = "candidates s.yaml"
CLOSED = "Error: stdout: cannot be written: Bad file descriptor"
FULL = "Error: stdout: cannot be written: No space left on device"
STREAMS: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "stdin closed": (LIST, {"closed": "stdin"}, 0, ""),
    "stdin closed that is read": ("candidates -", {"closed": "stdin"}, 2, "<stdin>:1:1: document: is empty"),
    "a plan from stdin that is closed": ("check -", {"closed": "stdin"}, 2, "not JSON"),
    "stdout closed": (LIST, {"closed": "stdout"}, 2, CLOSED),
    "stdout closed, not needed": (f"{OWN} -o c.csv", {"closed": "stdout"}, 0, ""),
    "help, stdout closed": ("--help", {"closed": "stdout"}, 2, CLOSED),
    "stderr closed": (LIST, {"closed": "stderr"}, 0, ""),
    "stderr closed, something to say": ("candidates none.yaml", {"closed": "stderr"}, 2, ""),
    "stderr closed, wrong usage": ("solve --nothing", {"closed": "stderr"}, 2, ""),
    "all closed": (LIST, {"closed": "stdin stdout stderr"}, 2, ""),
    "all closed, a file to write": (f"{OWN} -o c.csv", {"closed": "stdin stdout stderr"}, 0, ""),
    "help, stdout full": ("--help", {"stdout": "/dev/full"}, 2, FULL),
    "help of a command, stdout full": ("solve --help", {"stdout": "/dev/full"}, 2, FULL),
    "version, stdout full": ("--version", {"stdout": "/dev/full"}, 2, FULL),
    "stderr full": ("candidates none.yaml", {"stderr": "/dev/full"}, 2, ""),
    "stderr full, wrong usage": ("solve --nothing", {"stderr": "/dev/full"}, 2, ""),
    "stderr full, steps to say": (f"{OWN} -o c.csv", {"stderr": "/dev/full"}, 0, ""),
    "both full": (LIST, {"stdout": "/dev/full", "stderr": "/dev/full"}, 2, ""),
}
OUTPUTS = {
    "a loop of links": ("loop", "loop: cannot be written: "),
    "a folder": ("folder", "folder: is a folder (give -o a file)"),
    "below a file": ("s.yaml/x.csv", "no such folder 's.yaml'"),
    "below nothing": ("none/x.csv", "no such folder 'none'"),
    "a name of 300 letters": ("x" * 300, "cannot be written: File name too long"),
    "a pipe that nobody reads": ("pipe", "pipe: cannot be written: a pipe that nobody reads from"),
    "a descriptor that is closed": ("/dev/fd/99", "/dev/fd/99: cannot be written"),
    "what is read": ("s.yaml", "s.yaml: is what is read (give -o another file, or it would be lost)"),
    "a link to what is read": ("link", "link: is what is read (give -o another file, or it would be lost)"),
}
ENVIRONMENTS = [
    "COLUMNS=0", "COLUMNS=-1", "COLUMNS=abc", "COLUMNS=" + "9" * 30, "LINES=-1", "TERM=dumb", "TERM=../x", "NO_COLOR=",
    "HOME=/nowhere", "TMPDIR=/nowhere", "TZ=No/Where", "LC_ALL=xx_YY", "XDG_CACHE_HOME=/dev/null", "FORCE_COLOR=x",
    "PLANNER_DEBUG=\x1b", "PAGER=/nowhere",
]  # fmt: skip


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with Arena(tmp_path_factory.mktemp("arena")) as made:
        yield made


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("name", STREAMS)
def test_streams_that_are_closed_or_full(arena: Arena, tmp_path: Path, name: str) -> None:
    command, trouble, code, message = STREAMS[name]
    (tmp_path / "s.yaml").write_text(SPEC, encoding="utf-8")
    done = arena.run(*command.split(), cwd=tmp_path, **trouble)
    assert (done.code, message in done.err) == (code, True), done
    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert not done.out or not code
    if "-o" in command:
        assert (tmp_path / "c.csv").read_text(encoding="utf-8").startswith("workload,offer,")


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_that_lead_nowhere_or_would_lose_something(arena: Arena, tmp_path: Path, name: str) -> None:
    path, message = OUTPUTS[name]
    (tmp_path / "s.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link").symlink_to("s.yaml")
    (tmp_path / "folder").mkdir()
    pipe(tmp_path / "pipe")
    before = sorted(each.name for each in tmp_path.iterdir())
    done = arena.run(*OWN.split(), "-o", path, cwd=tmp_path)
    assert (done.code, message in done.err) == (2, True), done
    assert sorted(each.name for each in tmp_path.iterdir()) == before
    assert (tmp_path / "s.yaml").read_text(encoding="utf-8") == SPEC


def test_a_working_folder_that_is_gone(arena: Arena, tmp_path: Path) -> None:
    spec, plan = tmp_path / "s.yaml", tmp_path / "plan.csv"
    spec.write_text(SPEC, encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str]:
        (tmp_path / "gone").mkdir(exist_ok=True)
        done = arena.run(*arguments, cwd=tmp_path / "gone", gone=True, cpu_s=20)
        return done.code, done.err

    assert run("candidates", str(spec), "-o", str(plan)) == (0, "")
    assert plan.exists()
    assert run("solve", str(spec), "--set", "limits.accelerators=[l40s]", "--format", "junit")[0] == 0
    code, words = run("candidates", str(spec), "-o", "plan.csv")
    assert (code, "plan.csv: cannot be written: No such file" in words) == (2, True)
    code, words = run("candidates", "s.yaml")
    assert (code, "s.yaml: specification: cannot be read: no such file" in words) == (2, True)


def test_a_summary_that_cannot_be_written(arena: Arena, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SPEC, encoding="utf-8")
    command = ("solve", "s.yaml", "--set", "limits.accelerators=[l40s]", "--format", "github")
    done = arena.run(*command, cwd=tmp_path, cpu_s=20, environment=f"GITHUB_STEP_SUMMARY={tmp_path}/none/x")
    assert (done.code, "x: cannot be written: No such file" in done.err) == (2, True), done


@pytest.mark.parametrize("surroundings", ENVIRONMENTS)
def test_surroundings_change_nothing(arena: Arena, tmp_path: Path, surroundings: str) -> None:
    before = arena.run(*LIST.split(), cwd=tmp_path)
    done = arena.run(*LIST.split(), cwd=tmp_path, environment=surroundings)
    assert (done.code, done.err) == (0, "")
    assert done.out.split() == before.out.split()


def test_an_error_of_a_file_is_none_of_a_stream() -> None:
    assert of_a_stream(OSError(28, os.strerror(28)))
    assert not of_a_stream(OSError(28, os.strerror(28), "x"))
