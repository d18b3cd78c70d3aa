"""Where documents go: whole files or untouched ones, colours for terminals only, readers that go away."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click import UsageError

from planner.cli.output import chosen_output, write_file, write_stdout

FORMS = ("table", "json", "yaml", "markdown", "csv")


@pytest.mark.parametrize(
    ("name", "form", "decided"),
    [
        ("plan.json", None, "json"),
        ("plan.yml", None, "yaml"),
        ("plan.MD", None, "markdown"),
        ("plan.csv", None, "csv"),
        ("plan.txt", None, "table"),
        ("plan", None, "table"),
        ("plan.json", "yaml", "yaml"),
        ("-", None, "table"),
        (None, "json", "json"),
    ],
)
def test_the_format_is_the_one_named_else_the_suffix_else_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | None, form: str | None, decided: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert chosen_output(None if name is None else Path(name), form, FORMS).form == decided


def test_a_suffix_that_the_command_does_not_write_means_its_first_format(tmp_path: Path) -> None:
    assert chosen_output(tmp_path / "rows.md", None, ("csv", "json")).form == "csv"


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_file(path, "{}\n")
    assert path.read_bytes() == b"{}\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_whole_keeps_what_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "plan.json"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        write_file(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_its_target_keeps_its_mode(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    link.symlink_to(target)
    write_file(link, "new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_file(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()


class Terminal(SimpleNamespace):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colour: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert chosen_output(None, None, FORMS).colour is colour


def test_a_pipe_and_a_file_get_no_colours_and_eighty_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    piped, filed = chosen_output(None, None, FORMS), chosen_output(tmp_path / "x.txt", None, FORMS)
    assert (piped.colour, piped.width) == (False, 80)
    assert (filed.colour, filed.width) == (False, 80)


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("100", 100), ("10", 40), ("1000", 120)])
def test_the_width_is_that_of_the_terminal_within_reason(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert chosen_output(None, None, FORMS).width == width


def test_letters_that_the_terminal_cannot_show_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    class Ascii(SimpleNamespace):
        encoding = "ascii"

        def write(self, text: str) -> None:
            text.encode("ascii")
            written.append(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stdout", Ascii())
    write_stdout("Zürich\n")
    assert written == ["Z\\xfcrich\n"]


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-c", "from planner.cli.output import write_stdout; write_stdout('x' * 10_000_000)"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        process.stdout.close()
        errors = process.stderr.read()
        assert (process.wait(timeout=30), errors) == (0, b"")
