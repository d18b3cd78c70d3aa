"""docs/explaining.md shows what the commands print, letter by letter."""

import re

import pytest

from tests.explaining_page import ROOT, commands, printed


def test_the_page_shows_commands_over_shipped_examples() -> None:
    assert len(commands()) >= 4
    for command, _ in commands():
        (path,) = re.findall(r"docs/\S+\.yaml", command)
        assert (ROOT / path).is_file()


@pytest.mark.parametrize(("command", "output"), commands(), ids=[command for command, _ in commands()])
def test_the_answer_shown_is_the_answer_printed(command: str, output: str) -> None:
    assert printed(command) == output, "python -m tests.explaining_page brings the page up to date"
