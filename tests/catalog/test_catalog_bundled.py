"""Compiled copies: fast, and never the reason for a wrong catalogue."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.catalog import Catalog
from planner.catalog.bundled import checkout_documents, compiled_documents

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a catalogue folder with two files."""
    folder = tmp_path / "catalog" / "links"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text("id: a\nchecked: 2026-01-02\nlatency_us: 1\n", encoding="utf-8")
    (folder / "b.yaml").write_text("id: b\n", encoding="utf-8")
    return tmp_path / "catalog"


def contents(folder: Path, copies: Path) -> dict[str, object]:
    documents, _ = checkout_documents(folder, copies)
    return {document.name: document.data for document in documents}


def test_a_copy_gives_back_what_the_file_holds(small: Path, tmp_path: Path) -> None:
    fresh = contents(small, tmp_path / "copies.json")
    assert (tmp_path / "copies.json").is_file()
    assert contents(small, tmp_path / "copies.json") == fresh
    assert fresh["links/a.yaml"] == {"id": "a", "checked": "2026-01-02", "latency_us": 1}


def test_an_edit_of_the_same_size_and_time_is_seen(small: Path, tmp_path: Path) -> None:
    contents(small, tmp_path / "copies.json")
    path = small / "links" / "a.yaml"
    before = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("latency_us: 1", "latency_us: 2"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert contents(small, tmp_path / "copies.json")["links/a.yaml"] == {
        "id": "a",
        "checked": "2026-01-02",
        "latency_us": 2,
    }


def test_a_removed_file_and_a_new_one_are_seen(small: Path, tmp_path: Path) -> None:
    contents(small, tmp_path / "copies.json")
    (small / "links" / "b.yaml").rename(small / "links" / "c.yaml")
    assert set(contents(small, tmp_path / "copies.json")) == {"links/a.yaml", "links/c.yaml"}
    assert "b.yaml" not in (tmp_path / "copies.json").read_text(encoding="utf-8")


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_copy_is_never_believed(small: Path, tmp_path: Path, data: st.DataObject) -> None:
    copies = tmp_path / "copies.json"
    copies.unlink(missing_ok=True)
    fresh = contents(small, copies)
    content = bytearray(copies.read_bytes())
    where = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[where] ^= data.draw(st.integers(1, 255))
    else:
        del content[where:]
    copies.write_bytes(bytes(content))
    assert contents(small, copies) == fresh


def test_a_place_that_cannot_be_written_is_left_alone(small: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    assert set(contents(small, blocked / "copies.json")) == {"links/a.yaml", "links/b.yaml"}
    assert blocked.read_text(encoding="utf-8") == "no folder"


@pytest.fixture(scope="module")
def compiled() -> str:
    """Return what the build hook writes into a wheel."""
    found = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    text: str = module.compiled_catalog(ROOT / "catalog")
    return text


def test_the_wheel_carries_what_the_checkout_reads(compiled: str, tmp_path: Path) -> None:
    documents, _ = compiled_documents(compiled.encode())
    assert {document.name: document.data for document in documents} == contents(
        ROOT / "catalog", tmp_path / "copies.json"
    )


def test_an_installed_planner_reads_the_compiled_file_from_a_zip_too(
    compiled: str, tmp_path: Path, bundled: Catalog
) -> None:
    archive = tmp_path / "site.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted((ROOT / "planner").rglob("*.py")):
            file.write(path, path.relative_to(ROOT).as_posix())
        file.writestr("planner/_catalog/catalog.json", compiled)
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r}); from planner.catalog.loader import load_catalog; "
        "import json; c = load_catalog(); "
        "print(json.dumps({'file': sys.modules['planner.catalog.loader'].__file__, 'offers': list(c.offers)}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert not done.returncode, done.stderr
    found = json.loads(done.stdout)
    assert found["file"].startswith(str(archive))
    assert found["offers"] == list(bundled.offers)
