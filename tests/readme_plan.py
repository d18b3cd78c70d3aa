"""The plan that the README shows: as it is printed, and as it stands there. Run as a module to bring it up to date."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
EXAMPLE = "docs/examples/llama-70b-chat.yaml"
BLOCK = re.compile(r"(?<=<!-- plan -->\n```text\n).*?(?=\n```\n<!-- /plan -->)", flags=re.DOTALL)


def shown() -> str:
    """Return the plan as the README shows it."""
    found = BLOCK.search(README.read_text(encoding="utf-8"))
    assert found, "README.md: no block between <!-- plan --> and <!-- /plan -->"
    return found[0]


def printed() -> str:
    """Return the plan as the first command prints it to a pipe, up to the evidence."""
    solve = [sys.executable, "-m", "planner", "solve", EXAMPLE]
    done = subprocess.run(solve, cwd=ROOT, env=_plain(), capture_output=True, text=True, check=True)
    plan, evidence, _ = done.stdout.partition("\n\nEvidence\n")
    assert evidence, f"no evidence in the plan of {EXAMPLE}:\n{done.stdout}"
    return plan


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "FORCE_COLOR"}}


if __name__ == "__main__":
    README.write_text(BLOCK.sub(lambda _: printed(), README.read_text(encoding="utf-8")), encoding="utf-8")
