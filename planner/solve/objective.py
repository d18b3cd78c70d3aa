"""What is minimised, one after the other, as a sum over the units bought or over the patterns used."""

from collections.abc import Callable

import numpy as np

from planner.solve.patterns import Patterns
from planner.solve.problem import Columns, Ints
from planner.solve.usage import OfferArrays


def worst_ttft_us(patterns: Patterns, columns: Columns) -> Ints:
    """Time to first token of the slowest pool [us]."""
    return _worst(patterns, columns.ttft_us)


def worst_quality_loss_ppm(patterns: Patterns, columns: Columns) -> Ints:
    """Quality lost by the coarsest pool [ppm]."""
    return _worst(patterns, columns.quality_loss_ppm)


def power_mw(patterns: Patterns, columns: Columns) -> Ints:
    """Power of all replicas [mW]."""
    return np.asarray((patterns.replicas * columns.power_mw[patterns.column]).sum(axis=1), dtype=np.int64)


def key_order(patterns: Patterns, columns: Columns) -> Ints:
    """Position of the pattern's first column, then of the next: the last tie falls to the earlier."""
    order = np.zeros(len(patterns), dtype=np.int64)
    for pool in np.sort(np.where(patterns.replicas > 0, patterns.column, -1), axis=1).T:
        order = order * (len(columns) + 1) + pool + 1
    return order


def _worst(patterns: Patterns, values: Ints) -> Ints:
    return np.asarray(np.where(patterns.replicas > 0, values[patterns.column], 0).max(axis=1), dtype=np.int64)


PRICE_OF_A_UNIT: dict[str, Callable[[OfferArrays], Ints]] = {
    "cost": lambda offers: offers.cost_uusd_per_h,
    "accelerators": lambda offers: offers.accelerators,
}
VALUE_OF_A_PATTERN: dict[str, Callable[[Patterns, Columns], Ints]] = {
    "ttft": worst_ttft_us,
    "energy": power_mw,
    "quality": worst_quality_loss_ppm,
    "key": key_order,
}


TIES = ("cost", "accelerators", "ttft", "key")


def staged(objectives: tuple[str, ...]) -> tuple[str, ...]:
    """Return the stages of a solve: the objectives asked for, then what breaks ties between equals."""
    return tuple(dict.fromkeys((*objectives, *TIES)))
