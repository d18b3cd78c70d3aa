"""NVIDIA ModelOpt's configurations: inside ``config.json``, or as a separate ``hf_quant_config.json``."""

from collections.abc import Mapping
from dataclasses import replace

from planner.architecture.fields import Fields, shown
from planner.architecture.schemes import Rule, Scheme, by_format, module_list, read_kv_format
from planner.architecture.storage import STORAGE

ALGORITHMS = {
    "FP8": "fp8",
    "FP8_PER_CHANNEL_PER_TOKEN": "fp8",
    "FP8_PB_WO": "fp8-block",
    "MXFP8": "mxfp8",
    "INT8": "int8",
    "W8A8_SQ_PER_CHANNEL": "int8",
    "W8A16": "w8a16",
    "W4A16": "w4a16",
    "W4A16_AWQ": "w4a16",
    "W4A8_AWQ": "w4a8",
    "NVFP4": "nvfp4",
    "NVFP4_AWQ": "nvfp4",
    "W4A16_NVFP4": "nvfp4",
    "MXFP4": "mxfp4",
}
_MOST_MODULES = 1_000_000


def read_modelopt(fields: Fields) -> Scheme:
    """Return the scheme of a ``quant_algo``, with ``ignore`` or ``exclude_modules`` left out.

    Raises
    ------
    ArchitectureError
        For an algorithm that is not understood.
    """
    algorithm = fields.text("quant_algo")
    excluded = module_list(fields, "ignore", "exclude_modules")
    notes = () if len(excluded) else ("the checkpoint names no excluded modules: only head and routers are left out",)
    common = Scheme("modelopt", (), excluded, head=len(excluded) > 0, kv_format=read_kv_format(fields), notes=notes)
    if algorithm == "MIXED_PRECISION":
        return replace(common, rules=_by_layer(fields), notes=())
    chosen = _format(fields, "quant_algo", algorithm)
    storage = STORAGE[chosen]
    size = fields.optional("group_size")
    if size is not None and storage.block_columns:
        storage = replace(storage, block_columns=size)
    return replace(common, rules=(Rule(storage),))


def _by_layer(fields: Fields) -> tuple[Rule, ...]:
    """Return the rules of ``quantized_layers``: every module named with its algorithm."""
    layers = fields.mapping("quantized_layers")
    if not layers or len(layers) > _MOST_MODULES:
        raise fields.refusal("quantized_layers", "missing", "MIXED_PRECISION needs an algorithm a module")
    named = []
    for name, entry in layers.items():
        algorithm = entry.get("quant_algo") if isinstance(entry, Mapping) else None
        named.append((name, _format(fields, f"quantized_layers: {name}", algorithm)))
    return by_format(named, f"{fields.place}: quantized_layers")


def _format(fields: Fields, key: str, algorithm: object) -> str:
    if not isinstance(algorithm, str) or algorithm.upper() not in ALGORITHMS:
        known = ", ".join(sorted(ALGORITHMS))
        raise fields.refusal(key, f"algorithm {shown(algorithm)} is not understood", f"understood are {known}")
    return ALGORITHMS[algorithm.upper()]
