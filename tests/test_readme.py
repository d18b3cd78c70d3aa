"""The README's two commands are lines that work, and continuous integration runs the second of them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", README, flags=re.DOTALL | re.MULTILINE)
TEST_COMMAND = r"^python3 -m venv \.venv && .* pytest( |$)"


def test_two_commands_of_one_line_do_all_the_set_up() -> None:
    assert [command.count("\n") for command in COMMANDS] == [0, 0]
    assert all(command.startswith("python3 -m venv .venv && .venv/bin/pip install ") for command in COMMANDS)


def test_first_command_solves_an_example_that_is_shipped() -> None:
    _, _, specification = COMMANDS[0].partition("planner solve ")
    assert (ROOT / specification).is_file()


def test_second_command_is_the_one_that_ci_runs() -> None:
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert [line for line in README.splitlines() if re.match(TEST_COMMAND, line)] == [COMMANDS[1]]
    assert ".ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
