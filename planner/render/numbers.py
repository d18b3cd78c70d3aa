"""Numbers as people read them: three significant digits, thousands apart, the unit behind."""

from planner.plan.figures import significant


def short(value: float) -> str:
    """Three significant digits, all digits of whole numbers from 100 up: ``0.133``, ``21.5``, ``2,000``."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{significant(value, 3):.12f}".rstrip("0").rstrip(".") if abs(value) >= 1e-9 else f"{value:.3g}"


def exact(value: float) -> str:
    """As given, thousands apart: for what the user wrote."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,}"


def percent(fraction: float) -> str:
    """``0.712`` as ``71 %``; below ten percent with one digit behind the point."""
    value = 100.0 * fraction
    return f"{value:.0f} %" if value >= 10.0 or value == 0.0 else f"{value:.1f} %"


def counted(number: int, noun: str) -> str:
    """``1 node``, ``2 nodes``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(words: list[str]) -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
