"""One configuration by name: model, accelerator, layout, formats and engine, or refused with the nearest name."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.architecture.config import read_config
from planner.architecture.loading import load_architecture
from planner.architecture.matrices import EXPERTS
from planner.candidates.holdings import Formats, formats_of
from planner.candidates.layouts import Split, splits
from planner.candidates.physics import Setting, admitted, machine_of, memory_of, sockets_for
from planner.candidates.precision import Efficiencies, compute_of
from planner.candidates.rows import current_engines, merged_factors
from planner.catalog.nearest import did_you_mean
from planner.errors import SpecError
from planner.perf.hardware import Layout

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture
    from planner.catalog.catalog import Catalog
    from planner.catalog.schema import Format, Node
    from planner.perf.hardware import Floats, Machine
    from planner.perf.lengths import Lengths
    from planner.perf.memory import Memory


@dataclass(frozen=True, eq=False)
class Scene:
    """One configuration on its node, as a table of one column."""

    setting: Setting
    node: "Node"
    split: Split
    layout: Layout
    machine: "Machine"
    use: "Memory"
    slots: "Floats"


def model_named(catalog: "Catalog", name: str) -> "Architecture":
    """Return the architecture of a catalogue id, or of a ``config.json`` or its folder."""
    if name in catalog.models:
        return read_config(catalog.models[name].config, name=name)
    if there(name):
        return load_architecture(Path(name), name=name)
    raise SpecError(
        f"--model: {name[:200]!r} is neither a model of the catalogue nor a file ({did_you_mean(name, catalog.models)})"
    )


def there(name: str) -> bool:
    """Whether a file or folder has this name; no name that the system cannot take has one."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def accelerator_named(catalog: "Catalog", name: str) -> str:
    """Return the id of an accelerator given by id or alias."""
    for entry in catalog.accelerators.values():
        if name == entry.id or name in entry.aliases:
            return entry.id
    remedy = did_you_mean(name, catalog.accelerators)
    raise SpecError(f"--accelerator: {name!r} is not in the catalogue ({remedy})")


def scene_of(
    catalog: "Catalog", model: "Architecture", accelerator: str, lengths: "Lengths", configuration: dict[str, Any]
) -> Scene:
    """Return one configuration on the accelerator's reference node; raise SpecError where it cannot run."""
    split = _split(model, configuration)
    node = _node(catalog, accelerator)
    setting = _setting(catalog, model, lengths, configuration)
    layout = Layout(*(np.array([float(n)]) for n in (split.tensor, split.pipeline, split.expert, split.attention_data)))
    for name, modules in setting.formats.used.items():
        compute = compute_of(catalog.formats[name], catalog.accelerators[accelerator], setting.engine.family)
        if compute is None:
            raise SpecError(f"--weight-format: {name} does not run on {accelerator} with {setting.engine.family}")
        if compute.experts_only and set(modules) != {EXPERTS}:
            raise SpecError(
                f"--weight-format: {setting.engine.family} runs {name} on {accelerator} for routed experts alone, and "
                f"here it holds {', '.join(modules)} (choose another format)"
            )
    if compute_of(setting.formats.kv, catalog.accelerators[accelerator], setting.engine.family) is None:
        raise SpecError(
            f"--kv-format: {setting.formats.kv.id} does not run on {accelerator} with {setting.engine.family}"
        )
    sockets = sockets_for(catalog, (node.id,), np.zeros(1, dtype=np.int64))
    use = memory_of(setting, sockets, layout)
    return Scene(
        setting, node, split, layout, machine_of(setting, sockets, layout), use, admitted(setting, use, layout)
    )


def _split(model: "Architecture", configuration: dict[str, Any]) -> Split:
    keys = ("tensor_parallel", "pipeline_parallel", "expert_parallel", "attention_data_parallel")
    split = Split(*(int(configuration.get(key) or 1) for key in keys))
    degrees = sorted({each.tensor for each in splits(model)})
    if split.tensor not in degrees:
        allowed = ", ".join(map(str, degrees))
        raise SpecError(
            f"--tensor-parallel: {split.tensor} does not divide the heads of {model.name} (one of {allowed})"
        )
    if split.pipeline > model.layer_count:
        raise SpecError(f"--pipeline-parallel: {split.pipeline} stages for {model.layer_count} layers")
    if split.group % split.expert:
        raise SpecError(f"--expert-parallel: {split.expert} does not divide the {split.group} accelerators of a stage")
    return split


def _node(catalog: "Catalog", accelerator: str) -> "Node":
    return next(node for node in catalog.nodes.values() if node.accelerator == accelerator and node.reference)


def _setting(catalog: "Catalog", model: "Architecture", lengths: "Lengths", configuration: dict[str, Any]) -> Setting:
    families = {engine.family for engine in catalog.engines.values()}
    family = configuration.get("engine") or "vllm"
    if family not in families:
        raise SpecError(f"--engine: {family!r} is not an engine ({did_you_mean(family, families)})")
    engine = current_engines((family,), catalog)[0]
    formats = _formats(catalog, model, family, configuration)
    factors = Efficiencies(merged_factors(catalog))
    return Setting(catalog, factors, model, formats, engine, engine.max_num_batched_tokens, lengths)


def _formats(catalog: "Catalog", model: "Architecture", family: str, configuration: dict[str, Any]) -> Formats:
    """Return the formats asked for: ``w4a16``, or with one of its mixtures ``w4a16+fp8-attention``."""
    released = model.quantisation
    asked = configuration.get("weight_format") or (released.weight_format if released else "bf16")
    name, plus, mixture = asked.partition("+")
    if name == "fp8" and released and released.weight_format == "fp8-block":
        name = "fp8-block"
    kv = configuration.get("kv_format") or (released.kv_format if released and released.kv_format else "bf16")
    for option, value, known in (("weight", name, catalog.formats), ("kv", kv, catalog.kv_formats)):
        if value not in known:
            raise SpecError(f"--{option}-format: {value!r} is not a format ({did_you_mean(value, known)})")
    found = formats_of(
        catalog, model, name, kv, mixture=_mixture(catalog.formats[name], mixture, family) if plus else ""
    )
    if name not in found.used:
        raise SpecError(f"--weight-format: {asked} leaves nothing of {model.name} in {name} (choose another mixture)")
    return found


def _mixture(held: "Format", mixture: str, family: str) -> str:
    """Return the name of a mixture that the format has and the engine serves."""
    if mixture not in held.mixtures:
        remedy = did_you_mean(mixture, held.mixtures) if held.mixtures else "it has none"
        raise SpecError(f"--weight-format: {mixture!r} is no mixture of {held.id} ({remedy})")
    served = held.mixtures[mixture].engines
    if family not in served:
        problem = f"{held.id}+{mixture} is not known to run on {family}"
        raise SpecError(f"--weight-format: {problem} (try --engine {served[0]})")
    return mixture
