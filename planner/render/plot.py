"""Pictures: a break-even over the tokens of a day, and a Pareto front of cost."""

from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import PlannerError
from planner.render.breakeven import MILLION, plot_series
from planner.render.numbers import short

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from planner.plan.breakeven import Breakeven, Point
    from planner.plan.frontier import Front

KINDS = (".png", ".svg", ".pdf")
SIZE_INCH = (8.0, 5.0)
DPI = 150
MARKERS = "osD^vP*X"
COLOURS = ("#1b6ca8", "#c1440e", "#4a7c59", "#7b4ea3", "#b8860b", "#444444")
LOG_FROM = 4.0
"""A cost that spans this factor is drawn on a logarithmic scale."""
BEYOND = 1.15
"""The cheapest plan keeps every looser promise: its line goes on to this many times the largest number."""


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
    _save(path, lambda axes: _draw(axes, answer))


def plot_frontier(front: "Front", path: Path) -> None:
    """Draw a Pareto front to ``path``: a staircase, for between two points the dearer one keeps the promise.

    Raises
    ------
    PlotError
        When the file cannot be written.
    """
    _save(path, lambda axes: _draw_frontier(axes, front))


def _save(path: Path, draw: "Callable[[Axes], None]") -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  an extra, and slow to import

    figure = Figure(figsize=SIZE_INCH, layout="constrained")
    draw(figure.add_subplot())
    try:
        figure.savefig(path, dpi=DPI, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    except OSError as error:
        raise PlotError(f"--plot: {path} cannot be written: {error.strerror or error}") from None


def _draw_frontier(axes: "Axes", front: "Front") -> None:
    from matplotlib.ticker import LogLocator  # noqa: PLC0415  an extra

    values = [point.value for point in front.points]
    costs = [point.usd_per_mtok for point in front.points]
    end = BEYOND * max(*values, front.asked or 0.0)
    axes.step([end, *values], [costs[0], *costs], where="pre", color="#1b6ca8", linewidth=1.4)
    by_name: dict[str, list[int]] = {}
    for at, point in enumerate(front.points):
        names = dict.fromkeys(piece.accelerator_name or piece.accelerator for piece in point.pieces)
        by_name.setdefault(" + ".join(names), []).append(at)
    for number, (name, places) in enumerate(by_name.items()):
        xs, ys = [values[at] for at in places], [costs[at] for at in places]
        axes.plot(
            xs, ys, MARKERS[number % len(MARKERS)], color=COLOURS[number % len(COLOURS)], markersize=6, label=name
        )
    if front.asked is not None:
        axes.axvline(front.asked, color="black", linestyle=":", linewidth=1.0, label=f"asked: {short(front.asked)}")
    if front.unit == "ms" and len(values) > 1:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
        axes.xaxis.set_major_formatter(_plain_number)
        axes.xaxis.set_minor_formatter("")
    axes.set_yscale("log" if len(costs) > 1 and costs[-1] > LOG_FROM * costs[0] else "linear")
    if axes.get_yscale() == "log":
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(_plain_number)
    axes.yaxis.set_minor_formatter("")
    axes.set_xlabel(f"{front.key} [{front.unit}]" if front.unit == "ms" else "accelerators")
    axes.set_ylabel("USD per million tokens")
    axes.set_title(f"Least cost against {front.against.upper() if front.unit == 'ms' else 'accelerators'}", fontsize=11)
    axes.grid(visible=True, which="both", alpha=0.25, linewidth=0.5)
    axes.legend(frameon=False, fontsize=9)


def _plain_number(value: float, _position: float) -> str:
    """Label a tick as people write it, no powers of ten."""
    return short(value)


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
