"""The sequence of decoder layers of a model: which parts stand where."""

from planner.architecture.compressed_attention import read_compressed
from planner.architecture.families import Family, parts_that_may_be_absent
from planner.architecture.fields import MOST_LAYERS, Fields, shown
from planner.architecture.indexers import read_block_indexers, read_indexers
from planner.architecture.layers import DenseMlp, Indexer, Layer, Mixer, MoeMlp, SoftmaxAttention
from planner.architecture.mixers import (
    read_head_dim,
    read_kimi_delta,
    read_latent,
    read_linear,
    read_mamba,
    read_softmax,
)
from planner.architecture.mlps import read_dense, read_moe, sparse_layers
from planner.architecture.residuals import RESIDUAL_VECTORS, attends_to_depth
from planner.architecture.windows import LINEAR, SLIDING, Kind, layer_count, layer_kinds, window_tokens

_NEMOTRON_LETTERS = {"M": "mamba", "E": "moe", "*": "attention", "-": "mlp"}
_PARALLEL_NORMS = 3
_NAS_MULTIPLE = 256

_Key = tuple[Kind, bool, Indexer | None]
"""What tells the layers of a plain decoder apart."""


def read_layers(fields: Fields, family: Family, hidden_size: int) -> tuple[Layer, ...]:
    """Return every decoder layer in order."""
    for quantity in parts_that_may_be_absent(family):
        fields.stated(quantity)
    match family.layout:
        case "compressed":
            return read_compressed(fields, family, hidden_size)
        case "nemotron_h":
            return _nemotron_h(fields, family, hidden_size)
        case "nemotron_nas":
            return _nemotron_nas(fields, family, hidden_size)
        case _:
            return _decoder(fields, family, hidden_size)


def _decoder(fields: Fields, family: Family, hidden_size: int) -> tuple[Layer, ...]:
    """Every layer has a mixer and a feed-forward block."""
    layers = layer_count(fields)
    sparse = sparse_layers(fields, family, layers)
    kinds = layer_kinds(fields, family, layers)
    indexers = _indexers(fields, family, layers)
    cache: dict[_Key, Layer] = {}
    order = []
    for key in zip(kinds, sparse, indexers, strict=True):
        if key not in cache:
            cache[key] = _decoder_layer(fields, family, hidden_size, key)
        order.append(cache[key])
    return tuple(order)


def _indexers(fields: Fields, family: Family, layers: int) -> tuple[Indexer | None, ...]:
    if family.block_sparse:
        return read_block_indexers(fields, layers)
    return read_indexers(fields, layers) if family.latent else (None,) * layers


def _decoder_layer(fields: Fields, family: Family, hidden_size: int, key: _Key) -> Layer:
    kind, sparse, indexer = key
    mixer: Mixer
    if kind == LINEAR:
        mixer = read_kimi_delta(fields) if family.kimi_delta else read_linear(fields)
    elif family.latent:
        mixer = read_latent(fields, hidden_size, indexer)
    else:
        mixer = read_softmax(fields, family, hidden_size, _window(fields, family, kind), indexer)
    mlp = read_moe(fields, family, hidden_size) if sparse else read_dense(fields, family, hidden_size)
    norms = family.layer_norms + (_PARALLEL_NORMS if sparse and family.parallel_dense else 0)
    norms += RESIDUAL_VECTORS if attends_to_depth(fields, family) else 0
    return Layer(mixer, mlp, norm_parameters=norms * hidden_size)


def _window(fields: Fields, family: Family, kind: Kind) -> int | None:
    if kind != SLIDING:
        return None
    window = window_tokens(fields, family)
    if window is None:
        key = "attention_chunk_size" if family.windows == "chunked" else "sliding_window"
        raise fields.refusal(key, "missing, and some layers slide", "state the window in tokens")
    return window


def _nemotron_h(fields: Fields, family: Family, hidden_size: int) -> tuple[Layer, ...]:
    """Nemotron-H: every layer is one block (Mamba-2, attention, dense or experts) behind one normalisation."""
    kinds = _nemotron_kinds(fields)
    parts: dict[str, Layer] = {}
    for kind in dict.fromkeys(kinds):
        parts[kind] = _nemotron_layer(fields, family, hidden_size, kind)
    return tuple(parts[kind] for kind in kinds)


def _nemotron_layer(fields: Fields, family: Family, hidden_size: int, kind: str) -> Layer:
    match kind:
        case "mamba":
            return Layer(read_mamba(fields, hidden_size), None, norm_parameters=hidden_size)
        case "attention":
            window = fields.optional("sliding_window")
            return Layer(read_softmax(fields, family, hidden_size, window), None, norm_parameters=hidden_size)
        case "moe":
            return Layer(None, _nemotron_moe(fields, hidden_size), norm_parameters=hidden_size)
        case _:
            return Layer(None, _squared_relu(fields, hidden_size), norm_parameters=hidden_size)


