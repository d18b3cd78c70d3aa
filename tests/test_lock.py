"""The locked development environment: every distribution with its hashes, none with an address."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
ENTRIES = [entry for entry in re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE) if not entry.startswith("#")]


def test_the_lock_names_no_host_and_no_file() -> None:
    assert not re.findall(r"://|^-|index|find-links=|file:| @ ", re.sub(r"--no-emit-\S+", "", LOCK), flags=re.MULTILINE)


def test_every_distribution_is_pinned_with_its_hashes() -> None:
    assert len(ENTRIES) > 50
    loose = [entry for entry in ENTRIES if not re.match(r"\S+==\S+ .*\n? *--hash=sha256:[0-9a-f]{64}", entry)]
    assert not loose


def test_the_lock_satisfies_what_the_tree_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    pinned: dict[str, list[str]] = {}
    for entry in ENTRIES:
        name, version = entry.split(" ", 1)[0].split("==")
        pinned.setdefault(canonicalize_name(name), []).append(version)
    for requirement in map(Requirement, asked):
        if requirement.name != "servingplan":
            versions = pinned.get(canonicalize_name(requirement.name), [])
            assert versions, f"{requirement}: not in requirements-dev.lock (docs/development.md has the command)"
            assert all(requirement.specifier.contains(version) for version in versions), str(requirement)
