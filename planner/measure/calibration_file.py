"""A calibration as the YAML entry that ``--calibration`` reads, and as words."""

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.measure.calibrate import Calibrated

USER = "user"
"""Id of the entry: it wins over those of the catalogue."""
DIGITS = 5


def calibration_yaml(found: "Sequence[Calibrated]", files: Sequence[str], today: date) -> str:
    """Return a calibration entry with a comment a group: rows, and error before and after."""
    lines = [
        "# Written by planner calibrate. Any command takes it with --calibration.",
        f"id: {USER}",
        "factors:",
    ]
    for group in found:
        lines.append(
            f"  # {group.rows} rows, median error {_percent(group.error_before)} -> {_percent(group.error_after)}"
        )
        lines += [f"  {json.dumps(key)}: {value:.{DIGITS}g}" for key, value in group.factors]
    names = ", ".join(files)
    lines += [
        "sources:",
        f"  - source: {json.dumps(f'planner calibrate on {names}', ensure_ascii=False)}",
        f"    checked: {today.isoformat()}",
        "    basis: measured",
        '    backs: ["factors.*"]',
    ]
    return "\n".join(lines) + "\n"


def calibration_table(found: "Sequence[Calibrated]") -> str:
    """Return what was found as text: numbers, what the rows cannot tell, errors cross-validated row by row."""
    parts = []
    for group in found:
        head = f"{group.model}  {group.accelerator}  {group.engine}  {group.weight_format}: {group.rows} rows"
        lines = [
            head,
            f"  median error {_percent(group.error_before)} -> {_percent(group.error_after)} (by rows left out)",
        ]
        for number in group.numbers:
            doubt = (
                ""
                if number.identified
                else "   (not told apart by these rows: add short and long prompts, low and high load)"
            )
            lines.append(f"  {number.name:<20} {number.value:.4g}{doubt}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def calibration_json(found: "Sequence[Calibrated]") -> str:
    """Return the same as JSON."""
    groups = [
        {
            "model": group.model,
            "accelerator": group.accelerator,
            "engine": group.engine,
            "weight_format": group.weight_format,
            "rows": group.rows,
            "numbers": [vars(number) for number in group.numbers],
            "median_ape_before": round(group.error_before, 6),
            "median_ape_after": round(group.error_after, 6),
        }
        for group in found
    ]
    return json.dumps({"groups": groups}, indent=1, ensure_ascii=False) + "\n"


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"
