"""What each kind of load does on given machines: closed loop, open loop, static batch, everything queued at once."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.physics import Setting, service_of
from planner.perf import closed_loop
from planner.perf.capacity import Bounds, at_rate, capacity
from planner.perf.hardware import Rows
from planner.perf.lengths import Lengths
from planner.perf.pace import Pace, Requests, pace
from planner.perf.scales import scaled_pace
from planner.perf.sensitivity import amplification
from planner.perf.static_batch import static_batch_s, waves
from planner.perf.tables import Scheduling
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.measure.cases import Case
    from planner.perf.hardware import Floats, Machine

AMPLIFIED = {"ttft": "ttft_error", "tpot": "tpot_error", "e2e": "latency_error"}
"""What an error of the step times is multiplied by in a quantity: one, except in an open loop."""
ESTIMATES = (
    *("ttft_s", "tpot_s", "output_tokens_per_s", "latency_s", "batch", "sustained_per_s"),
    *AMPLIFIED.values(),
)
"""Arrays that a law may give; ``sustained_per_s`` is the most that an open loop takes, where its queue grows."""


@dataclass(frozen=True, eq=False)
class Scene(Rows):
    """One group on its machines; only rows where a sequence fits."""

    case: "Case"
    setting: Setting
    machine: "Machine"
    scheduling: Scheduling

    def requests(self, sequences: "Floats") -> Requests:
        """Return what ``sequences`` at once ask for."""
        lengths = self.case.lengths
        return Requests(lengths.input_tokens, lengths.output_tokens, sequences)

    def pace(self, sequences: "Floats") -> Pace:
        """Return the step times at ``sequences`` at once."""
        layout = self.case.layout
        return pace(self.setting.model, self.machine, layout, self.scheduling, self.requests(sequences))

    def front_s(self, step_s: "Floats", clients: "Floats") -> "Floats":
        """Time to first token outside the steps [s]: constant, by client and by decode step."""
        costs = self.setting.engine.costs
        fixed = costs["first_token_ms"] + costs.get("first_token_per_sequence_ms", 0.0) * clients
        own = 0.0 if self.machine.scales is None else self.machine.scales.first_token_s
        return np.asarray(fixed / MS_PER_S + (costs["first_token_steps"] + self.case.late_steps) * step_s + own)


def by_load(scene: Scene) -> dict[str, "Floats"]:
    """Estimate every row by the law of its load; NaN where a law gives nothing. Rates are those of all replicas."""
    values = {name: np.full(len(scene.case.row), np.nan) for name in ESTIMATES}
    for load, law in LAWS.items():
        chosen: NDArray[np.int64] = np.flatnonzero(scene.case.is_load(load))
        if len(chosen):
            for name, found in law(scene.take(chosen)).items():
                values[name][chosen] = found
    values["output_tokens_per_s"] = values["output_tokens_per_s"] * scene.case.replicas
    return values


def _closed(scene: Scene) -> dict[str, "Floats"]:
    case, output = scene.case, scene.case.lengths.output_tokens
    clients = case.concurrency / case.replicas
    batch = np.minimum(clients, scene.scheduling.slots)
    found = scene.pace(batch)
    tpot = closed_loop.tpot_s(found, batch, output)
    ttft = found.prompt_s + scene.front_s(tpot, clients) + closed_loop.prefill_wait_s(found, batch, output)
    ttft = ttft + closed_loop.queue_s(found, clients, batch, output)
    ttft = ttft + np.where(case.burst, closed_loop.burst_s(found, clients), 0.0)
    ttft = ttft + closed_loop.gathered_s(found, batch, output, case.gathered_steps)
    nominal = case.nominal.output_tokens
    rate = clients / (ttft + nominal * tpot)
    return _served(ttft, tpot, nominal) | {"output_tokens_per_s": rate * nominal, "batch": batch}


def _served(ttft_s: "Floats", tpot_s: "Floats", output_tokens: "Floats") -> dict[str, "Floats"]:
    """Latencies of a request: first token, each further one, all of them."""
    latency_s = ttft_s + np.maximum(output_tokens - 1.0, 0.0) * tpot_s
    return {"ttft_s": ttft_s, "tpot_s": tpot_s, "latency_s": latency_s}


def _saturated(scene: Scene) -> dict[str, "Floats"]:
    case, output = scene.case, scene.case.lengths.output_tokens
    limit = np.where(np.isnan(case.concurrency), np.inf, case.concurrency / case.replicas)
    batch = np.minimum(limit, scene.scheduling.slots)
    found = scene.pace(batch)
    tpot = closed_loop.tpot_s(found, batch, output)
    rate = closed_loop.rate_per_s(found, batch, output)
    ttft = found.prompt_s + scene.front_s(tpot, batch)
    return _served(ttft, tpot, output) | {"output_tokens_per_s": rate * output, "batch": batch}


def _static(scene: Scene) -> dict[str, "Floats"]:
    case, slots, output = scene.case, scene.scheduling.slots, scene.case.lengths.output_tokens
    sequences = np.where(np.isnan(case.concurrency), slots, case.concurrency / case.replicas)
    prefill, decode = static_batch_s(
        scene.setting.model, scene.machine, case.layout, scene.scheduling, scene.requests(sequences)
    )
    if scene.machine.scales is not None:
        whole = scaled_pace(Pace(decode, np.zeros_like(decode), prefill), scene.machine.scales)
        prefill, decode = whole.prompt_s, whole.decode_s
    latency = prefill + waves(sequences, slots) * np.maximum(output - 1.0, 0.0) * decode
    rate = sequences * output / latency
    return {"ttft_s": prefill, "tpot_s": decode, "output_tokens_per_s": rate, "latency_s": latency, "batch": sequences}


def _open(scene: Scene) -> dict[str, "Floats"]:
    values = {name: np.full(len(scene.case.row), np.nan) for name in ESTIMATES}
    lengths = scene.case.lengths
    pairs = np.stack([lengths.input_tokens, lengths.output_tokens], axis=1)
    for pair in np.unique(pairs, axis=0):
        chosen = np.flatnonzero((pairs == pair).all(axis=1))
        for name, found in _open_alike(scene.take(chosen), Lengths.constant(*pair)).items():
            values[name][chosen] = found
    return values


def _open_alike(scene: Scene, lengths: Lengths) -> dict[str, "Floats"]:
    """Rows of one pair of lengths; where the queue grows, throughput and TPOT are those of a full engine."""
    case = scene.case
    setting = replace(scene.setting, lengths=lengths)
    service = service_of(setting, scene.machine, case.layout, scene.scheduling.slots)
    rate = case.rate_per_s / case.replicas
    point = at_rate(service, rate)
    full = point if point.stable.all() else capacity(service, Bounds.none())
    served = np.where(point.stable, rate, full.rate_per_s)
    felt = amplification(service, point)
    return {
        **{AMPLIFIED[name]: value for name, value in felt.items()},
        "ttft_s": np.where(point.stable, point.ttft_s[:, 0], np.nan),
        "tpot_s": np.where(point.stable, point.tpot_s[:, 0], full.tpot_s[:, 0]),
        "output_tokens_per_s": served * lengths.mean_output_tokens,
        "latency_s": np.where(point.stable, point.e2e_s[:, 0], np.nan),
        "batch": point.batch,
        "sustained_per_s": np.where(point.stable, np.nan, full.rate_per_s * case.replicas),
    }


LAWS = {"closed": _closed, "saturated": _saturated, "static": _static, "open": _open}
