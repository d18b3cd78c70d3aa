"""The page of commands names every command, option and field that there is."""

import re
from pathlib import Path

import click
import pytest

from planner.cli import main
from planner.render.candidates import CANDIDATE_FIELDS

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """Each section of the page by the command that it is about."""
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    return {part.splitlines()[0].removeprefix("planner ").split()[0]: part for part in parts[1:]}


def options_of(command: click.Command) -> list[str]:
    longest = [max(option.opts, key=len) for option in command.params if isinstance(option, click.Option)]
    return [name for name in longest if name not in {"--help", "--output"}]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_a_section_with_its_options(name: str) -> None:
    command, section = main.commands[name], sections()[name]
    below = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    assert not [option for each in below for option in options_of(each) if option not in section]


def test_every_command_below_catalog_is_described() -> None:
    catalog = main.commands["catalog"]
    assert isinstance(catalog, click.Group)
    assert not [name for name in catalog.commands if f"`planner catalog {name}" not in sections()["catalog"]]


@pytest.mark.parametrize("name", ["solve", "candidates", "estimate"])
def test_every_format_is_named_with_the_default_first(name: str) -> None:
    form = next(option for option in main.commands[name].params if option.name == "form")
    assert isinstance(form.type, click.Choice)
    choices = r"\|".join(form.type.choices)
    assert f"`--format {choices}` | default `{form.type.choices[0]}`" in sections()[name]


def test_every_field_of_a_candidate_is_described() -> None:
    assert not [field for field in CANDIDATE_FIELDS if f"`{field}`" not in sections()["candidates"]]
