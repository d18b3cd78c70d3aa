"""Specifications in a folder of their own, and what is wrong with them."""

from pathlib import Path

import pytest

from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog
from planner.errors import SpecError
from planner.spec.loader import load_spec
from planner.spec.schema import Spec
from tests.spec.texts import Load, Problems


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def load(tmp_path: Path, catalog: Catalog) -> Load:
    """Return a function that loads text as ``s.yaml`` in a folder of its own."""

    def loaded(text: str | bytes, *overrides: str) -> Spec:
        path = tmp_path / "s.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_spec(path, overrides=overrides, catalog=catalog)

    return loaded


@pytest.fixture
def problems(load: Load, tmp_path: Path) -> Problems:
    """Return a function that gives the problems of a text, its folder left out of the messages."""

    def found(text: str | bytes, *overrides: str) -> tuple[str, ...]:
        try:
            load(text, *overrides)
        except SpecError as error:
            return tuple(problem.replace(f"{tmp_path}/", "") for problem in error.problems)
        return ()

    return found
