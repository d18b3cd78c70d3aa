"""The bundled catalogue, once a session, and a folder to lay entries into."""

from collections.abc import Callable
from pathlib import Path

import pytest

from planner.catalog import Catalog, load_catalog

Overlay = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def bundled() -> Catalog:
    return load_catalog()


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """Return a function that writes one file below a folder of the user's entries and returns the folder."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path / "own"

    return write
