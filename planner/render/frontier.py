"""A Pareto front as a page and as CSV."""

from typing import Any

from planner.plan.figures import replica_accelerators
from planner.plan.frontier import Front, Point
from planner.render.numbers import counted, exact, short
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import plain
from planner.render.reasons import closing
from planner.render.rows import rows_csv
from planner.render.sections import notes_section
from planner.render.sentences import accelerator_words, layout_words

FIELDS = ("value", "unit", "usd_per_mtok", "usd_per_h", "accelerators", "pieces")
NAMES = {"ttft": "TTFT", "tpot": "TPOT", "accelerators": "accelerators"}


def frontier_table(front: Front, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the front as text: what it says first, then one row a point."""
    page = Page(width, colour=colour)
    page.paragraph(verdict(front), indent=0, style="bold")
    page.paragraph(f"bounded: {plain(front.key)}; asked: {_asked(front)}")
    if front.points:
        page.heading("The least cost of each promise" if front.unit == "ms" else "The least cost of each number")
        rows = [
            (exact(point.value), short(point.usd_per_mtok), short(point.usd_per_h), _words(point))
            for point in front.points
        ]
        page.grid(rows, header=(plain(front.unit), "USD/Mtok", "USD/h", "on"), justify="rrrl")
    notes_section(page, front.notes)
    page.blank()
    page.paragraph(closing(front), indent=0, style="dim")
    return page.text()


def frontier_csv(front: Front) -> str:
    """Return one row a point."""
    rows: list[dict[str, Any]] = [
        {**point.model_dump(mode="json"), "unit": front.unit, "pieces": _words(point)} for point in front.points
    ]
    return rows_csv(rows, FIELDS)


def verdict(front: Front) -> str:
    """Return the ends of the front in a sentence."""
    name = NAMES[front.against]
    if not front.points:
        return f"No plan meets the request, however loose the bound on {name}: see `planner explain`."
    first, last = front.points[0], front.points[-1]
    if len(front.points) == 1:
        money = f"{short(first.usd_per_mtok)} USD per million tokens"
        said = f"One plan is both cheapest and best in {name}: {_value(front, first)}, {money}"
    else:
        said = (
            f"{counted(len(front.points), 'plan')} trade {name} for cost: from {_value(front, first)} at "
            f"{short(first.usd_per_mtok)} to {_value(front, last)} at {short(last.usd_per_mtok)} USD per million tokens"
        )
    if front.least_infeasible is not None:
        said += f"; at {exact(front.least_infeasible)} {plain(front.unit)} no plan is left"
    return f"{said}."


def _value(front: Front, point: Point) -> str:
    return f"{exact(point.value)} {plain(front.unit)}"


def _asked(front: Front) -> str:
    return "no bound" if front.asked is None else f"{exact(front.asked)} {plain(front.unit)}"


def _words(point: Point) -> str:
    """``3 x 1 B200, TP 1, FP8/BF16, Verda``: short enough for a row."""
    return "; ".join(
        f"{piece.replicas} x {replica_accelerators(piece)} {accelerator_words(piece)}, {layout_words(piece)}, "
        f"{plain(piece.weight_format).upper()}/{plain(piece.kv_format).upper()}, "
        f"{plain(piece.provider_name or piece.provider)}"
        for piece in point.pieces
    )