def _nemotron_kinds(fields: Fields) -> tuple[str, ...]:
    pattern, named = fields.text("hybrid_override_pattern"), fields.items("layers_block_type")
    stated = fields.optional("num_hidden_layers", high=MOST_LAYERS)
    if pattern is not None and len(pattern) > MOST_LAYERS:
        raise fields.refusal("hybrid_override_pattern", f"holds {len(pattern)} layers", f"at most {MOST_LAYERS}")
    if pattern is None and named is None:
        raise fields.refusal("hybrid_override_pattern", "missing", "it (or layers_block_type) says what each layer is")
    key = "layers_block_type" if pattern is None else "hybrid_override_pattern"
    kinds: tuple[object, ...] = named or ()
    if pattern is not None:
        kinds = tuple(_NEMOTRON_LETTERS.get(letter, letter) for letter in pattern)
    unknown = next((kind for kind in kinds if kind not in _NEMOTRON_LETTERS.values()), None)
    if unknown is not None or not kinds:
        raise fields.refusal(key, f"{shown(unknown)} is not understood", "mamba M, moe E, attention *, mlp - are")
    if pattern is not None and named is not None and kinds != named:
        raise fields.refusal("layers_block_type", "contradicts hybrid_override_pattern", "keep one of them")
    if stated is not None and stated != len(kinds):
        raise fields.refusal("num_hidden_layers", f"{stated}, but {key} has {len(kinds)} layers", "make them equal")
    return tuple(str(kind) for kind in kinds)


def _squared_relu(fields: Fields, hidden_size: int) -> DenseMlp:
    size = fields.integer("intermediate_size")
    biased = fields.flag("mlp_bias")
    return DenseMlp(size, gated=False, extra_parameters=size + hidden_size if biased else 0)


def _nemotron_moe(fields: Fields, hidden_size: int) -> MoeMlp:
    """Experts of two matrices, acting on ``moe_latent_size`` where that is stated; the shared expert does not."""
    experts = fields.integer("num_experts")
    shared_experts = fields.integer("n_shared_experts", 0, low=0)
    if shared_experts > 1:
        raise fields.refusal("n_shared_experts", f"{shared_experts} is not understood for nemotron_h", "0 or 1 are")
    if fields.flag("mlp_bias"):
        raise fields.refusal("mlp_bias", "true is not understood with experts in nemotron_h", "false is")
    shared = fields.integer("shared_expert_size", 0, low=0)
    return MoeMlp(
        experts=experts,
        top_k=fields.integer("num_experts_per_tok", high=experts),
        intermediate_size=fields.integer("moe_intermediate_size"),
        expert_hidden_size=fields.optional("moe_latent_size") or hidden_size,
        gated=False,
        shared_intermediate_size=shared if shared_experts else 0,
    )


def _nemotron_nas(fields: Fields, family: Family, hidden_size: int) -> tuple[Layer, ...]:
    """DeciLM: ``block_configs`` states heads and feed-forward width of every layer, either of which may be absent."""
    layers = layer_count(fields)
    blocks = fields.items("block_configs", layers)
    if blocks is None:
        raise fields.refusal("block_configs", "missing", "one mapping with attention and ffn a layer is needed")
    fields.optional("num_key_value_heads")
    fields.optional("intermediate_size")
    return tuple(_nas_layer(fields, family, hidden_size, index, block) for index, block in enumerate(blocks))


def _nas_layer(fields: Fields, family: Family, hidden_size: int, index: int, block: object) -> Layer:
    place = f"{fields.place}: block_configs[{index}]"
    if not isinstance(block, dict):
        raise fields.refusal(f"block_configs[{index}]", "is not a mapping", "write attention and ffn")
    parts = Fields(block, place)
    attention, ffn = parts.mapping("attention"), parts.mapping("ffn")
    if attention is None or ffn is None:
        raise parts.refusal("attention, ffn", "missing", "both are needed")
    mixer = _nas_attention(Fields(attention, f"{place}.attention"), fields, family, hidden_size)
    mlp = _nas_mlp(Fields(ffn, f"{place}.ffn"), fields, hidden_size)
    return Layer(mixer, mlp, norm_parameters=hidden_size * ((mixer is not None) + (mlp is not None)))


def _nas_attention(block: Fields, fields: Fields, family: Family, hidden_size: int) -> SoftmaxAttention | None:
    for key in ("replace_with_linear", "sparsify", "unshifted_sink", "num_sink_tokens", "window_length", "is_mamba"):
        if block.get(key) not in (None, False):
            raise block.refusal(key, f"{shown(block.get(key))} is not understood", "only plain attention or no_op is")
    if block.flag("no_op"):
        return None
    heads = fields.integer("num_attention_heads")
    group = block.integer("n_heads_in_group", high=heads)
    if heads % group:
        raise block.refusal("n_heads_in_group", f"{group} does not divide {heads} heads", "check both")
    head_dim = read_head_dim(fields, family, hidden_size, heads)
    kv_heads = heads // group
    biased = fields.flag("attention_bias")
    extra = (heads + 2 * kv_heads) * head_dim + hidden_size if biased else 0
    return SoftmaxAttention(heads, kv_heads, head_dim, head_dim, extra_parameters=extra)


def _nas_mlp(block: Fields, fields: Fields, hidden_size: int) -> DenseMlp | None:
    """Return the block, whose width is ``2/3 ffn_mult hidden_size``, rounded up to a multiple of 256."""
    for key in ("replace_with_linear", "sparsify"):
        if block.get(key) not in (None, False):
            raise block.refusal(key, f"{shown(block.get(key))} is not understood", "only a plain block or no_op is")
    if block.flag("no_op"):
        return None
    multiple = block.number("ffn_mult")
    if multiple is None or not 0 < multiple <= MOST_LAYERS:
        raise block.refusal("ffn_mult", f"{multiple!r} is no usable width", "write a positive number")
    size = int(2 * multiple * hidden_size / 3)
    size += -size % _NAS_MULTIPLE
    biased = fields.flag("mlp_bias")
    return DenseMlp(size, extra_parameters=2 * size + hidden_size if biased else 0)
