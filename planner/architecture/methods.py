"""Quantisation methods with a configuration of their own: FP8 of transformers, MXFP4, AWQ and GPTQ."""

from collections.abc import Mapping
from dataclasses import replace

from planner.architecture.fields import Fields, shown
from planner.architecture.modelopt import read_modelopt
from planner.architecture.patterns import Patterns
from planner.architecture.schemes import Rule, Scheme, grouped, module_list, read_kv_format
from planner.architecture.storage import STORAGE

_INDEX_BYTES = 4
_FORMATS = {4: "w4a16", 8: "w8a16"}


def read_fp8(fields: Fields) -> Scheme:
    """Return the scheme of ``fp8``: ``weight_block_size`` with float32 scales, or one scale a tensor.

    ModelOpt lays its own algorithm over such a checkpoint (DeepSeek-V4-NVFP4): modules that ``quantized_layers`` names
    take it, and those that it ignores stay in FP8 as they were.
    """
    if fields.get("quant_algo") is not None:
        return replace(_blocks(fields, ()), rules=read_modelopt(fields).rules + _blocks(fields, ()).rules)
    return _blocks(fields, ("modules_to_not_convert", "ignored_layers", "ignore"))


def _blocks(fields: Fields, lists: tuple[str, ...]) -> Scheme:
    block = fields.whole_items("weight_block_size")
    excluded = module_list(fields, *lists)
    kv_format = read_kv_format(fields)
    if block is None:
        return Scheme("fp8", (Rule(STORAGE["fp8"]),), excluded, kv_format=kv_format)
    if len(block) != 2 or 0 in block:
        raise fields.refusal("weight_block_size", f"{shown(list(block))} is no block", "write rows and columns")
    storage = replace(STORAGE["fp8-block"], block_rows=block[0], block_columns=block[1])
    return Scheme("fp8", (Rule(storage),), excluded, kv_format=kv_format)


def read_mxfp4(fields: Fields) -> Scheme:
    """Return the scheme of ``mxfp4`` (gpt-oss): routed experts alone, the rest as published."""
    excluded = module_list(fields, "modules_to_not_convert")
    return Scheme("mxfp4", (Rule(STORAGE["mxfp4"]),), excluded, experts_only=True, kv_format=read_kv_format(fields))


def read_awq(fields: Fields) -> Scheme:
    """Return the scheme of AWQ: groups along the inputs with 16-bit scales and packed zero points."""
    bits = _bits(fields, "bits", "w_bit")
    key = "group_size" if fields.get("group_size") is not None else "q_group_size"
    storage = grouped(fields, key, STORAGE[_FORMATS[bits]], _group(fields, key))
    storage = replace(storage, zero_bits=bits if fields.flag("zero_point", default=True) else 0)
    excluded = module_list(fields, "modules_to_not_convert")
    return Scheme("awq", (Rule(storage),), excluded, kv_format=read_kv_format(fields))


def read_gptq(fields: Fields) -> Scheme:
    """Return the scheme of GPTQ: groups, packed zero points always stored, one group index an input channel."""
    bits = _bits(fields, "bits")
    storage = grouped(fields, "group_size", STORAGE[_FORMATS[bits]], _group(fields, "group_size"))
    storage = replace(storage, zero_bits=bits, column_bytes=_INDEX_BYTES)
    entries: list[object] = list(fields.items("modules_to_not_convert") or ())
    for pattern, settings in (fields.mapping("dynamic") or {}).items():
        if str(pattern).startswith("-:"):
            entries.append("re:" + str(pattern).removeprefix("-:"))
        elif isinstance(settings, Mapping) and settings.keys() & {"bits", "group_size"}:
            raise fields.refusal("dynamic", f"{shown(pattern)} changes bits", "only exclusions (-:) are understood")
    excluded = Patterns(entries, f"{fields.place}: dynamic")
    head = fields.flag("lm_head")
    return Scheme("gptq", (Rule(storage),), excluded, head=head, kv_format=read_kv_format(fields))


def _bits(fields: Fields, *keys: str) -> int:
    for key in keys:
        if fields.get(key) is not None:
            bits = fields.integer(key)
            if bits not in _FORMATS:
                raise fields.refusal(key, f"{bits} bits are not understood", "4 and 8 are")
            return bits
    raise fields.refusal(keys[0], "missing", "state 4 or 8")


def _group(fields: Fields, key: str) -> int | None:
    return fields.optional(key, low=-1)
