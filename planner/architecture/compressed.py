"""compressed-tensors configurations (llm-compressor): groups of targets with schemes for weights and activations."""

from dataclasses import replace

from planner.architecture.fields import Fields, shown
from planner.architecture.patterns import Patterns
from planner.architecture.schemes import Rule, Scheme, module_list, read_kv_format
from planner.architecture.storage import STORAGE, Storage

_FORMATS = {
    ("float", 8, False): "fp8",
    ("int", 8, False): "int8",
    ("int", 8, True): "w8a16",
    ("float", 8, True): "w8a16",
    ("int", 4, True): "w4a16",
    ("int", 4, False): "w4a8",
}
"""By type, bits, and whether only the weights are quantised."""
_SHAPE_BYTES = 16
_CHANNEL_SCALE_BYTES = 2
_NVFP4_GROUP, _MXFP4_GROUP = 16, 32


def read_compressed_tensors(fields: Fields) -> Scheme:
    """Return the scheme of ``config_groups``; groups without weights (caches, attention) say nothing about storage.

    Raises
    ------
    ArchitectureError
        For bits, types or strategies that are not understood.
    """
    groups = fields.mapping("config_groups")
    if not groups:
        raise fields.refusal("config_groups", "missing", "compressed-tensors states its groups there")
    rules = []
    inside = Fields(groups, f"{fields.place}: config_groups")
    for name in groups:
        group = inside.mapping(name)
        if group is None:
            raise inside.refusal(str(name), "is not a mapping", "write targets and weights")
        part = Fields(group, f"{fields.place}: config_groups: {name}")
        weights = part.mapping("weights")
        targets = part.items("targets") or ("Linear",)
        if weights is None or (len(targets) == 1 and str(targets[0]).endswith("Attention")):
            continue
        storage = _storage(Fields(weights, f"{part.place}: weights"), part, fields)
        rules.append(Rule(storage, _where(targets, part.place)))
    if not rules:
        raise fields.refusal("config_groups", "quantise no weights", "remove the quantisation config")
    excluded = module_list(fields, "ignore")
    return Scheme("compressed-tensors", tuple(rules), excluded, head=True, kv_format=read_kv_format(fields))


def _where(targets: tuple[object, ...], place: str) -> Patterns | None:
    """Return the modules that a group targets; the class ``Linear`` means all of them."""
    return None if "Linear" in targets else Patterns(targets, f"{place}: targets")


def _storage(weights: Fields, group: Fields, whole: Fields) -> Storage:
    """Return how a group's weights are stored."""
    bits, kind = weights.integer("num_bits"), weights.text("type", "int")
    size = weights.get("group_size")
    packing = group.text("format") or whole.text("format") or ""
    if (kind, bits) == ("float", 4):
        return _four_bit_float(weights, size, packing)
    weight_only = group.mapping("input_activations") is None
    chosen = _FORMATS.get((str(kind), bits, weight_only))
    if chosen is None:
        problem = f"{bits}-bit {kind} is not understood"
        raise weights.refusal("num_bits", problem, "8-bit float and int, 4-bit int and float are")
    return _laid_out(weights, STORAGE[chosen], bits)


def _four_bit_float(weights: Fields, size: object, packing: str) -> Storage:
    if packing.startswith("mxfp4") or (size == _MXFP4_GROUP and not packing.startswith("nvfp4")):
        return STORAGE["mxfp4"]
    if size in (_NVFP4_GROUP, None):
        return STORAGE["nvfp4"]
    raise weights.refusal("group_size", f"{shown(size)} is not understood for 4-bit floats", "16 and 32 are")


def _laid_out(weights: Fields, storage: Storage, bits: int) -> Storage:
    """Return the storage with the scales that ``strategy`` states."""
    strategy = weights.text("strategy", "tensor")
    zero_bits = 0 if weights.flag("symmetric", default=True) else bits
    packed = _SHAPE_BYTES if storage.format in {"w4a16", "w8a16"} else 0
    storage = replace(storage, zero_bits=zero_bits, matrix_bytes=packed, scale_bytes=_CHANNEL_SCALE_BYTES)
    match strategy:
        case "tensor":
            return replace(storage, block_rows=0, block_columns=0)
        case "channel":
            return replace(storage, block_rows=1, block_columns=0)
        case "group":
            return replace(storage, block_rows=1, block_columns=weights.integer("group_size"))
        case "block":
            return _blocked(weights, storage)
        case _:
            raise weights.refusal("strategy", f"{shown(strategy)} is not understood", "tensor, channel, group, block")


def _blocked(weights: Fields, storage: Storage) -> Storage:
    sizes = weights.whole_items("block_structure")
    if sizes is None or len(sizes) != 2 or 0 in sizes:
        raise weights.refusal("block_structure", "missing", "state rows and columns of a block")
    chosen = "fp8-block" if storage.format == "fp8" else storage.format
    return replace(storage, format=chosen, block_rows=sizes[0], block_columns=sizes[1])
