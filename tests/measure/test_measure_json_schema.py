"""The schema of a measurement admits exactly the rows that the reader admits."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import SpecError
from planner.measure.columns import CHOICES, NUMBERS, TEXTS
from planner.measure.json_schema import MEANINGS, measurements_json_schema
from planner.measure.rows import read_measurements

SCHEMA = measurements_json_schema()
SOUND: dict[str, Any] = {
    "model": "m",
    "accelerator": "a",
    "input_tokens": 1000,
    "output_tokens": 100,
    "concurrency": 8,
    "ttft_ms": 90.5,
}
CELLS = st.sampled_from([None, -1, 0, 1, 2.5, 1e13, "inf", "many", "open", "closed", "static", "mean", "p95"])
CHANGES = st.dictionaries(st.sampled_from([*NUMBERS, *CHOICES, "model", "flag", "remark"]), CELLS, max_size=3)


def reads(row: dict[str, Any]) -> bool:
    text = io.StringIO()
    csv.writer(text).writerows([list(row), list(row.values())])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        try:
            return len(read_measurements(path)) == 1
        except SpecError as error:
            # what several cells say together is no matter of one cell's type
            return all("_parallel" in problem or ":accelerators: " in problem for problem in error.problems) and (
                "is not tensor x" in str(error) or "does not divide" in str(error)
            )


@given(CHANGES)
def test_the_schema_and_the_reader_admit_the_same_rows(changes: dict[str, Any]) -> None:
    row = {key: value for key, value in (SOUND | changes).items() if value is not None}
    cells = {
        key: str(value) if key in {*TEXTS, "remark"} and not isinstance(value, str) else value
        for key, value in row.items()
    }
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(cells) is reads(row)


def test_every_column_that_is_read_has_its_type() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == {*NUMBERS, *CHOICES, *TEXTS}
    assert set(MEANINGS) <= set(SCHEMA["properties"])
    assert SCHEMA["$id"] == "urn:servingplan:measurements:1"


def test_a_sound_row_is_one_for_both() -> None:
    assert reads(SOUND)
    jsonschema.validate(SOUND, SCHEMA)
