"""Self-hosting against an API as a page and as CSV."""

from typing import Any

from planner.plan.breakeven import Breakeven, Point, Sensitivity
from planner.render.chart import chart
from planner.render.numbers import percent, short
from planner.render.page import DEFAULT_WIDTH, Page
from planner.render.plain import plain
from planner.render.rows import rows_csv
from planner.render.sections import notes_section

MILLION = 1e6
SHOWN_POINTS = 12
INDENT = 2
MARKS = (("#", "self"), (".", "api"), ("o", "overflow"))
CHANGED = {"utilisation": "utilisation", "api_price": "API price", "hardware_price": "hardware price"}


def breakeven_table(answer: Breakeven, *, width: int = DEFAULT_WIDTH, colour: bool = False) -> str:
    """Return the comparison as text: the verdict first, then prices, crossings, the curve and what moves them."""
    page = Page(width, colour=colour)
    page.paragraph(verdict(answer), indent=0, style="bold")
    own = at_request_words(answer.at_request) if answer.at_request else ""
    if own:
        page.paragraph(own, indent=0)
    _prices(page, answer)
    _crossings(page, answer)
    _curve(page, answer)
    _sensitivity(page, answer.sensitivity)
    notes_section(page, answer.notes)
    return page.text()


def breakeven_csv(answer: Breakeven) -> str:
    """Return one row a demand."""
    fields = [name for name in Point.model_fields if name != "overflow_usd_per_month"]
    if any(point.overflow_usd_per_month is not None for point in answer.points):
        fields.insert(4, "overflow_usd_per_month")
    return rows_csv([point.model_dump(mode="json") for point in answer.points], fields)


def tokens_words(tokens_per_day: float) -> str:
    """``998 million tokens a day``."""
    return f"{short(tokens_per_day / MILLION)} million tokens a day"


def verdict(answer: Breakeven) -> str:
    """Return where self-hosting wins, in one sentence."""
    who = f"{plain(answer.model)} against {plain(answer.api.name)}"
    if answer.breakeven is not None:
        most = answer.largest_tokens_per_day
        end = "" if most is None else f", up to the {tokens_words(most)} that the limits admit"
        return f"{who}: self-hosting is no dearer from {tokens_words(answer.breakeven.tokens_per_day)} on{end}."
    if answer.first_crossing is not None:
        first = tokens_words(answer.first_crossing.tokens_per_day)
        return f"{who}: self-hosting is no dearer at {first} and at some demands beyond, but never for good."
    return f"{who}: the API is cheaper at every demand."


def at_request_words(point: Point) -> str:
    """Return which is cheaper at the request's own demand, and by how much."""
    hosted, api = point.self_usd_per_month, point.api_usd_per_month
    cheaper, saved = ("the API", hosted - api) if api < hosted else ("self-hosting", api - hosted)
    demand = tokens_words(point.tokens_per_day)
    return (
        f"At the {demand} of the request {cheaper} is cheaper, by {short(saved)} USD a month: "
        f"{short(hosted)} for {point.accelerators} x {_machine(point)}, {short(api)} for the API."
    )


def _machine(point: Point) -> str:
    name = plain(point.accelerator_name or point.accelerator)
    return f"{name} ({plain(point.weight_format).upper()}, {plain(point.provider)})"


def _prices(page: Page, answer: Breakeven) -> None:
    api, mix = answer.api, answer.mix
    cached = percent(mix.cached_input_tokens / mix.input_tokens)
    prices = (
        f"input {short(api.input_usd_per_mtok)}, cached input {short(api.cached_usd_per_mtok)}, output "
        f"{short(api.output_usd_per_mtok)}; blended {short(api.usd_per_mtok)}"
    )
    page.grid(
        [
            ("API", f"{plain(api.name)}, {plain(api.source)}"),
            ("USD per million tokens", prices),
            (
                "mix",
                f"{short(mix.input_tokens)} tokens in, {short(mix.output_tokens)} out, {cached} of the input cached",
            ),
            ("utilisation", f"at most {percent(mix.utilisation)} of the capacity within the SLO"),
        ]
    )
    overheads = answer.overheads_usd_per_month, answer.overheads_share_of_compute
    if any(overheads):
        parts = f"{short(overheads[0] or 0.0)} USD a month and {percent(overheads[1] or 0.0)} of compute"
        page.paragraph(f"Overheads of {parts} are in the cost of self-hosting.")


def _crossings(page: Page, answer: Breakeven) -> None:
    found = [("first crossing", answer.first_crossing), ("break-even", answer.breakeven)]
    rows = [
        (
            name,
            short(point.tokens_per_day / MILLION),
            short(point.self_usd_per_month),
            f"{point.accelerators} x {_machine(point)}, {percent(point.utilisation)} used",
        )
        for name, point in found
        if point is not None
    ]
    if rows:
        page.heading("Crossings")
        page.grid(rows, header=("", "million tokens a day", "USD a month", "on"), justify="lrrl")


def _curve(page: Page, answer: Breakeven) -> None:
    """Show some points of the curve, evenly spread over those that there are."""
    points = answer.points
    if not points:
        return
    stride = max(1, -(-len(points) // SHOWN_POINTS))
    overflow = points[0].overflow_usd_per_month is not None
    rows = []
    for point in points[::stride]:
        money = [short(point.self_usd_per_month), short(point.api_usd_per_month)]
        money += [short(point.overflow_usd_per_month or 0.0)] if overflow else []
        rows.append(
            (short(point.tokens_per_day / MILLION), *money, f"{point.accelerators} x {plain(point.accelerator)}")
        )
    page.heading("Bill [USD a month] over million tokens a day")
    series = plot_series(answer)
    drawn = {mark: list(zip(series["tokens"], series[name], strict=True)) for mark, name in MARKS if name in series}
    page.verbatim(chart(drawn, page.width - INDENT))
    page.paragraph("# self-hosted, cheapest plan; . API" + ("; o with overflow to the API" if overflow else ""))
    page.blank()
    header = ("million tokens/day", "self-hosted", "API", *(["with overflow"] if overflow else []), "on")
    page.grid(rows, header=header, justify="rrrrl" if overflow else "rrrl")


def _sensitivity(page: Page, changes: tuple[Sensitivity, ...]) -> None:
    page.heading("What moves the break-even [million tokens a day]")
    rows: list[tuple[str, ...]] = []
    for change in changes:
        value = percent(change.value) if change.changed == "utilisation" else f"x {short(change.value)}"
        ends = (change.first_crossing_tokens_per_day, change.breakeven_tokens_per_day)
        rows.append(
            (CHANGED[change.changed], value, *("never" if end is None else short(end / MILLION) for end in ends))
        )
    page.grid(rows, header=("", "", "first crossing", "break-even"), justify="lrrr")


def plot_series(answer: Breakeven) -> dict[str, list[Any]]:
    """Return what a plot draws: demand [million tokens a day] and the bills [USD a month]."""
    series: dict[str, list[Any]] = {
        "tokens": [point.tokens_per_day / MILLION for point in answer.points],
        "self": [point.self_usd_per_month for point in answer.points],
        "api": [point.api_usd_per_month for point in answer.points],
        "overflow": [point.overflow_usd_per_month for point in answer.points],
    }
    return {name: values for name, values in series.items() if None not in values}
