"""Choosing by prediction among measured configurations: ``python -m planner.measure.choosing MEASUREMENTS.csv...``.

A case is a model with its lengths, a limit on TTFT and one on TPOT that some measured configuration meets. The pick is
the cheapest configuration that is predicted to meet both; what it is worth the measurements say.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.catalog.loader import load_catalog
from planner.measure.rows import Measurement, measured, read_measurements
from planner.measure.validate import validate
from planner.measure.validation import Validation
from planner.perf.bands import upper_factor
from planner.units import MS_PER_S, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from planner.perf.hardware import Floats

TTFT_LIMITS_MS = (300.0, 500.0, 1000.0, 2000.0, 5000.0)
TPOT_LIMITS_MS = (8.0, 12.0, 20.0, 30.0, 50.0)
USD_PER_H = {"h100-sxm-80gb": 2.5, "h200-sxm-141gb": 3.3, "b200-sxm": 4.8}
SOURCE = "inferencex"
NEEDED = {"ttft_ms", "tpot_ms", "output_tokens_per_s"}


@dataclass(frozen=True, eq=False)
class Table:
    """Configurations as arrays ``(rows,)``: the group that a choice is made within, measured and predicted figures."""

    group: NDArray[np.int64]
    ttft_ms: "Floats"
    tpot_ms: "Floats"
    usd_per_mtok: "Floats"
    predicted_ttft_ms: "Floats"
    predicted_tpot_ms: "Floats"
    predicted_usd_per_mtok: "Floats"


@dataclass(frozen=True)
class Choice:
    """What came of the cases: shares of them, and what the picks that kept the limits cost over the best."""

    cases: int
    missed: float
    none: float
    extra_median: float
    extra_mean: float


def table(validation: Validation, confidence: float | None = None) -> Table:
    """Gather the rows that can be chosen; latencies as predicted, or their upper bounds at ``confidence``."""
    found = validation.predictions
    rows = [index for index, row in enumerate(validation.rows) if _usable(row)]
    names = [_group(validation.rows[index]) for index in rows]
    values = [measured(validation.rows[index]) for index in rows]
    usd_per_s = np.array([_usd_per_h(validation.rows[index]) for index in rows]) / SECONDS_PER_HOUR
    ttft, tpot = found.ttft_s[rows] * MS_PER_S, found.tpot_s[rows] * MS_PER_S
    if confidence is not None:
        ttft = ttft * upper_factor(found.deviation("ttft")[rows], confidence, 1)
        tpot = tpot * upper_factor(found.deviation("tpot")[rows], confidence, 1)
    return Table(
        np.array([list(dict.fromkeys(names)).index(name) for name in names], dtype=np.int64),
        np.array([each["ttft_ms"] for each in values]),
        np.array([each["tpot_ms"] for each in values]),
        1e6 * usd_per_s / np.array([each["output_tokens_per_s"] for each in values]),
        ttft,
        tpot,
        1e6 * usd_per_s / found.output_tokens_per_s[rows],
    )


def _usable(row: Measurement) -> bool:
    priced = row.text("accelerator") in USD_PER_H
    return row.text("source") == SOURCE and priced and measured(row).keys() >= NEEDED


def _group(row: Measurement) -> tuple[str, str, str]:
    return row.text("model"), row.text("input_tokens"), row.text("output_tokens")


def _usd_per_h(row: Measurement) -> float:
    return row.accelerators * USD_PER_H[row.text("accelerator")]


def choose(configurations: Table) -> Choice:
    """Pick in every case and hold the picks against the measurements."""
    outcomes = np.array(list(_outcomes(configurations)))
    if not len(outcomes):
        return Choice(0, *(float("nan"),) * 4)
    kept = outcomes[np.isfinite(outcomes)]
    return Choice(
        len(outcomes),
        float((outcomes == np.inf).mean()),
        float(np.isnan(outcomes).mean()),
        float(np.median(kept)) if len(kept) else float("nan"),
        float(kept.mean()) if len(kept) else float("nan"),
    )


def _outcomes(found: Table) -> Iterator[float]:
    """Yield the extra cost of each case's pick: infinite where it misses a limit, NaN where there is none."""
    for group in range(int(found.group.max(initial=-1)) + 1):
        mine = found.group == group
        for ttft in TTFT_LIMITS_MS:
            for tpot in TPOT_LIMITS_MS:
                meets = mine & (found.ttft_ms <= ttft) & (found.tpot_ms <= tpot)
                hoped = mine & (found.predicted_ttft_ms <= ttft) & (found.predicted_tpot_ms <= tpot)
                if meets.any():
                    yield _outcome(found, meets, hoped)


def _outcome(found: Table, meets: NDArray[np.bool_], hoped: NDArray[np.bool_]) -> float:
    if not hoped.any():
        return float("nan")
    pick = int(np.argmin(np.where(hoped, found.predicted_usd_per_mtok, np.inf)))
    return float(found.usd_per_mtok[pick] / found.usd_per_mtok[meets].min() - 1.0) if meets[pick] else float("inf")


def lines(validation: Validation, confidence: float) -> Iterator[str]:
    """Yield the comparison as text."""
    yield f"{'limits held against':<28}{'cases':>7}{'missed':>9}{'none':>8}{'extra cost median':>20}{'mean':>8}"
    for name, bound in (("predictions", None), (f"upper bounds at {confidence:g}", confidence)):
        found = choose(table(validation, bound))
        yield (
            f"{name:<28}{found.cases:>7}{found.missed:>9.1%}{found.none:>8.1%}"
            f"{found.extra_median:>20.1%}{found.extra_mean:>8.1%}"
        )


def main(arguments: Sequence[str]) -> None:
    """Print what choosing by prediction is worth on measured rows."""
    parser = argparse.ArgumentParser(prog="python -m planner.measure.choosing", description=main.__doc__)
    parser.add_argument("files", nargs="+", metavar="MEASUREMENTS.csv")
    parser.add_argument("--confidence", type=float, default=0.9)
    parser.add_argument("--leave-out", choices=("model", "accelerator"))
    asked = parser.parse_args(arguments)
    found = validate(read_measurements(*asked.files), load_catalog(), asked.leave_out)
    sys.stdout.write("\n".join(lines(found, asked.confidence)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
