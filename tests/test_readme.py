"""The README's two commands are lines that work, and continuous integration runs the second of them."""

import re

from tests import readme_plan
from tests.readme_plan import EXAMPLE, ROOT

README = readme_plan.README.read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", README, flags=re.DOTALL | re.MULTILINE)
TEST_COMMAND = r"^python3 -m venv \.venv && .* pytest( |$)"


def test_two_commands_of_one_line_do_all_the_set_up() -> None:
    assert [command.count("\n") for command in COMMANDS] == [0, 0]
    assert all(command.startswith("python3 -m venv .venv && .venv/bin/pip install ") for command in COMMANDS)


def test_first_command_solves_an_example_that_is_shipped() -> None:
    assert COMMANDS[0].endswith(f"planner solve {EXAMPLE}")
    assert (ROOT / EXAMPLE).is_file()


def test_the_plan_shown_is_the_plan_printed() -> None:
    assert readme_plan.shown() == readme_plan.printed(), "python -m tests.readme_plan brings the README up to date"


def test_second_command_is_the_one_that_ci_runs() -> None:
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert [line for line in README.splitlines() if re.match(TEST_COMMAND, line)] == [COMMANDS[1]]
    assert ".ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
