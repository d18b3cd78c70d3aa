"""An explanation as a page for people, readable at 60 columns and when piped, and as Markdown."""

from planner.plan.explanation import Explained
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import markdown_text
from planner.render.reasons import closing, headline, sections
from planner.render.sections import Section


def explanation_table(answer: Explained, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the explanation as text: the decision first, then what binds, who loses, where the choice changes."""
    page = Page(width, colour=colour)
    page.paragraph(headline(answer), indent=0, style="bold")
    for section in sections(answer):
        page.heading(section.title)
        _rows(page, section)
        for sentence in section.sentences:
            page.paragraph(sentence, bullet="- ")
    page.blank()
    page.paragraph(closing(answer), indent=0, style="dim")
    return page.text()


def _rows(page: Page, section: Section) -> None:
    if section.rows and not section.header:
        page.grid(section.rows)
    if not section.header:
        return
    for row in section.rows:
        head, *middle, words = row
        unit = section.header[1]
        page.paragraph(f"{head}: {middle[0]} {unit}, {middle[1]}", bullet="- ")
        page.paragraph(words, indent=6)


def explanation_markdown(answer: Explained) -> str:
    """Return the explanation as Markdown: the same sections as the table, in the same order."""
    parts = [f"# {markdown_text(headline(answer))}"]
    for section in sections(answer):
        parts.append(f"## {markdown_text(section.title)}")
        if section.rows:
            parts.append(_table(section))
        if section.sentences:
            parts.append("\n".join(f"- {markdown_text(sentence)}" for sentence in section.sentences))
    parts.append(markdown_text(closing(answer)))
    return "\n\n".join(parts) + "\n"


def _table(section: Section) -> str:
    header = section.header or ("", "")
    lines = [header, ["---"] * len(header), *([markdown_text(cell) for cell in row] for row in section.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
