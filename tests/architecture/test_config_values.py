"""Values of a configuration that are taken as they are meant, and what is no configuration at all."""

import pytest

from planner.architecture.config import read_config
from planner.errors import ArchitectureError
from tests.architecture import minis


def test_whole_floats_count_as_whole_numbers() -> None:
    floats = {**minis.LLAMA, "vocab_size": 32.0}
    assert read_config(floats, name="here") == read_config({**minis.LLAMA, "vocab_size": 32}, name="here")


def test_not_a_mapping() -> None:
    with pytest.raises(ArchitectureError, match=r"here: \[1\] is not a mapping"):
        read_config([1], name="here")  # type: ignore[arg-type]
