"""Kills, full disks, closed folders, damaged catalogues, clocks that jump, interrupts: old or new, never half."""

import ast
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from planner import solve
from planner.catalog import bundled
from planner.cli.output import write_file
from planner.errors import CatalogError
from tests import reviewed
from tests.hostile.arena import Arena
from tests.measure import sheets

ROOT = Path(__file__).parents[2]
OLD, NEW = "old\n" * 1000, "new\n" * 200_000


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with Arena(tmp_path_factory.mktemp("arena")) as made:
        yield made


def killed_at(event: int, path: Path) -> bool:
    """Write a file in a child that is killed as it is about to do its ``event``-th audited thing; False: it lived."""
    child = os.fork()
    if not child:
        left = [event]

        def hook(_name: str, _details: tuple[object, ...]) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        write_file(path, NEW)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    kills = 0
    while True:
        path.write_text(OLD, encoding="utf-8")
        if not killed_at(kills + 1, path):
            break
        assert path.read_text(encoding="utf-8") in {OLD, NEW}
        kills += 1
    assert path.read_text(encoding="utf-8") == NEW
    assert kills >= 3  # opening the temporary file, copying the mode, replacing


@pytest.mark.parametrize("size", [600, 4096, 500_000])
def test_a_full_disk_leaves_the_old_file(arena: Arena, tmp_path: Path, size: int) -> None:
    path = tmp_path / "offers.csv"
    path.write_text(OLD, encoding="utf-8")
    done = arena.run("catalog", "list", "models", "-o", "offers.csv", cwd=tmp_path, file_bytes=size)
    whole = arena.run("catalog", "list", "models", "--format", "csv", cwd=tmp_path)
    if size < len(whole.out.encode()):
        assert done.code == 2
        assert "offers.csv: cannot be written: File too large" in done.err
        assert path.read_text(encoding="utf-8") == OLD
    else:
        assert path.read_text(encoding="utf-8") == whole.out
    assert [each.name for each in tmp_path.iterdir()] == ["offers.csv"]


def test_a_calibration_that_does_not_fit_leaves_the_old_one(arena: Arena, tmp_path: Path) -> None:
    sheets.write(tmp_path, *(sheets.row(id=str(n), concurrency=n, tpot_ms=9.0 + n / 10) for n in (4, 8, 16, 32)))
    (tmp_path / "calibration.yaml").write_text(OLD, encoding="utf-8")
    done = arena.run("calibrate", "own.csv", cwd=tmp_path, file_bytes=100, cpu_s=20)
    assert done.code == 2
    assert (tmp_path / "calibration.yaml").read_text(encoding="utf-8") == OLD


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_device_and_a_folder_that_takes_no_files(arena: Arena, tmp_path: Path) -> None:
    full = arena.run("catalog", "list", "models", "-o", "/dev/full", cwd=tmp_path)
    assert (full.code, "/dev/full: cannot be written: No space left" in full.err) == (2, True)
    out = arena.run("catalog", "list", "models", cwd=tmp_path, stdout="/dev/full")
    assert (out.code, "stdout: cannot be written: No space left" in out.err) == (2, True), out
    closed = arena.run("catalog", "list", "models", "-o", "/proc/models.csv", cwd=tmp_path)
    assert (closed.code, "/proc/models.csv: cannot be written" in closed.err) == (2, True)


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, *_rest: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(click.UsageError, match=r"plan.json: cannot be written: Permission denied"):
        write_file(tmp_path / "plan.json", NEW)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'{"files": 1}', b"[" * 100_000, b"\xff", b'{"file": {}}'])
def test_a_damaged_catalogue_is_named(text: bytes) -> None:
    with pytest.raises(CatalogError, match="the catalogue of the package is damaged"):
        bundled.compiled_documents(text)


@pytest.mark.parametrize("moment", [0.001, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.3, 1.6])
def test_ctrl_c_ends_quietly_and_leaves_the_old_file(arena: Arena, tmp_path: Path, moment: float) -> None:
    (tmp_path / "s.yaml").write_text(reviewed.SPEC.replace("[l40s]", "[l40s, h100-sxm-80gb, l4]"), encoding="utf-8")
    (tmp_path / "plan.json").write_text(OLD, encoding="utf-8")
    done = arena.run("solve", "s.yaml", "-o", "plan.json", cwd=tmp_path, interrupt_s=moment, cpu_s=30)
    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    text = (tmp_path / "plan.json").read_text(encoding="utf-8")
    if done.code == 0:
        assert text.startswith('{\n  "schema": 1')
    else:
        assert done.code == 130, done
        assert text == OLD


@pytest.mark.usefixtures("ctrl_c")
def test_solving_leaves_the_handler_of_ctrl_c_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    solve(reviewed.request(), catalog=reviewed.catalog())
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("seconds", ["0.000001", "0.001"])
def test_no_time_is_an_answer(arena: Arena, tmp_path: Path, seconds: str) -> None:
    (tmp_path / "s.yaml").write_text(reviewed.SPEC, encoding="utf-8")
    done = arena.run("solve", "s.yaml", "--time-limit", seconds, "--format", "json", cwd=tmp_path, cpu_s=30)
    assert done.code in {0, 4}
    assert '"status": "' in done.out
    assert "internal error" not in done.err


@pytest.mark.parametrize("more", [2, 20, 60, 120])
def test_out_of_memory_is_said(arena: Arena, tmp_path: Path, more: int) -> None:
    (tmp_path / "s.yaml").write_text(reviewed.SPEC, encoding="utf-8")
    done = arena.run("candidates", "s.yaml", cwd=tmp_path, more_memory_bytes=more * 2**20, cpu_s=30)
    assert done.code in {0, 4}, done
    assert done.code == 0 or "no answer: out of memory" in done.err


def test_a_clock_that_jumps_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    true = time.time
    jumps = iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: true() + (-1) ** next(jumps) * 1e9)
    again = solve(reviewed.request(), catalog=reviewed.catalog())
    assert again == reviewed.plan()


def test_nothing_waits_by_the_clock_on_the_wall() -> None:
    calls = [
        f"{path.name}:{node.lineno}"
        for path in (ROOT / "planner").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "time" and isinstance(node.value, ast.Name)
        and node.value.id == "time"
    ]  # fmt: skip
    assert calls == []
