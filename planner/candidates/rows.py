"""The physical columns of one workload: distinct hardware x layout x formats x engine setting, evaluated once."""

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.architecture.matrices import EXPERTS
from planner.candidates.holdings import Formats, formats_of, mixtures_of
from planner.candidates.layouts import Grid, grid, splits
from planner.candidates.physics import Setting, admitted, machine_of, memory_of, service_of, sockets_for
from planner.candidates.precision import Efficiencies, compute_of
from planner.perf.capacity import largest_batch
from planner.perf.hardware import Floats, Layout
from planner.perf.memory import Memory
from planner.perf.steady import Service, Steps, operate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Engine, Node
    from planner.spec.schema import Spec, WorkloadSpec

Ints = NDArray[np.int64]
_Stack = TypeVar("_Stack", Layout, Memory, Steps)


@dataclass(frozen=True, eq=False)
class Physical:
    """Rows of one workload. ``node`` indexes ``nodes``, ``setting`` indexes ``settings``; arrays ``(rows,)``.

    ``slots`` below one: the memory does not hold a single sequence. ``service`` has only the rows where it does, and
    ``served`` gives a row's place in it (-1: none).
    """

    nodes: "tuple[Node, ...]"
    settings: tuple[Setting, ...]
    node: Ints
    setting: Ints
    layout: Layout
    memory: Memory
    slots: Floats
    served: Ints
    service: Service

    @cached_property
    def most_requests_per_s(self) -> Floats:
        """A rate that no replica of a row exceeds, whatever its latency ``(rows,)``; 0 where nothing fits."""
        top = operate(self.service, largest_batch(self.service)).rate_per_s
        return np.where(self.served >= 0, top[self.served], 0.0)

    def basis(self, row: int) -> Literal["calibrated", "estimated"]:
        """Return what the latencies of a row rest on."""
        setting: Setting = self.settings[self.setting[row]]
        return setting.basis(self.nodes[self.node[row]])


def hardware_key(node: "Node") -> tuple[object, ...]:
    """Return what physics sees of a node; nodes that agree in it are evaluated once."""
    return (
        node.accelerator,
        node.accelerators,
        node.domain,
        node.link,
        node.link_gb_per_s_per_direction,
        node.link_gb_per_s_per_pair,
        node.host_link,
        node.host_link_gb_per_s_per_direction,
        node.fabric.kind,
        node.fabric.link,
        node.fabric.gbit_per_s_per_node,
    )


def settings(spec: "Spec", workload: "WorkloadSpec", catalog: "Catalog") -> tuple[Setting, ...]:
    """Every combination of weight format, KV format, engine and step size that the workload may use."""
    factors = Efficiencies(merged_factors(catalog))
    found = []
    for formats in _formats(workload, catalog):
        for engine in current_engines(spec.engine, catalog):
            if engine.family in _families(formats, catalog, spec.engine):
                found += [
                    Setting(catalog, factors, workload.model, formats, engine, tokens, workload.lengths)
                    for tokens in engine.batched_token_choices
                ]
    return tuple(found)


def _formats(workload: "WorkloadSpec", catalog: "Catalog") -> "Iterator[Formats]":
    """Every weight format by itself and in its mixtures, with every KV format."""
    names = weight_formats(workload, catalog)
    for name in names:
        for mixture in ("", *mixtures_of(catalog, workload.model, name, names)):
            for kv in workload.kv_formats:
                yield formats_of(catalog, workload.model, name, kv, mixture=mixture, model_id=workload.model_id)


def _families(formats: Formats, catalog: "Catalog", families: "Iterable[str]") -> tuple[str, ...]:
    """Engine families that are known to serve a choice of formats: for a mixture those that it names."""
    mixture = catalog.formats[formats.name].mixtures.get(formats.mixture)
    return tuple(families) if mixture is None else tuple(f for f in families if f in mixture.engines)


def merged_factors(catalog: "Catalog") -> dict[str, float]:
    """All calibration factors, later entries over earlier ones."""
    merged: dict[str, float] = {}
    for entry in catalog.calibrations.values():
        merged |= entry.factors
    return merged


def weight_formats(workload: "WorkloadSpec", catalog: "Catalog") -> tuple[str, ...]:
    """Return the formats asked for; without a choice the checkpoint's own, or bf16 and fp8.

    ``fp8`` admits every FP8 scaling. A floor on quality opens the choice to every format: what falls below it is
    rejected by name.
    """
    released = workload.model.quantisation
    if workload.formats is None:
        if released and released.weight_format in catalog.formats:
            return (released.weight_format,)
        return ("bf16", "fp8") if workload.quality.min_recovery is None else tuple(catalog.formats)
    if released and released.weight_format == "fp8-block":
        return tuple(dict.fromkeys("fp8-block" if name == "fp8" else name for name in workload.formats))
    return workload.formats


