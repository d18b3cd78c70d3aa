"""Reading a Hugging Face ``config.json`` into an :class:`Architecture`; what is not understood is refused by name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.architecture.compressed_attention import closing_parameters, read_streams
from planner.architecture.families import FAMILIES, WRAPPERS, Family
from planner.architecture.fields import Fields, shown
from planner.architecture.keys import CONTEXT_KEYS, READ_SOMEWHERE, WITHOUT_EFFECT, is_set, is_structural
from planner.architecture.layers import Architecture
from planner.architecture.layouts import read_layers
from planner.architecture.notes import left_out, taken_as_given
from planner.architecture.quantisation import read_quantisation
from planner.architecture.residuals import CLOSING_VECTORS, attends_to_depth
from planner.errors import ArchitectureError

_MOST_TOKENS = 2**40
_MOST_KEYS = 10_000


def read_config(config: Mapping[str, Any], *, name: str, quant_config: Mapping[str, Any] | None = None) -> Architecture:
    """Return the architecture that a ``config.json`` dictionary describes.

    Parameters
    ----------
    config
        The parsed ``config.json``; nested ``text_config`` is followed.
    name
        What messages and plans call the model: a catalogue id or a path.
    quant_config
        The parsed ``hf_quant_config.json`` that ModelOpt writes beside it, if any.

    Raises
    ------
    ArchitectureError
        When the model type, a layer type, a structural key or a value is not understood.
    """
    text, model_type = _text_part(config, name)
    family = FAMILIES[model_type]
    root, fields = Fields(config, name), Fields(text, name)
    hidden_size = fields.integer("hidden_size")
    every = read_layers(fields, family, hidden_size)
    distinct = tuple(dict.fromkeys(every))
    position = {layer: index for index, layer in enumerate(distinct)}
    architecture = Architecture(
        name=name,
        family=model_type,
        hidden_size=hidden_size,
        vocab_size=fields.integer("vocab_size", int(family.defaults.get("vocab_size", -1))),
        tied_embeddings=_tied(fields, root, family),
        context_tokens=_context(fields, family),
        layers=distinct,
        order=tuple(position[layer] for layer in every),
        extra_parameters=hidden_size + _closing(fields, family, hidden_size),
        notes=(*left_out(root, fields), *taken_as_given(fields, family, distinct), *_leftovers(fields)),
    )
    quantisation = read_quantisation(config, architecture, quant_config)
    if quantisation is None:
        return architecture
    return replace(architecture, quantisation=quantisation, notes=(*architecture.notes, *quantisation.notes))


def _text_part(config: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], str]:
    """Return the language model's configuration and its type."""
    if not isinstance(config, Mapping):
        raise ArchitectureError(f"{name}: {shown(config)} is not a mapping (write the keys of a config.json)")
    if len(config) > _MOST_KEYS:
        raise ArchitectureError(f"{name}: holds {len(config)} keys (at most {_MOST_KEYS} are read)")
    root = Fields(config, name)
    model_type = root.text("model_type")
    if model_type is None and "quantization" in config:
        raise root.refusal("quantization", "states a checkpoint's format, no model", "give the config.json beside it")
    if model_type is None:
        raise root.refusal("model_type", "missing", f"write one of {', '.join(sorted(FAMILIES))}")
    nested = {key: part for key in ("text_config", "llm_config") if (part := root.mapping(key)) is not None}
    if not nested or (model_type in FAMILIES and model_type not in WRAPPERS):
        _check_known(root, model_type, model_type)
        return config, model_type
    key, text = next(iter(nested.items()))
    inner = Fields(text, f"{name}: {key}")
    text_type = inner.text("model_type", WRAPPERS.get(model_type)) or ""
    around = f"{model_type} around {text_type}" if text_type else model_type
    _check_known(inner, text_type if model_type in WRAPPERS else model_type, around)
    return text, text_type


def _check_known(fields: Fields, model_type: str, shown_type: str) -> None:
    """Refuse a model type without a family, naming the keys of its structure that no reader knows."""
    if model_type in FAMILIES:
        return
    unread = [key for key in fields.unread() if key not in READ_SOMEWHERE]
    strange = [key for key in unread if is_structural(key, fields.value(key))]
    keys = f"; keys not understood: {', '.join(strange[:20])}" if strange else ""
    raise fields.refusal(
        "model_type",
        f"architecture {shown_type!r} is not understood{keys}",
        f"understood are {', '.join(sorted(FAMILIES))}, and {', '.join(sorted(WRAPPERS))} around them",
    )


def _closing(fields: Fields, family: Family, hidden_size: int) -> int:
    """Return the parameters between the last layer and the final norm."""
    if attends_to_depth(fields, family):
        return CLOSING_VECTORS * hidden_size
    return closing_parameters(read_streams(fields), hidden_size) if family.layout == "compressed" else 0


def _tied(fields: Fields, root: Fields, family: Family) -> bool:
    """Return whether head and embedding are one matrix; either level may say so."""
    inner, outer = fields.get("tie_word_embeddings"), root.get("tie_word_embeddings")
    if inner is None and outer is None:
        return family.tied
    return fields.flag("tie_word_embeddings") if inner is not None else root.flag("tie_word_embeddings")


def _context(fields: Fields, family: Family) -> int:
    """Return the context length [token]: the smallest that is stated, or what YaRN extends it to."""
    stated = [value for key in CONTEXT_KEYS if (value := fields.optional(key, high=_MOST_TOKENS)) is not None]
    if not stated:
        default = family.defaults.get("max_position_embeddings")
        if not isinstance(default, int):
            raise fields.refusal(CONTEXT_KEYS[0], "missing", "state the context length in tokens")
        stated = [default]
    return max(min(stated), _yarn(fields))


def _yarn(fields: Fields) -> int:
    """Return the length to which YaRN extends the context [token], or 0."""
    reach = 0
    for key in ("rope_scaling", "rope_parameters"):
        scaling = fields.get(key)
        if not isinstance(scaling, Mapping) or scaling.get("rope_type", scaling.get("type")) != "yarn":
            continue
        rope = Fields(scaling, f"{fields.place}: {key}")
        original = rope.optional("original_max_position_embeddings", high=_MOST_TOKENS)
        factor = rope.number("factor")
        if original is not None and factor is not None:
            reach = max(reach, min(int(original * max(1.0, factor)), _MOST_TOKENS))
    return reach


def _leftovers(fields: Fields) -> tuple[str, ...]:
    """Return a note on keys that nothing read.

    Raises
    ------
    ArchitectureError
        When one of them may change the structure: it would be approximated silently.
    """
    rest = [key for key in fields.unread() if key not in WITHOUT_EFFECT and key not in _ELSEWHERE]
    structural = [key for key in rest if is_structural(key, fields.value(key))]
    if structural:
        values = ", ".join(f"{key}: {shown(fields.value(key))}" for key in structural[:10])
        kind = fields.text("model_type", "this family")
        raise fields.refusal(values, f"not understood for {kind}", "remove what has no effect, or use a known model")
    unknown = [key for key in rest if is_set(fields.value(key))]
    return (f"keys not read: {', '.join(unknown[:20])}",) if unknown else ()


_ELSEWHERE = frozenset(
    {"model_type", "quantization_config", "compression_config", "expert_dtype", "text_config", "vision_config"}
)
