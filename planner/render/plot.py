"""A break-even as a picture: the stepwise bill of self-hosting and the API's line over the tokens of a day."""

from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import PlannerError
from planner.render.breakeven import MILLION, plot_series
from planner.render.numbers import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from planner.plan.breakeven import Breakeven, Point

KINDS = (".png", ".svg", ".pdf")
SIZE_INCH = (8.0, 5.0)
DPI = 150


class PlotError(PlannerError):
    """A picture cannot be drawn: its kind is not known, or matplotlib is not installed."""

    exit_code = 2


def check_plot(path: Path) -> None:
    """Refuse a picture that could not be drawn, before any work is done.

    Raises
    ------
    PlotError
        When the suffix is no kind of picture, or matplotlib is not installed.
    """
    from importlib.util import find_spec  # noqa: PLC0415

    if path.suffix.lower() not in KINDS:
        raise PlotError(f"--plot: {path.name!r} names no kind of picture (end it in {', '.join(KINDS)})")
    if find_spec("matplotlib") is None:
        raise PlotError("--plot: matplotlib is not installed (pip install 'servingplan[plot]')")


def plot_breakeven(answer: "Breakeven", path: Path) -> None:
    """Draw the curves to ``path``; the suffix says which kind of picture.

    Raises
    ------
    PlotError
        When the file cannot be written.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  an extra, and slow to import

    figure = Figure(figsize=SIZE_INCH, layout="constrained")
    _draw(figure.add_subplot(), answer)
    try:
        figure.savefig(path, dpi=DPI, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    except OSError as error:
        raise PlotError(f"--plot: {path} cannot be written: {error.strerror or error}") from None


def _draw(axes: "Axes", answer: "Breakeven") -> None:
    series = plot_series(answer)
    tokens = series["tokens"]
    axes.plot(tokens, series["self"], color="#1b6ca8", linewidth=1.6, label="self-hosted, cheapest plan")
    axes.plot(tokens, series["api"], color="#c1440e", linewidth=1.6, label=answer.api.name)
    if "overflow" in series:
        axes.plot(tokens, series["overflow"], color="#4a7c59", linestyle="--", label="with overflow to the API")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("tokens a day, input + output [million]")
    axes.set_ylabel("USD a month")
    axes.set_title(f"{answer.model} against {answer.api.name}", fontsize=11)
    for name, point, style in (
        ("first crossing", answer.first_crossing, "o"),
        ("break-even", answer.breakeven, "s"),
    ):
        if point is not None:
            _mark(axes, f"{name}: {short(point.tokens_per_day / MILLION)} million", point, style)
    axes.grid(visible=True, which="both", alpha=0.25, linewidth=0.5)
    axes.legend(frameon=False, fontsize=9, loc="upper left")


def _mark(axes: "Axes", label: str, point: "Point", style: str) -> None:
    axes.plot(
        [point.tokens_per_day / MILLION],
        [point.self_usd_per_month],
        style,
        markersize=7,
        markerfacecolor="white",
        markeredgecolor="black",
        label=label,
    )
