"""Where rising functions of many columns cross zero: inverse quadratic interpolation that falls back on bisection."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_STEPS = 90


@dataclass(frozen=True, eq=False)
class Points:
    """Three arguments of a function and its values there; arrays ``(columns,)``.

    ``here`` is the latest, ``there`` the other end of the bracket that holds the root, ``before`` what ``here`` was.
    """

    here: Floats
    here_value: Floats
    there: Floats
    there_value: Floats
    before: Floats
    before_value: Floats

    @classmethod
    def between(cls, ends: tuple[Floats, Floats], values: tuple[Floats, Floats]) -> "Points":
        """Begin with both ends; columns whose upper value is negative have no root, and stay there."""
        (low, high), (under, over) = ends, values
        low, under = np.where(over < 0.0, high, low), np.where(over < 0.0, over, under)
        return cls(high, over, low, under, low, under)

    def take(self, columns: NDArray[np.bool_]) -> "Points":
        """Return the points of some columns."""
        return Points(*(value[columns] for value in vars(self).values()))

    def share(self) -> Floats:
        """Return where to look next, as a share of the way from ``here`` to ``there``.

        Inverse quadratic interpolation where the three points lie on a curve that allows it, else bisection
        (T. R. Chandrupatla, *Advances in Engineering Software* 28 (1997) 145, doi:10.1016/S0965-9978(96)00051-8).
        """
        a, b, c = self.here, self.there, self.before
        fa, fb, fc = self.here_value, self.there_value, self.before_value
        with np.errstate(divide="ignore", invalid="ignore"):
            across, rise = (a - b) / (c - b), (fa - fb) / (fc - fb)
            curved = (rise * rise < across) & ((1.0 - rise) * (1.0 - rise) < 1.0 - across)
            inverse = fa / (fb - fa) * (fc / (fb - fc)) + (c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb))
        return np.where(curved, inverse, 0.5)

    def after(self, place: Floats, value: Floats) -> "Points":
        """Return the points once the value at ``place``, between the ends, is known; zero counts as positive."""
        same = (value >= 0.0) == (self.here_value >= 0.0)
        there, there_value = np.where(same, self.there, self.here), np.where(same, self.there_value, self.here_value)
        before, before_value = np.where(same, self.here, self.there), np.where(same, self.here_value, self.there_value)
        return Points(place, value, there, there_value, before, before_value)


def rising_root(points: Points, rises: Callable[[Floats], Floats], *, close: float, floor: float) -> Floats:
    """Return an argument at which ``rises`` is not negative, hardly above its root ``(columns,)``.

    ``points`` are the ends of a bracket; the upper end is returned where even there the function is negative. ``close``
    is the relative error, of arguments below ``floor`` relative to ``floor``.
    """
    for _ in range(MOST_STEPS):
        width = np.abs(points.there - points.here)
        error = close * (np.maximum(points.here, points.there) + floor)
        if np.all(width <= error):
            break
        least = np.minimum(0.5 * error / np.maximum(width, 1e-300), 0.5)
        place = points.here + np.clip(points.share(), least, 1.0 - least) * (points.there - points.here)
        points = points.after(place, rises(place))
    return np.where(points.here_value >= 0.0, points.here, points.there)


def steep_root(falls: Callable[[Floats], Floats], start: Floats, most: Floats, steps: int) -> Floats:
    """Return an argument from 0 to ``most`` close to the root of ``falls``, whose slope is -1 at most ``(columns,)``.

    A step along that slope from ``start``, then ``steps`` by inverse quadratic interpolation through the last three
    points, along the chord of the last two where there is no third or the curve leads out. Without a bracket, so that
    every column takes the same few steps.
    """
    left, left_value = start, falls(start)
    right = np.clip(left + left_value, 0.0, most)
    third = third_value = np.full_like(start, np.nan)
    for _ in range(steps):
        value = falls(right)
        slope = np.minimum((value - left_value) / np.where(right == left, np.inf, right - left), -1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            curve = (
                third * (left_value / (third_value - left_value)) * (value / (third_value - value))
                + left * (third_value / (left_value - third_value)) * (value / (left_value - value))
                + right * (third_value / (value - third_value)) * (left_value / (value - left_value))
            )
        place = np.where((curve >= 0.0) & (curve <= most), curve, right - value / slope)
        third, third_value, left, left_value = left, left_value, right, value
        right = np.clip(place, 0.0, most)
    return right
