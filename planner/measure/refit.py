"""Refit the shipped factors: ``python -m planner.measure.refit CATALOG MEASUREMENTS.csv...`` rewrites them in place.

For maintainers. Every parameter of ``calibration/priors.yaml`` is fitted around its prior to all rows without a flag;
error bands come from the same fit with each model left out.
"""

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from planner.catalog.loader import load_catalog
from planner.measure.fit import fit, problem
from planner.measure.leave_out import left_out_of
from planner.measure.overrides import ENGINE, LINK
from planner.measure.parameters import values_at
from planner.measure.residual_bands import band_factors, bands_yaml
from planner.measure.residuals import residuals
from planner.measure.rows import read_measurements
from planner.measure.validation import Validation


def main(arguments: list[str]) -> None:
    """Fit, write the numbers into the files that hold them, then the bands."""
    folder, files = Path(arguments[0]), arguments[1:]
    rows, catalog = read_measurements(*files), load_catalog()
    task = problem(rows, catalog)
    z, around = fit(task)
    write_values(folder, values_at(task.parameters, z))
    predictions = left_out_of(task, around, "model")
    factors = band_factors(Validation(rows, predictions, residuals(rows, predictions)), catalog)
    text = bands_yaml(factors, datetime.now().astimezone().date())
    (folder / "calibration" / "bands.yaml").write_text(text, encoding="utf-8")


def write_values(folder: Path, values: Mapping[str, float]) -> None:
    """Put numbers, to three digits, where they stand in a catalogue folder; layout and comments stay."""
    for key, value in values.items():
        path, name = _home(folder, key)
        text = path.read_text(encoding="utf-8")
        line = re.compile(rf"^(\s*{re.escape(name)}: )[-+.\de]+", re.MULTILINE)
        if not line.search(text):
            raise ValueError(f"{path}: no line for {name}")
        path.write_text(line.sub(rf"\g<1>{float(f'{value:.3g}'):g}", text, count=1), encoding="utf-8")


def _home(folder: Path, key: str) -> tuple[Path, str]:
    """Return the file that holds a number, and its key there."""
    for prefix, kind in ((ENGINE, "engines"), (LINK, "links")):
        if key.startswith(prefix):
            rest = key.removeprefix(prefix)
            stems = sorted((path.stem for path in (folder / kind).glob("*.yaml")), key=len, reverse=True)
            stem = next(stem for stem in stems if rest.startswith(f"{stem}."))
            return folder / kind / f"{stem}.yaml", rest[len(stem) + 1 :]
    return folder / "calibration" / "default.yaml", key


if __name__ == "__main__":
    main(sys.argv[1:])
