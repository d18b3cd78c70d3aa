"""A process that forks one child an attack, under limits of CPU and memory, in which nothing may be fetched or run."""

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
CPU_S = 2
ADDRESS_SPACE = 3 * 2**30
"""A stop for what runs away; what is held against :data:`MEMORY` is the memory that was really used."""
MEMORY = 500 * 10**6
WALL_S = 60
FORBIDDEN = (
    "socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request", "subprocess.Popen", "os.system", "os.exec",
    "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pickle.find_class",
)  # fmt: skip
BROKE_THE_RULE = 99
MODULES = (
    "planner.cli", "planner.pipeline", "planner.catalog.loader", "planner.catalog.importing", "planner.spec.loader",
    "planner.measure.rows", "planner.measure.validate", "planner.measure.calibrate", "planner.review.verify",
    "planner.review.cases", "planner.review.diff", "planner.review.gates", "planner.render.check",
    "planner.render.html.report", "planner.render.candidates", "planner.render.entries", "planner.pipeline.estimate",
    "planner.architecture.loading", "planner.render.markdown", "planner.render.github", "planner.render.sarif",
    "planner.render.junit", "ruamel.yaml", "planner.render.diff", "planner.economics.breakeven", "planner.render.rows",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit code (the negative signal where it was killed), what it said, what it used."""

    code: int
    out: str
    err: str
    cpu_s: float
    memory_bytes: int


class Arena:
    """Runs commands in children of one process that has imported planner already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "80", "PYTHONHASHSEED": "0"}
        environment |= {"PYTHONIOENCODING": "utf-8"}  # a stream of another encoding escapes what it cannot write
        environment.pop("PLANNER_DEBUG", None)
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def __enter__(self) -> "Arena":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=WALL_S)

    def run(self, *arguments: str, cwd: Path, stdin: bytes = b"", **trouble: float | str) -> Outcome:
        """Run one ``planner`` command in ``cwd``.

        ``trouble``: ``interrupt_s``, after how much CPU time Ctrl-C is pressed; ``cpu_s``, ``file_bytes``,
        ``more_memory_bytes``, what it may use; ``stdout`` and ``stderr``, where these go; ``closed``, the names of
        streams that are closed before it starts; ``gone``, whether its folder is removed; ``environment``, lines of
        ``NAME=VALUE``.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        (self._folder / "in").write_bytes(stdin)
        (self._folder / "out").write_bytes(b"")
        order = {"arguments": arguments, "cwd": str(cwd), "folder": str(self._folder), "trouble": trouble}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        out, err = ((self._folder / name).read_text(encoding="utf-8", errors="replace") for name in ("out", "err"))
        return Outcome(answer["code"], out, err, answer["cpu_s"], answer["memory_bytes"])


def _serve() -> None:
    """Answer an order a line, until there are no more."""
    for name in MODULES:
        __import__(name)
    for line in sys.stdin.buffer:
        answer = _fought(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _fought(order: dict[str, Any]) -> dict[str, float | int]:
    """Run one order in a child, and say what became of it."""
    child = os.fork()
    if not child:
        _fight(order)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(WALL_S)
    _, status, usage = os.wait4(child, 0)
    signal.alarm(0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "memory_bytes": usage.ru_maxrss * 1024,
    }


def _fight(order: dict[str, Any]) -> None:
    """Become the command; never return."""
    from planner.cli import main  # noqa: PLC0415  loaded by the parent

    folder, trouble = Path(order["folder"]), order["trouble"]
    _connect(folder, trouble)
    os.environ.update(line.split("=", 1) for line in trouble.get("environment", "").splitlines())
    os.chdir(order["cwd"])
    if trouble.get("gone"):
        Path(order["cwd"]).rmdir()
    _limit(trouble)
    sys.addaudithook(_referee)
    code: object = 1
    try:
        main(order["arguments"], prog_name="planner")
    except SystemExit as error:
        code = error.code
    except BaseException as error:
        sys.stderr.write(f"Traceback: {error!r}\n")
        code = 1
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code if isinstance(code, int) else 0)


def _connect(folder: Path, trouble: dict[str, Any]) -> None:
    """Lay the streams of the command."""
    out, err = trouble.get("stdout", folder / "out"), trouble.get("stderr", folder / "err")
    (folder / "err").write_bytes(b"")
    for number, path, flags in ((0, folder / "in", os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        os.dup2(os.open(path, flags | os.O_CREAT | (os.O_TRUNC if number else 0), 0o600), number)
    for name in trouble.get("closed", "").split():
        os.close(("stdin", "stdout", "stderr").index(name))
        setattr(sys, name, None)


def _limit(trouble: dict[str, Any]) -> None:
    """Set what the command may use, and when it is interrupted."""
    cpu_s = int(trouble.get("cpu_s", CPU_S))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    space = ADDRESS_SPACE
    if "more_memory_bytes" in trouble:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        space = pages * resource.getpagesize() + int(trouble["more_memory_bytes"])
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    if "file_bytes" in trouble:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(trouble["file_bytes"]),) * 2)
    if "interrupt_s" in trouble:
        signal.signal(signal.SIGPROF, lambda *_: signal.raise_signal(signal.SIGINT))
        signal.setitimer(signal.ITIMER_PROF, float(trouble["interrupt_s"]))


def _referee(event: str, details: tuple[Any, ...]) -> None:
    if event in FORBIDDEN:
        os.write(2, f"forbidden: {event} {details!r}\n".encode())
        os._exit(BROKE_THE_RULE)


if __name__ == "__main__":
    _serve()
