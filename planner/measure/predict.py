"""Predictions for measured rows, a group at a time as arrays: memory, batch, step times, then the law of the load."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.bands import band_sigma
from planner.candidates.holdings import formats_of
from planner.candidates.physics import Setting, admitted, machine_of, memory_of
from planner.candidates.precision import Efficiencies
from planner.candidates.rows import merged_factors
from planner.measure.laws import Scene, by_load
from planner.measure.sockets import sockets_of
from planner.perf.lengths import Lengths
from planner.perf.tables import Scheduling
from planner.units import GIB

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.measure.cases import Case, Gathered
    from planner.perf.hardware import Floats
    from planner.perf.memory import Memory

BANDS = ("ttft", "tpot", "throughput", "e2e")
PREDICTED = ("ttft_s", "tpot_s", "output_tokens_per_s", "total_tokens_per_s", "latency_s", "batch")


@dataclass(frozen=True, eq=False)
class Predictions:
    """Arrays ``(rows,)`` of every quantity, NaN where there is none; ``because`` says why, ``engines`` which profile.

    ``sigma`` is the standard deviation of log(measured / predicted) by band class, from residuals of the row's class.
    """

    ttft_s: "Floats"
    tpot_s: "Floats"
    output_tokens_per_s: "Floats"
    total_tokens_per_s: "Floats"
    latency_s: "Floats"
    batch: "Floats"
    because: tuple[str, ...]
    engines: tuple[str, ...]
    sigma: dict[str, "Floats"]


def predict(gathered: "Gathered", catalog: "Catalog") -> Predictions:
    """Predict every row; a row that cannot be predicted says why."""
    factors = Efficiencies(merged_factors(catalog))
    count = len(gathered.refused)
    values = {name: np.full(count, np.nan) for name in PREDICTED}
    sigma = {name: np.full(count, np.nan) for name in BANDS}
    because = list(gathered.refused)
    for case in gathered.cases:
        setting = _setting(case, catalog, factors)
        for name, widths in sigma.items():
            widths[case.row] = _sigmas(case, setting, name)
        found, reasons = _predicted(case, setting)
        for name, value in found.items():
            values[name][case.row] = value
        for place, reason in reasons.items():
            because[case.row[place]] = reason
    return Predictions(
        ttft_s=values["ttft_s"],
        tpot_s=values["tpot_s"],
        output_tokens_per_s=values["output_tokens_per_s"],
        total_tokens_per_s=values["total_tokens_per_s"],
        latency_s=values["latency_s"],
        batch=values["batch"],
        because=tuple(because),
        engines=gathered.engines,
        sigma=sigma,
    )


def _setting(case: "Case", catalog: "Catalog", factors: Efficiencies) -> Setting:
    engine = catalog.engines[case.engine]
    formats = formats_of(catalog, case.model, case.weight_format, case.kv_format, model_id=case.model_id)
    unused = Lengths.constant(1.0, 1.0)
    return Setting(catalog, factors, case.model, formats, engine, engine.max_num_batched_tokens, unused)


def _sigmas(case: "Case", setting: Setting, quantity: str) -> "Floats":
    accelerators = setting.catalog.accelerators
    architectures = [accelerators[name].architecture for name, _ in case.machines]
    family, factors = setting.engine.family, setting.factors.factors
    return np.array([band_sigma(factors, each, family, quantity) for each in architectures])[case.socket]


def _predicted(case: "Case", setting: Setting) -> tuple[dict[str, "Floats"], dict[int, str]]:
    """Return the arrays of one group, and the reason of every row that is not (fully) predicted."""
    values = {name: np.full(len(case.row), np.nan) for name in PREDICTED}
    memory = memory_of(setting, sockets_of(setting.catalog, case), case.layout, case.lengths)
    slots = admitted(setting, memory, case.layout)
    reasons = {int(place): _shortage(case, memory, int(place)) for place in np.flatnonzero(slots < 1.0)}
    chosen = np.flatnonzero(slots >= 1.0)
    if not len(chosen):
        return values, reasons
    fitting = case.take(chosen)
    found = by_load(_scene(fitting, setting, slots[chosen]))
    share = 1.0 + fitting.lengths.input_tokens / fitting.lengths.output_tokens
    for name, value in (found | {"total_tokens_per_s": found["output_tokens_per_s"] * share}).items():
        if name in values:
            values[name][chosen] = value
    grows = np.flatnonzero(np.isfinite(found["sustained_per_s"]))
    for place in grows:
        offered, most = fitting.rate_per_s[place], found["sustained_per_s"][place]
        reasons[int(chosen[place])] = (
            f"ttft: the queue grows without end at {offered:g} requests/s (at most {most:.3g} are sustained)"
        )
    return values, reasons


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
