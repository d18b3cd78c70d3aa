"""Reading what a released checkpoint holds in which format, resolved against the matrices of its architecture."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from planner.architecture.checkpoint import Choice, hold
from planner.architecture.compressed import read_compressed_tensors
from planner.architecture.fields import Fields
from planner.architecture.layers import Architecture, Holding, Quantisation
from planner.architecture.matrices import EMBEDDING, EXPERTS, HEAD, MODULES, NORMS, ROUTER, Matrix
from planner.architecture.methods import read_awq, read_fp8, read_gptq, read_mxfp4
from planner.architecture.modelopt import read_modelopt
from planner.architecture.names import EMBEDDING_NAMES, HEAD_NAMES, full_names, names_in_layer
from planner.architecture.patterns import Patterns
from planner.architecture.schemes import Rule, Scheme, read_kv_format, unknown_method
from planner.architecture.storage import BF16, STORAGE, Storage
from planner.errors import ArchitectureError

_METHODS: dict[str, Callable[[Fields], Scheme]] = {
    "fp8": read_fp8,
    "mxfp4": read_mxfp4,
    "awq": read_awq,
    "gptq": read_gptq,
    "modelopt": read_modelopt,
    "modelopt_fp4": read_modelopt,
    "compressed-tensors": read_compressed_tensors,
    "compressed_tensors": read_compressed_tensors,
}
_EXPERT_FORMATS = {"fp4": "mxfp4", "fp8": None}
_MOST_EFFORT = 20_000
_BY_NAME_ONLY = frozenset({ROUTER, EMBEDDING})
"""Modules that no scheme means by "every linear layer"."""


def read_quantisation(
    config: Mapping[str, Any], architecture: Architecture, quant_config: Mapping[str, Any] | None = None
) -> Quantisation | None:
    """Return how the checkpoint of a configuration holds its weights, or ``None`` when it is not quantised.

    Parameters
    ----------
    config
        A ``config.json``; ``quantization_config`` is looked for at its root and in its language model's part.
    architecture
        The same configuration as read by :func:`planner.architecture.config.read_config`.
    quant_config
        ModelOpt's ``hf_quant_config.json``; used where ``config`` states nothing, and for the cache's format.

    Raises
    ------
    ArchitectureError
        For a method, an algorithm or bits that are not understood.
    """
    stated = _stated(config, architecture.name)
    legacy = _legacy(quant_config, architecture.name)
    if stated is not None:
        scheme = _with_expert_format(_scheme(stated), config, architecture.name)
    elif legacy is not None:
        scheme = read_modelopt(legacy)
    else:
        return None
    legacy_kv_format = None if legacy is None else read_kv_format(legacy)
    return _resolved(architecture, scheme, scheme.kv_format or legacy_kv_format)


def _stated(config: Mapping[str, Any], name: str) -> Fields | None:
    """Return the quantisation configuration inside a ``config.json``."""
    root = Fields(config, name)
    parts = [config, *(part for key in ("text_config", "llm_config") if (part := root.mapping(key)) is not None)]
    for part in parts:
        for key in ("quantization_config", "compression_config"):
            found = Fields(part, name).mapping(key)
            if found:
                return Fields(found, f"{name}: {key}")
    return None


def _legacy(quant_config: Mapping[str, Any] | None, name: str) -> Fields | None:
    """Return the part of ``hf_quant_config.json`` that states the format."""
    if quant_config is None:
        return None
    place = f"{name}: hf_quant_config"
    found = Fields(quant_config, place).mapping("quantization")
    return Fields(found, f"{place}: quantization") if found else None


def _scheme(fields: Fields) -> Scheme:
    """Return the scheme of a configuration; ModelOpt is known by its algorithm where no method is named."""
    method = fields.text("quant_method")
    if method is None and fields.get("quant_algo") is not None:
        method = "modelopt"
    if method is None and fields.get("config_groups") is not None:
        method = "compressed-tensors"
    if method is None or method.lower() not in _METHODS:
        raise unknown_method(method, fields.place, _METHODS)
    return _METHODS[method.lower()](fields)


def _with_expert_format(scheme: Scheme, config: Mapping[str, Any], name: str) -> Scheme:
    """Return the scheme with what ``expert_dtype`` says of routed experts (DeepSeek-V4 holds them in MXFP4)."""
    root = Fields(config, name)
    stated = root.text("expert_dtype") or Fields(root.mapping("text_config") or {}, name).text("expert_dtype")
    if stated is None or any(rule.where is not None for rule in scheme.rules):
        return scheme
    if stated not in _EXPERT_FORMATS:
        raise root.refusal("expert_dtype", f"{stated!r} is not understood", f"{', '.join(_EXPERT_FORMATS)} are")
    chosen = _EXPERT_FORMATS[stated]
    experts = Patterns(["*.experts.*"], name)
    rules = () if chosen is None else (Rule(STORAGE[chosen], experts),)
    return replace(scheme, rules=rules + scheme.rules)


def _resolved(architecture: Architecture, scheme: Scheme, kv_format: str | None) -> Quantisation:
    holdings = hold(architecture, _choice(architecture, scheme))
    by_format: Counter[str] = Counter()
    for holding in holdings:
        by_format[holding.format] += holding.elements
    ordered = [chosen for chosen, _count in by_format.most_common() if chosen != BF16.format]
    weight_format = ordered[0] if ordered else BF16.format
    majority = _majority(holdings)
    group = next((rule.storage.block_columns for rule in scheme.rules if rule.storage.format == weight_format), 0)
    return Quantisation(
        method=scheme.method,
        weight_format=weight_format,
        kv_format=kv_format,
        group_size=group or None,
        unquantised=frozenset(module for module, chosen in majority.items() if chosen == BF16.format) | {NORMS},
        mixed=tuple((m, chosen) for m, chosen in majority.items() if chosen not in {weight_format, BF16.format}),
        holdings=holdings,
        notes=scheme.notes,
    )


def _majority(holdings: tuple[Holding, ...]) -> dict[str, str]:
    """Return the format that most elements of each module class take."""
    largest: dict[str, Holding] = {}
    for holding in holdings:
        if holding.module not in largest or holding.elements > largest[holding.module].elements:
            largest[holding.module] = holding
    return {module: largest[module].format for module in MODULES if module in largest}


def _choice(architecture: Architecture, scheme: Scheme) -> Choice:
    """Return the function that finds the storage of each matrix under a scheme."""
    inner: dict[str, tuple[str, ...]] = {}
    settled: dict[Matrix, Storage] = {}
    lists = (scheme.excluded, *(rule.where for rule in scheme.rules if rule.where is not None))
    numbered = any(patterns.numbered for patterns in lists)
    effort = architecture.layer_count * sum(patterns.expressions for patterns in lists)
    if numbered and effort > _MOST_EFFORT:
        rule = f"at most {_MOST_EFFORT} layers times patterns are tried; name modules instead"
        raise ArchitectureError(f"{architecture.name}: quantization_config: {effort} layers times patterns ({rule})")

    def choose(place: int | None, matrix: Matrix) -> Storage:
        if place is None:
            return _storage(scheme, matrix, HEAD_NAMES if matrix.module == HEAD else EMBEDDING_NAMES)
        if matrix in settled:
            return settled[matrix]
        if matrix.name not in inner:
            inner[matrix.name] = names_in_layer(matrix, architecture.family)
        storage = _storage(scheme, matrix, full_names(inner[matrix.name], architecture.family, place))
        if not numbered:
            settled[matrix] = storage
        return storage

    return choose


def _storage(scheme: Scheme, matrix: Matrix, names: tuple[str, ...]) -> Storage:
    """Return the storage of one matrix: rules that name it, then those that mean every linear layer."""
    if scheme.excluded.match_any(names):
        return BF16
    for rule in scheme.rules:
        if rule.where is not None and rule.where.match_any(names):
            return rule.storage
    meant = matrix.linear and matrix.module not in _BY_NAME_ONLY and (scheme.head or matrix.module != HEAD)
    if meant and (matrix.module == EXPERTS or not scheme.experts_only):
        return next((rule.storage for rule in scheme.rules if rule.where is None), BF16)
    return BF16
