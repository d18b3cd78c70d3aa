"""What is minimised, one after the other, as a sum over the units bought or over the patterns used."""

from collections.abc import Callable

import numpy as np

from planner.solve.choice import Choice
from planner.solve.problem import Ints
from planner.solve.usage import OfferArrays

LAST = "key"
TIES = ("cost", "accelerators", "ttft", LAST)


def staged(objectives: tuple[str, ...]) -> tuple[str, ...]:
    """Return the stages of a solve: the objectives asked for, then what breaks ties between equals."""
    return tuple(dict.fromkeys((*objectives, *TIES)))


def worst_ttft_us(choice: Choice) -> Ints:
    """Time to first token of the slowest pool [us]."""
    return _worst(choice, choice.workload.columns.ttft_us)


def worst_quality_loss_ppm(choice: Choice) -> Ints:
    """Quality lost by the coarsest pool [ppm]."""
    return _worst(choice, choice.workload.columns.quality_loss_ppm)


def busy_mw(choice: Choice) -> Ints:
    """Power beyond idle [mW]: that of all replicas at capacity, by the share of it that the demand takes."""
    patterns, columns = choice.patterns, choice.workload.columns
    power = (patterns.replicas * columns.power_mw[patterns.column]).sum(axis=1).astype(np.float64)
    capacity = (patterns.replicas * columns.capacity_urps[patterns.column]).sum(axis=1)
    return np.asarray(np.ceil(power * choice.workload.demand_urps / np.maximum(capacity, 1)), dtype=np.int64)


def key_order(choice: Choice) -> Ints:
    """Rank of the pattern by its first column, then by the next: the last tie falls to the earlier."""
    used = np.where(choice.patterns.replicas > 0, choice.patterns.column, -1)
    ranks = np.empty(len(choice), dtype=np.int64)
    ranks[np.lexsort(np.sort(used, axis=1).T[::-1])] = np.arange(len(choice))
    return ranks


def _worst(choice: Choice, values: Ints) -> Ints:
    patterns = choice.patterns
    return np.asarray(np.where(patterns.replicas > 0, values[patterns.column], 0).max(axis=1), dtype=np.int64)


WORST_OF_POOLS = frozenset({"ttft", "quality"})
"""Objectives of which the worst pool of a pattern counts, and not the sum over its pools."""
NOTHING = "nothing"
"""An objective that every plan attains at zero: only whether there is one matters."""
PRICE_OF_A_UNIT: dict[str, Callable[[OfferArrays], Ints]] = {
    "cost": lambda offers: offers.cost_uusd_per_h,
    "accelerators": lambda offers: offers.accelerators,
    "energy": lambda offers: offers.idle_mw,
}
VALUE_OF_A_PATTERN: dict[str, Callable[[Choice], Ints]] = {
    "ttft": worst_ttft_us,
    "energy": busy_mw,
    "quality": worst_quality_loss_ppm,
    "key": key_order,
    NOTHING: lambda choice: np.zeros(len(choice), dtype=np.int64),
}


def own_values(name: str, choice: Choice, offers: OfferArrays) -> Ints:
    """Return what each pattern adds to the objective ``name`` by itself ``(patterns,)``: shared units come on top."""
    of_units = choice.own(PRICE_OF_A_UNIT[name](offers)) if name in PRICE_OF_A_UNIT else None
    if name not in VALUE_OF_A_PATTERN:
        assert of_units is not None
        return of_units
    besides = VALUE_OF_A_PATTERN[name](choice)
    return besides if of_units is None else np.asarray(of_units + besides)


def unit_values(name: str, offers: OfferArrays) -> Ints:
    """Return what one unit of each shared offer adds to the objective ``name`` ``(offers,)``; 0 for other offers."""
    if name in PRICE_OF_A_UNIT:
        return np.where(offers.shared, PRICE_OF_A_UNIT[name](offers), 0)
    return np.zeros(len(offers.shared), dtype=np.int64)
