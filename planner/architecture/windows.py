"""Which layers see everything, which slide over a window, and which are linear."""

from collections.abc import Callable
from typing import Literal

from planner.architecture.families import Family
from planner.architecture.fields import MOST_LAYERS, Fields

Kind = Literal["full", "sliding", "linear"]
FULL: Kind = "full"
SLIDING: Kind = "sliding"
LINEAR: Kind = "linear"
_NAMES: dict[str, Kind] = {
    "full_attention": FULL,
    "sliding_attention": SLIDING,
    "chunked_attention": SLIDING,
    "deepseek_sparse_attention": FULL,
    "linear_attention": LINEAR,
}
_LARGEST_WINDOW = 2**40
_INTERVALS = {"full_attention_interval": 4, "sliding_window_pattern": 6, "no_rope_layer_interval": 4}
"""What the model classes take when the configuration is silent."""


def layer_kinds(fields: Fields, family: Family, layers: int) -> tuple[Kind, ...]:
    """Return the kind of every layer, as stated in ``layer_types`` or as the family's code derives it.

    Raises
    ------
    ArchitectureError
        For a layer type that is not understood, or a linear one in a family that has none.
    """
    derived = _derived_kinds(fields, family, layers)
    if any(flag != 1 for flag in fields.whole_items("attn_type_list") or ()):
        raise fields.refusal("attn_type_list", "holds other types than 1 (full attention)", "only those are understood")
    names = fields.names("layer_types", _NAMES, layers)
    if names is None:
        return derived
    kinds = tuple(_NAMES[name] for name in names)
    if LINEAR in kinds and not family.linear:
        raise fields.refusal("layer_types", "linear_attention is not known for this model_type", "check model_type")
    if SLIDING in kinds and family.windows == "none":
        raise fields.refusal("layer_types", "sliding_attention is not known for this model_type", "check model_type")
    return kinds


def _derived_kinds(fields: Fields, family: Family, layers: int) -> tuple[Kind, ...]:
    if family.linear:
        return _every(fields, "full_attention_interval", layers, other=LINEAR)
    if family.kimi_delta:
        return _listed(fields, layers)
    match family.windows:
        case "all":
            return (SLIDING if window_tokens(fields, family) else FULL,) * layers
        case "even_layers":
            return tuple(FULL if index % 2 else SLIDING for index in range(layers))
        case "upper_layers":
            return _upper_layers(fields, family, layers)
        case _:
            return _RULES.get(family.windows, _all_full)(fields, layers)


def _every(fields: Fields, key: str, layers: int, *, other: Kind) -> tuple[Kind, ...]:
    """Return full attention in every ``key``-th layer, counted from one, and ``other`` in the rest."""
    interval = fields.integer(key, _INTERVALS[key])
    return tuple(other if (index + 1) % interval else FULL for index in range(layers))


def _listed(fields: Fields, layers: int) -> tuple[Kind, ...]:
    """Kimi: ``linear_attn_config`` lists the layers of either kind, counted from one."""
    part = Fields(fields.mapping("linear_attn_config") or {}, f"{fields.place}: linear_attn_config")
    linear, full = (set(part.whole_items(key, high=layers) or ()) for key in ("kda_layers", "full_attn_layers"))
    if linear & full or linear | full != set(range(1, layers + 1)):
        raise part.refusal("kda_layers, full_attn_layers", f"do not share out layers 1 to {layers}", "each in one list")
    return tuple(LINEAR if index + 1 in linear else FULL for index in range(layers))


def _upper_layers(fields: Fields, family: Family, layers: int) -> tuple[Kind, ...]:
    """Qwen: with ``use_sliding_window``, the layers from ``max_window_layers`` on slide."""
    used = fields.flag("use_sliding_window")
    window = window_tokens(fields, family)
    first = fields.integer("max_window_layers", layers if not used else 28, low=0)
    if not used or window is None:
        return (FULL,) * layers
    return tuple(SLIDING if index >= first else FULL for index in range(layers))


def _chunked(fields: Fields, layers: int) -> tuple[Kind, ...]:
    """Llama 4: layers with rotary positions attend within a chunk, every fourth (without) to everything."""
    stated = fields.whole_items("no_rope_layers", high=1)
    every = _every(fields, "no_rope_layer_interval", layers, other=SLIDING)
    if stated:
        if len(stated) != layers:
            raise fields.refusal("no_rope_layers", f"{len(stated)} entries for {layers} layers", "one entry a layer")
        return tuple(SLIDING if rotary else FULL for rotary in stated)
    return every


def _pattern(fields: Fields, layers: int) -> tuple[Kind, ...]:
    """MiMo: ``hybrid_layer_pattern`` holds 1 for a sliding layer and 0 for a full one."""
    stated = fields.whole_items("hybrid_layer_pattern", high=1)
    if stated is None:
        raise fields.refusal("hybrid_layer_pattern", "missing", "one 0 (full) or 1 (sliding) a layer is needed")
    if len(stated) != layers:
        raise fields.refusal("hybrid_layer_pattern", f"{len(stated)} entries for {layers} layers", "one entry a layer")
    return tuple(SLIDING if slides else FULL for slides in stated)


def _all_but_every_sixth(fields: Fields, layers: int) -> tuple[Kind, ...]:
    return _every(fields, "sliding_window_pattern", layers, other=SLIDING)


def _named(fields: Fields, layers: int) -> tuple[Kind, ...]:
    """Step: ``layer_types`` says it, and nothing else does."""
    if fields.get("layer_types") is None:
        raise fields.refusal("layer_types", "missing", "state full_attention or sliding_attention a layer")
    return (FULL,) * layers


def _all_full(_fields: Fields, layers: int) -> tuple[Kind, ...]:
    return (FULL,) * layers


_RULES: dict[str, Callable[[Fields, int], tuple[Kind, ...]]] = {
    "all_but_every_sixth": _all_but_every_sixth,
    "chunked": _chunked,
    "pattern": _pattern,
    "named": _named,
}


def window_tokens(fields: Fields, family: Family) -> int | None:
    """Return the window [token] of the sliding layers, or ``None`` where none is stated."""
    key = "attention_chunk_size" if family.windows == "chunked" else "sliding_window"
    if family.windows == "pattern":
        for same in ("sliding_window_size", "attention_chunk_size"):
            other = fields.optional(same, high=_LARGEST_WINDOW)
            if other is not None and other != fields.optional(key, high=_LARGEST_WINDOW):
                raise fields.refusal(same, f"{other} differs from {key}", "both name one window; keep one")
    window = fields.optional(key, high=_LARGEST_WINDOW)
    default = family.defaults.get(key)
    return default if window is None and isinstance(default, int) and family.windows != "all" else window


def layer_count(fields: Fields) -> int:
    """Return ``num_hidden_layers``, bounded so that a hostile configuration cannot hang the reader."""
    return fields.integer("num_hidden_layers", high=MOST_LAYERS)
