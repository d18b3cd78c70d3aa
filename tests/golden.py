"""What is decided for each example, as it was last looked at. Run as a module to bring the files up to date.

What moves without the decision moving is left out: versions, the catalogue's digest, the request (it is the example
itself), sources and dates of the evidence. That two runs give the same bytes is tested apart.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planner import PlannerError, load_catalog, load_spec, solve
from planner.pipeline.solve import TIME_LIMIT_S

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = tuple(sorted((ROOT / "docs" / "examples").glob("*.yaml")))
FOLDER = ROOT / "tests" / "cli" / "golden"
LEFT_OUT = ("tool", "input", "timing")
SECONDS = {"mixed-fleet": 300.0}
"""On a machine that does other things too its ten seconds of work reach the limit: what is said of rivals is cut."""
TOLERANCE = 2e-5
"""Two units in the last of the six digits that a document shows: another processor's rounding."""


def recorded(example: Path) -> Any:
    """Return what stands recorded of an example."""
    return json.loads(_file(example).read_text(encoding="utf-8"))


def decided(document: dict[str, Any]) -> dict[str, Any]:
    """Return what of a plan document is recorded."""
    kept = {key: value for key, value in document.items() if key not in LEFT_OUT}
    evidence: dict[str, list[str]] = {}
    for item in document.get("evidence", ()):
        evidence.setdefault(item["basis"], []).append(item["what"])
    solver = {key: value for key, value in document["solver"].items() if key != "version"}
    return kept | {"evidence": dict(sorted(evidence.items())), "solver": solver}


def differences(before: Any, after: Any, at: str = "") -> Iterator[str]:
    """Yield each key whose value is not the recorded one."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key), after.get(key), f"{at}.{key}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{at}[{index}]")
    elif not _alike(before, after):
        yield f"{at}: {before!r} -> {after!r}"


def _alike(before: Any, after: Any) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after))
    return before == after or bool(numbers and abs(after - before) <= TOLERANCE * abs(before))


def _file(example: Path) -> Path:
    return FOLDER / f"{example.stem}.json"


def main() -> int:
    """Solve every example and record it; say what changed."""
    FOLDER.mkdir(exist_ok=True)
    catalog, failed = load_catalog(), 0
    for orphan in set(FOLDER.glob("*.json")) - {_file(example) for example in EXAMPLES}:
        orphan.unlink()
    for example in EXAMPLES:
        try:
            plan = solve(
                load_spec(example, catalog=catalog),
                catalog=catalog,
                time_limit_s=SECONDS.get(example.stem, TIME_LIMIT_S),
            )
        except PlannerError as error:
            failed, said = 1, f"FAILED: {error}"
        else:
            found = decided(json.loads(plan.model_dump_json()))
            before = recorded(example) if _file(example).exists() else {}
            said = f"{len(list(differences(before, found)))} figures changed"
            _file(example).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        sys.stdout.write(f"{example.stem}: {said}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