def current_engines(families: "Iterable[str]", catalog: "Catalog") -> "tuple[Engine, ...]":
    """Return today's profile of each engine named."""
    return tuple(e for family in families for e in catalog.engines.values() if e.family == family and e.current)


def possible(setting: Setting, node: "Node", *, native_only: bool) -> bool:
    """Whether the engine and the formats run on the node's accelerator; a mixture joins only what is native there."""
    accelerator = setting.catalog.accelerators[node.accelerator]
    if accelerator.vendor not in setting.engine.vendors:
        return False
    family = setting.engine.family
    computes = [compute_of(setting.formats.kv, accelerator, family)]
    for name, modules in setting.formats.used.items():
        compute = compute_of(setting.catalog.formats[name], accelerator, family)
        if compute is not None and compute.experts_only and set(modules) != {EXPERTS}:
            return False
        joined = bool(setting.formats.mixture) and name != setting.formats.name
        if joined and (compute is None or compute.support != "native"):
            return False
        computes.append(compute)
    if any(compute is None for compute in computes):
        return False
    return not native_only or all(compute is not None and compute.support == "native" for compute in computes)


def evaluate(settings_: "Sequence[Setting]", nodes: "Sequence[Node]", allowed: "NDArray[np.bool_]") -> Physical:
    """Evaluate every layout on every node for every setting where ``allowed[setting, node]``.

    Settings that differ in the largest step alone, next to each other, are evaluated together. Rows whose memory admits
    no sequence carry no step times.
    """
    cells = grid(splits(settings_[0].model), nodes)

    def alike(at: int) -> tuple[object, ...]:
        return id(settings_[at].formats), settings_[at].engine.id, allowed[at].tobytes()

    groups = [list(group) for _, group in groupby(range(len(settings_)), alike)]
    parts = [_one(settings_, group, nodes, cells.take(allowed[group[0]])) for group in groups]
    return _joined(tuple(settings_), tuple(nodes), [part for part in parts if part is not None])


@dataclass(frozen=True, eq=False)
class _Part:
    node: Ints
    setting: Ints
    layout: Layout
    memory: Memory
    slots: Floats
    served: Ints
    service: Service


def _one(settings_: "Sequence[Setting]", group: list[int], nodes: "Sequence[Node]", cells: Grid) -> _Part | None:
    """Evaluate the cells for settings that differ in the largest step alone, one after the other."""
    if not len(cells.node):
        return None
    setting, names = settings_[group[0]], tuple(node.id for node in nodes)
    node, layout = np.tile(cells.node, len(group)), cells.layout.mapped(lambda values: np.tile(values, len(group)))
    at = np.repeat(np.array(group, dtype=np.int64), len(cells.node))
    tokens = np.array([float(each.batched_tokens) for each in settings_])[at]
    use = memory_of(setting, sockets_for(setting, names, node), layout, batched_tokens=tokens)
    slots = admitted(setting, use, layout)
    served = np.flatnonzero(slots >= 1.0)
    fitting = layout.take(served)
    machine = machine_of(setting, sockets_for(setting, names, node[served]), fitting)
    service = service_of(setting, machine, fitting, slots[served], tokens[served])
    return _Part(node, at, layout, use, slots, served, service)


def _joined(settings_: tuple[Setting, ...], nodes: "tuple[Node, ...]", parts: list[_Part]) -> Physical:
    node = np.concatenate([p.node for p in parts])
    setting = np.concatenate([p.setting for p in parts])
    served = np.full(len(node), -1, dtype=np.int64)
    offset = taken = 0
    for part in parts:
        served[offset + part.served] = taken + np.arange(len(part.served))
        offset, taken = offset + len(part.node), taken + len(part.served)
    services = [p.service for p in parts]
    service = Service(
        _stacked(Steps, [s.steps for s in services]),
        settings_[0].lengths,
        *(np.concatenate([getattr(s, name) for s in services]) for name in ("slots", "mixed", "front_s")),
    )
    layout = _stacked(Layout, [p.layout for p in parts])
    memory = _stacked(Memory, [p.memory for p in parts])
    slots = np.concatenate([p.slots for p in parts])
    return Physical(nodes, settings_, node, setting, layout, memory, slots, served, service)


def _stacked(kind: type[_Stack], parts: "list[_Stack]") -> _Stack:
    names = [item.name for item in fields(kind)]
    return kind(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
