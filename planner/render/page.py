"""A page of text for people: one rich console of a fixed width, no box drawing, colours only when asked for."""

from collections.abc import Iterable, Sequence
from io import StringIO
from textwrap import wrap

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

DEFAULT_WIDTH = 80


class Page:
    """Collects headings, paragraphs and grids. Names are never read as markup, long words are never broken."""

    def __init__(self, width: int = DEFAULT_WIDTH, *, colour: bool = False) -> None:
        self.width = width
        self._console = Console(
            file=StringIO(),
            width=self.width,
            force_terminal=colour,
            color_system="standard" if colour else None,
            no_color=not colour,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
        )

    def blank(self) -> None:
        """Leave a line free."""
        self._console.print()

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.blank()
        self.paragraph(text, indent=0, style="bold")

    def paragraph(self, text: str, *, indent: int = 2, bullet: str = "", style: str = "") -> None:
        """Wrap ``text``; with a ``bullet`` it hangs behind it."""
        first, rest = " " * indent + bullet, " " * (indent + len(bullet))
        wrapped = wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in wrapped:
            self._line(line, style)

    def grid(self, rows: Iterable[Sequence[str]], *, header: Sequence[str] = (), justify: str = "") -> None:
        """Lay out cells in columns, ``justify`` one letter a column: ``l`` left, ``r`` right; the last one wraps."""
        table = Table(box=None, show_header=bool(header), pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        cells = [tuple(row) for row in rows]
        columns = len(header) or (len(cells[0]) if cells else 0)
        for index in range(columns):
            right = justify[index : index + 1] == "r"
            table.add_column(
                Text(header[index]) if header else "",
                justify="right" if right else "left",
                no_wrap=index < columns - 1,
                overflow="fold",
            )
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(Padding(table, (0, 0, 0, 2)))

    def verbatim(self, lines: Iterable[str]) -> None:
        """Print lines as they are, indented."""
        for line in lines:
            self._line(f"  {line}", "")

    def text(self) -> str:
        """Everything so far, no line with spaces at its end."""
        stream = self._console.file
        text = stream.getvalue() if isinstance(stream, StringIO) else ""
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines())

    def _line(self, text: str, style: str) -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)
