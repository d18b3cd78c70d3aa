"""Predictions for measured rows, a group at a time as arrays: memory, batch, step times, then the law of the load."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.candidates.bands import band_sigma, kind_of
from planner.candidates.holdings import formats_of
from planner.candidates.physics import Setting, admitted, machine_of, memory_of
from planner.candidates.precision import Efficiencies
from planner.candidates.rows import merged_factors
from planner.measure.laws import AMPLIFIED, Scene, by_load
from planner.measure.sockets import sockets_of
from planner.perf.lengths import Lengths
from planner.perf.tables import Scheduling
from planner.units import GIB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.candidates.holdings import Formats
    from planner.catalog.catalog import Catalog
    from planner.measure.cases import Case, Gathered
    from planner.perf.hardware import Floats
    from planner.perf.memory import Memory

BANDS = ("ttft", "tpot", "throughput", "e2e")
PREDICTED = ("ttft_s", "tpot_s", "output_tokens_per_s", "total_tokens_per_s", "latency_s", "batch")
FOUND = (*PREDICTED, *AMPLIFIED.values())


@dataclass(frozen=True, eq=False)
class Predictions:
    """Arrays ``(rows,)`` of every quantity, NaN where there is none; ``because`` says why, ``engines`` which profile.

    ``kinds`` are the kinds of model (:data:`planner.candidates.bands.KINDS`), empty where the model is not known.

    ``sigma`` is the standard deviation of log(measured / predicted) by band class, from residuals of the row's class;
    ``amplified`` what an open loop multiplies it by (:mod:`planner.perf.sensitivity`), one elsewhere.
    """

    ttft_s: "Floats"
    tpot_s: "Floats"
    output_tokens_per_s: "Floats"
    total_tokens_per_s: "Floats"
    latency_s: "Floats"
    batch: "Floats"
    because: tuple[str, ...]
    engines: tuple[str, ...]
    kinds: tuple[str, ...]
    sigma: dict[str, "Floats"]
    amplified: dict[str, "Floats"]

    def deviation(self, quantity: str) -> "Floats":
        """Return the standard deviation of log(measured / predicted) at the load of each row ``(rows,)``."""
        return self.sigma[quantity] * self.amplified.get(quantity, 1.0)


@dataclass(frozen=True, eq=False)
class Ready:
    """One group with what no efficiency factor moves: formats, slots, the rows that fit, and why others do not."""

    case: "Case"
    formats: "Formats"
    chosen: NDArray[np.int64]
    fitting: "Case"
    slots: "Floats"
    reasons: dict[int, str]


def ready(gathered: "Gathered", catalog: "Catalog") -> tuple[Ready, ...]:
    """Work out formats and memory of every group."""
    factors = Efficiencies(merged_factors(catalog))
    return tuple(_ready(case, catalog, factors) for case in gathered.cases)


def _ready(case: "Case", catalog: "Catalog", factors: Efficiencies) -> Ready:
    formats = formats_of(catalog, case.model, case.weight_format, case.kv_format, model_id=case.model_id)
    setting = _setting(case, catalog, factors, formats)
    memory = memory_of(setting, sockets_of(catalog, case), case.layout, case.lengths)
    slots = admitted(setting, memory, case.layout)
    reasons = {int(place): _shortage(case, memory, int(place)) for place in np.flatnonzero(slots < 1.0)}
    chosen = np.flatnonzero(slots >= 1.0)
    return Ready(case, formats, chosen, case.take(chosen), slots[chosen], reasons)


def predict(gathered: "Gathered", catalog: "Catalog", groups: tuple[Ready, ...] | None = None) -> Predictions:
    """Predict every row; a row that cannot be predicted says why.

    ``groups`` are those of :func:`ready`, where they are known already (all rows outside them stay unpredicted).
    """
    factors = Efficiencies(merged_factors(catalog))
    count = len(gathered.refused)
    values = {name: np.full(count, np.nan) for name in FOUND}
    because = list(gathered.refused)
    for group in ready(gathered, catalog) if groups is None else groups:
        setting = _setting(group.case, catalog, factors, group.formats)
        found, reasons = _predicted(group, setting)
        for name, value in found.items():
            values[name][group.fitting.row] = value
        for place, reason in reasons.items():
            because[group.case.row[place]] = reason
    return Predictions(
        ttft_s=values["ttft_s"],
        tpot_s=values["tpot_s"],
        output_tokens_per_s=values["output_tokens_per_s"],
        total_tokens_per_s=values["total_tokens_per_s"],
        latency_s=values["latency_s"],
        batch=values["batch"],
        because=tuple(because),
        engines=gathered.engines,
        kinds=_kinds(gathered),
        sigma=widths(gathered, catalog, factors.factors),
        amplified={name: np.nan_to_num(values[key], nan=1.0) for name, key in AMPLIFIED.items()},
    )


def widths(gathered: "Gathered", catalog: "Catalog", factors: "Mapping[str, float]") -> dict[str, "Floats"]:
    """Return the deviation of log(measured / predicted) of every row by band class; NaN where a row is in no group."""
    sigma = {name: np.full(len(gathered.refused), np.nan) for name in BANDS}
    for case in gathered.cases:
        kind, family = kind_of(case.model), catalog.engines[case.engine].family
        places = [(catalog.accelerators[name].architecture, family) for name, _ in case.machines]
        for name, found in sigma.items():
            found[case.row] = np.array([band_sigma(factors, place, kind, name) for place in places])[case.socket]
    return sigma


def _kinds(gathered: "Gathered") -> tuple[str, ...]:
    kinds = [""] * len(gathered.refused)
    for case in gathered.cases:
        for row in case.row:
            kinds[row] = kind_of(case.model)
    return tuple(kinds)


def _setting(case: "Case", catalog: "Catalog", factors: Efficiencies, formats: "Formats") -> Setting:
    engine = catalog.engines[case.engine]
    unused = Lengths.constant(1.0, 1.0)
    return Setting(catalog, factors, case.model, formats, engine, engine.max_num_batched_tokens, unused)


def _predicted(group: Ready, setting: Setting) -> tuple[dict[str, "Floats"], dict[int, str]]:
    """Return the arrays of the rows that fit, and the reason of every row that is not (fully) predicted."""
    fitting, reasons = group.fitting, dict(group.reasons)
    if not len(group.chosen):
        return {}, reasons
    found = by_load(_scene(fitting, setting, group.slots))
    for place in np.flatnonzero(np.isfinite(found["sustained_per_s"])):
        offered, most = fitting.rate_per_s[place], found["sustained_per_s"][place]
        reasons[int(group.chosen[place])] = (
            f"ttft: the queue grows without end at {offered:g} requests/s (at most {most:.3g} are sustained)"
        )
    share = 1.0 + fitting.lengths.input_tokens / fitting.lengths.output_tokens
    found["total_tokens_per_s"] = found["output_tokens_per_s"] * share
    return {name: value for name, value in found.items() if name in FOUND}, reasons


def _shortage(case: "Case", memory: "Memory", place: int) -> str:
    needs, has = memory.needed_bytes[place] / GIB, memory.usable_bytes[place] / GIB
    return (
        f"{case.model_id} in {case.weight_format} does not fit: an accelerator needs {needs:.1f} GiB of {has:.1f} GiB"
    )


def _scene(case: "Case", setting: Setting, slots: "Floats") -> Scene:
    tokens = setting.batched_tokens * case.layout.attention_data
    mixed = np.full(len(slots), float(setting.engine.mixed_chunks))
    machine = machine_of(setting, sockets_of(setting.catalog, case), case.layout)
    return Scene(case, setting, machine, Scheduling(slots, tokens, mixed))
