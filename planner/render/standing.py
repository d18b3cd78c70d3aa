"""Where a search stands, in words."""

from planner.render.numbers import percent, short

UNITS = {
    "usd_per_mtok": (1e-6, "USD/h"),
    "usd_per_h": (1e-6, "USD/h"),
    "accelerators": (1.0, "accelerators"),
    "ttft": (1e-3, "ms"),
    "energy": (1e-3, "W"),
    "quality": (1e-4, "% lost"),
}
"""For each objective what one of the solver's units is worth, and what that is called."""


def standing_words(objective: str, best: int | None, bound: int, elapsed_s: float) -> str:
    """``best 51.4 USD/h, bound 51.1, gap 0.6 %, 3.2 s``."""
    scale, unit = UNITS[objective]
    proven = f"bound {short(max(bound, 0) * scale)}"
    if best is None:
        return f"no plan yet, {proven} {unit}, {elapsed_s:.1f} s"
    gap = max(0, best - bound) / max(1, best)
    return f"best {short(best * scale)} {unit}, {proven}, gap {percent(gap)}, {elapsed_s:.1f} s"
