"""Every hostile input is refused with message and exit code, in 2 s of CPU and 500 MB; nothing is run or fetched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.arena import MEMORY, Arena
from tests.hostile.attacks_files import ATTACKS
from tests.hostile.attacks_specification import DOCUMENTS, PATHS, VALUES
from tests.hostile.attacks_text import TEXTS

TABLE = DOCUMENTS | VALUES | PATHS | TEXTS | ATTACKS


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with Arena(tmp_path_factory.mktemp("arena")) as made:
        yield made


def test_there_are_enough_of_them() -> None:
    assert len(TABLE) >= 60


@pytest.mark.parametrize("name", TABLE)
def test_hostile_input_is_refused(arena: Arena, tmp_path: Path, name: str) -> None:
    attack = TABLE[name]
    attack.prepare(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    outcome = arena.run(*attack.arguments, cwd=tmp_path, stdin=attack.stdin)
    shown = outcome.err[:2000]
    assert outcome.code == attack.code, (outcome, shown)
    assert attack.message in outcome.err, shown
    assert "Traceback" not in outcome.err
    assert "internal error" not in outcome.err
    assert outcome.memory_bytes < MEMORY
    assert len(outcome.err) < 50_000
    assert not set(outcome.err) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert not outcome.out
    assert {path.name for path in tmp_path.iterdir()} - before <= {"out"}
