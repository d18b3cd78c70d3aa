"""Hostile documents are refused with a place, quickly and in little memory, in a process of its own."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

MAX_CPU_S = 6.0
"""Generous: a test must not fail on a busy machine. Measured: below 1 s each."""
MAX_MEMORY_BYTES = 500 * 10**6

LOADING = """
import resource, sys
from planner.errors import SpecError
from planner.spec.loader import load_spec
try:
    load_spec(sys.argv[1])
except SpecError as error:
    print(error)
usage = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # ru_maxrss counts the parent's too
print(usage.ru_utime + usage.ru_stime, int(peak.split()[1]) * 1024)
"""

LAUGHS = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
CHAIN = "x0: &x0 [1]\n" + "".join(f"x{i}: &x{i} [*x{i - 1}]\n" for i in range(1, 200))
BOMBS = {
    "ten megabytes of keys": (
        "".join(f"key{i}: {'x' * 90}\n" for i in range(100_000)),
        ":1:1: document: is larger than",
    ),
    "ten megabytes of nothing": ("\n" * 10_000_000, ":1:1: document: is larger than"),
    "billion laughs": (LAUGHS, ": document: holds more than 20000 values, aliases expanded"),
    "chain of aliases": (CHAIN, ": document: is nested more than 32 deep"),
    "deep brackets": ("model: " + "[" * 100_000, ":1:39: document: is nested more than 32 deep"),
    "deep braces": ("{a: " * 50_000, ": document: is nested more than 32 deep"),
    "deep dashes": ("- " * 100_000, ":1:65: document: is nested more than 32 deep"),
    "long list": ("model: [" + "1," * 200_000 + "1]\n", ": document: holds more than 20000 values"),
    "long scalar": ("model: " + "x" * 500_000 + "\n", ":1:8: model: cannot be read: file name too long"),
    "many keys": ("".join(f"k{i}: 1\n" for i in range(16_000)), ": k0: is an unknown key"),
    "many wrong names": (
        f"limits: {{accelerators: [{'h100x, ' * 19_000}]}}\n",
        ":1:25: limits.accelerators[0]: 'h100x' is no",
    ),
    "many wrong workloads": (
        "workloads:\n" + "- {model: y, wrokload: 1}\n" * 6_000,
        ": workloads[0].wrokload: is an unknown",
    ),
    "long key": ("k" * 400_000 + ": 1\n", ":1:400001: document: is not YAML"),
    "long number": ("seed: " + "9" * 500_000 + "\n", ":1:7: seed: 99999"),
}


def refused(path: Path) -> tuple[str, float, int]:
    """Load a specification in a process of its own: its messages, CPU time [s] and peak memory [byte]."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))

    command = [sys.executable, "-c", LOADING, str(path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=limited, cwd=root)
    *messages, usage = done.stdout.splitlines()
    seconds, memory = usage.split()
    return "\n".join(messages), float(seconds), int(memory)


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_in_bounded_time_and_memory(tmp_path: Path, name: str) -> None:
    text, expected = BOMBS[name]
    path = tmp_path / "bomb.yaml"
    path.write_text(text)
    message, seconds, memory = refused(path)
    assert expected in message
    assert len(message) < 20_000
    assert seconds < MAX_CPU_S
    assert memory < MAX_MEMORY_BYTES
