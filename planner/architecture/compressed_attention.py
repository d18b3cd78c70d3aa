"""DeepSeek-V4's layers: compressed sparse and heavily compressed attention, experts, and residual streams around them.

Shapes follow the published configurations and their model class (transformers 5.23.0, ``deepseek_v4``).
"""

from planner.architecture.families import Family
from planner.architecture.fields import Fields
from planner.architecture.layers import CompressedAttention, Indexer, Layer
from planner.architecture.mlps import read_moe
from planner.architecture.windows import layer_count

_WINDOW, _SPARSE, _HEAVY = "sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention"
_KINDS = {0: _WINDOW, 4: _SPARSE, 128: _HEAVY}
_RATIOS = {kind: ratio for ratio, kind in _KINDS.items()}
_MLPS = ("moe", "hash_moe")
_MOST_STREAMS = 64


def read_compressed(fields: Fields, family: Family, hidden_size: int) -> tuple[Layer, ...]:
    """Return every decoder layer; all hold experts, those of the first ``num_hash_layers`` routed by a table."""
    layers = layer_count(fields)
    ratios = _ratios(fields, layers)
    fields.names("mlp_layer_types", _MLPS, layers)
    fields.optional("num_hash_layers", low=0, high=layers)
    experts = read_moe(fields, family, hidden_size)
    norms = 2 * (hidden_size + _mixing(read_streams(fields), hidden_size))
    made = {ratio: Layer(_attention(fields, ratio), experts, norms) for ratio in dict.fromkeys(ratios)}
    return tuple(made[ratio] for ratio in ratios)


def read_streams(fields: Fields) -> int:
    """Return the number of residual streams (hyper-connections)."""
    return fields.integer("hc_mult", high=_MOST_STREAMS)


def closing_parameters(streams: int, hidden_size: int) -> int:
    """Return the parameters that gather the residual streams before the final norm."""
    return streams * streams * hidden_size + streams + 1


def _mixing(streams: int, hidden_size: int) -> int:
    """Return the parameters of one hyper-connection: a projection of all streams to ``s (s + 2)`` weights."""
    weights = streams * (streams + 2)
    return weights * streams * hidden_size + weights + 3


def _ratios(fields: Fields, layers: int) -> tuple[int, ...]:
    """Return the tokens that one compressed entry of each layer stands for; 0 where there is only a window."""
    stated = fields.whole_items("compress_ratios")
    named = fields.names("layer_types", _RATIOS, layers)
    rates = fields.mapping("compress_rates") or {_SPARSE: 4, _HEAVY: 128}
    if dict(rates) != {_SPARSE: _RATIOS[_SPARSE], _HEAVY: _RATIOS[_HEAVY]}:
        raise fields.refusal("compress_rates", "are not those understood", f"{_SPARSE} 4 and {_HEAVY} 128 are")
    if stated is not None and len(stated) < layers:
        raise fields.refusal("compress_ratios", f"{len(stated)} entries for {layers} layers", "one entry a layer")
    if stated is None and named is None:
        raise fields.refusal("compress_ratios", "missing", "it (or layer_types) says what each layer is")
    ratios = tuple(_RATIOS[name] for name in named) if named is not None else (stated or ())[:layers]
    if stated is not None and stated[:layers] != ratios:
        raise fields.refusal("layer_types", "contradict compress_ratios", "keep one of them")
    strange = next((ratio for ratio in ratios if ratio not in _KINDS), None)
    if strange is not None:
        raise fields.refusal("compress_ratios", f"{strange} is not understood", "0, 4 and 128 are")
    return ratios


def _attention(fields: Fields, ratio: int) -> CompressedAttention:
    """Return the attention of a layer; extras are norms, sinks and the compressors' position biases."""
    heads, head_dim = fields.integer("num_attention_heads"), fields.integer("head_dim")
    rank, groups = fields.integer("q_lora_rank"), fields.integer("o_groups")
    if fields.integer("num_key_value_heads", 1) != 1:
        raise fields.refusal("num_key_value_heads", "more than 1 is not understood for deepseek_v4", "1 is")
    if heads % groups:
        raise fields.refusal("o_groups", f"{groups} does not divide {heads} heads", "check both")
    if fields.flag("attention_bias"):
        raise fields.refusal("attention_bias", "true is not understood for deepseek_v4", "false is")
    indexer = Indexer(fields.integer("index_n_heads"), fields.integer("index_head_dim"), fields.integer("index_topk"))
    fields.optional("qk_rope_head_dim")
    sparse = _KINDS[ratio] == _SPARSE
    extra = rank + head_dim + heads
    if ratio:
        extra += head_dim + ratio * head_dim * (2 if sparse else 1)
    if sparse:
        extra += indexer.head_dim + ratio * indexer.head_dim * 2
    return CompressedAttention(
        heads=heads,
        head_dim=head_dim,
        q_lora_rank=rank,
        output_groups=groups,
        output_lora_rank=fields.integer("o_lora_rank"),
        window=fields.integer("sliding_window"),
        ratio=ratio or None,
        indexer=indexer if sparse else None,
        extra_parameters=extra,
    )
