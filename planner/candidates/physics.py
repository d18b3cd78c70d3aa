"""Physics of every node x layout for one model, one pair of formats and one engine setting: memory, steps, service."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.candidates.bands import band_sigma, kind_of
from planner.candidates.holdings import Formats
from planner.candidates.links import Sockets
from planner.candidates.machines import machine
from planner.candidates.scales import scales_of
from planner.catalog.memory import memory_of as memory_of_device
from planner.perf.hardware import Floats, Layout, Machine
from planner.perf.memory import Budget, Memory, Precision, Reserved, kv_bytes_per_sequence, memory
from planner.perf.percentiles import QUANTILES
from planner.perf.scales import scaled_steps
from planner.perf.steady import Service
from planner.perf.tables import Scheduling, step_table
from planner.units import BITS_PER_BYTE, GIB, MS_PER_S

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture
    from planner.candidates.precision import Efficiencies
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Accelerator, Engine, Node
    from planner.perf.lengths import Lengths
    from planner.perf.memory import Residents


@dataclass(frozen=True, eq=False)
class Setting:
    """What one evaluation holds fixed: model, formats, engine, the largest step, lengths."""

    catalog: "Catalog"
    factors: "Efficiencies"
    model: "Architecture"
    formats: Formats
    engine: "Engine"
    batched_tokens: int
    lengths: "Lengths"

    @property
    def key(self) -> str:
        """Formats and engine setting, as they stand in a column's name."""
        return f"{self.formats.label}/kv-{self.formats.kv.id}/{self.engine.id}/b{self.batched_tokens}"

    def precision(self) -> Precision:
        """Bytes an element, one column wide."""
        each = self.formats.weight_bytes(self.catalog)
        return Precision(
            {module: np.array([value]) for module, value in each.items()}, np.array([self.kv_element_bytes])
        )

    @property
    def kv_element_bytes(self) -> float:
        """Bytes of one cached element."""
        return self.formats.kv.weight_bits / BITS_PER_BYTE

    def sequence_bytes(self) -> float:
        """KV cache of one resident sequence of mean context over the whole model [byte]."""
        return kv_bytes_per_sequence(self.model, self.kv_element_bytes, self.lengths)

    def basis(self, node: "Node") -> Literal["calibrated", "estimated"]:
        """Return ``calibrated`` where the class of accelerator was fitted to end-to-end results."""
        architecture = self.catalog.accelerators[node.accelerator].architecture
        return "calibrated" if f"band.tpot.{architecture}" in self.factors else "estimated"

    def sigma(self, node: "Node", quantity: str) -> float:
        """Return the standard deviation of log(measured / predicted), from the most specific class with evidence."""
        architecture = self.catalog.accelerators[node.accelerator].architecture
        return band_sigma(self.factors.factors, (architecture, self.engine.family), kind_of(self.model), quantity)


def memory_of(
    setting: Setting,
    sockets: Sockets,
    layout: Layout,
    residents: "Residents | None" = None,
    batched_tokens: Floats | None = None,
) -> Memory:
    """Memory of every column, arrays ``(columns,)``.

    ``residents`` stand in place of the setting's lengths, ``batched_tokens`` ``(columns,)`` of its largest step.
    """
    rows = len(sockets.index)
    each = setting.formats.weight_bytes(setting.catalog)
    held = {module: np.full(rows, value) for module, value in each.items()}
    kv = np.full(rows, setting.kv_element_bytes)
    reported = np.array([memory_of_device(a, setting.factors.factors).memory_bytes for a in sockets.accelerators])[
        sockets.index
    ]
    usable = reported * setting.engine.memory_utilisation
    overhead = np.full(rows, setting.factors["memory.context_gib"] * GIB)
    held_for: Residents = residents or setting.lengths
    held_for = Reserved(held_for) if setting.engine.reserves_output else held_for
    largest = np.full(rows, float(setting.batched_tokens)) if batched_tokens is None else batched_tokens
    budget = Budget(usable, overhead, largest)
    return memory(setting.model, layout, Precision(held, kv), budget, held_for)


def machine_of(setting: Setting, sockets: Sockets, layout: Layout) -> Machine:
    """Rates of every column, arrays ``(columns,)``."""
    rates = machine(setting.catalog, setting.factors, setting.engine, sockets, layout, setting.formats)
    return replace(rates, scales=scales_of(setting, sockets))


def admitted(setting: Setting, memory_: Memory, layout: Layout) -> Floats:
    """Sequences that one replica admits at once: what KV memory holds, at most the engine's own limit a rank."""
    imbalance = np.where(layout.attention_data > 1, setting.factors["memory.attention_data_balance"], 1.0)
    ranks = layout.attention_data
    held = memory_.slots * imbalance * (setting.engine.free_memory_share or 1.0)
    return np.floor(np.minimum(held, setting.engine.max_num_seqs * ranks))


def service_of(
    setting: Setting, machine_: Machine, layout: Layout, slots: Floats, batched_tokens: Floats | None = None
) -> Service:
    """Step tables and slots of every column, ready for steady-state formulas; every column must admit a sequence.

    ``batched_tokens`` ``(columns,)`` stand in place of the setting's largest step.
    """
    rows = len(slots)
    mixed = np.full(rows, float(setting.engine.mixed_chunks))
    tokens = (setting.batched_tokens if batched_tokens is None else batched_tokens) * layout.attention_data
    scheduling = Scheduling(slots, tokens, mixed)
    quantiles = tuple(float(q) for q in QUANTILES)
    steps = step_table(setting.model, machine_, layout, scheduling, setting.lengths, quantiles)
    costs = setting.engine.costs
    front = np.full(rows, costs["first_token_ms"] / MS_PER_S)
    front = front + costs["first_token_steps"] * steps.decode_s[:, 0]
    if machine_.scales is not None:
        steps = scaled_steps(steps, machine_.scales, mixed)
        front = front + machine_.scales.first_token_s
    return Service(steps, setting.lengths, slots, mixed > 0.5, front)


def sockets_for(
    setting: "Setting | Catalog", nodes: "tuple[str, ...]", index: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Sockets:
    """Return the nodes and their accelerators by id, with the column index into them."""
    catalog = setting.catalog if isinstance(setting, Setting) else setting
    chosen = tuple(catalog.nodes[node] for node in nodes)
    accelerators: tuple[Accelerator, ...] = tuple(catalog.accelerators[node.accelerator] for node in chosen)
    return Sockets(chosen, accelerators, index)
