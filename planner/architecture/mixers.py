"""Attention and its relatives, read from a configuration."""

from planner.architecture.families import Family
from planner.architecture.fields import Fields
from planner.architecture.layers import Indexer, LatentAttention, LinearAttention, Mamba2, SoftmaxAttention

_STATE_BYTES = {None: 4, "float32": 4, "bfloat16": 2, "float16": 2}


def read_softmax(
    fields: Fields, family: Family, hidden_size: int, window: int | None, indexer: Indexer | None = None
) -> SoftmaxAttention:
    """Return grouped-query attention, with the heads that this kind of layer has."""
    heads, kv_heads, head_dim, v_head_dim, shared = _head_sizes(fields, family, hidden_size, window is not None)
    if heads % kv_heads:
        raise fields.refusal("num_key_value_heads", f"{kv_heads} does not divide {heads} heads", "check both")
    default_bias = family.bias == "qkv" or bool(family.defaults.get("attention_bias"))
    biased = family.bias != "none" and fields.flag("attention_bias", default_bias)
    gated = fields.flag("attn_output_gate", True) if family.output_gate else False
    if fields.flag("attention_output_gate"):
        raise fields.refusal("attention_output_gate", "true is not understood for this model_type", "false is")
    key_width, value_width = kv_heads * head_dim, 0 if shared else kv_heads * v_head_dim
    extra = 0
    if biased:
        extra += heads * head_dim * (2 if gated else 1) + key_width + value_width
        extra += hidden_size if family.bias == "flag_qkvo" else 0
    norms = _norm_parameters(fields, family, heads * head_dim, key_width, head_dim)
    extra += norms
    extra += heads if _has_sinks(fields, family, sliding=window is not None) else 0
    extra += 2 * indexer.head_dim if indexer is not None else 0
    return SoftmaxAttention(
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        v_head_dim=v_head_dim,
        window=window,
        output_gate=gated,
        head_gate=family.head_gate and fields.flag("use_head_wise_attn_gate"),
        shared_key_value=shared,
        norm="none" if not norms else "width" if family.key_norm == "width" else "head",
        indexer=indexer,
        extra_parameters=extra,
    )


def _head_sizes(fields: Fields, family: Family, hidden_size: int, sliding: bool) -> tuple[int, int, int, int, bool]:
    """Return heads, key-value heads, head size, value head size and whether keys serve as values."""
    heads = fields.integer("num_attention_heads", int(family.defaults.get("num_attention_heads", -1)))
    kv_heads = fields.integer("num_key_value_heads", int(family.defaults.get("num_key_value_heads", heads)))
    head_dim = read_head_dim(fields, family, hidden_size, heads)
    v_head_dim = head_dim
    if family.window_heads:
        v_head_dim = fields.integer("v_head_dim", head_dim)
        swa = (
            fields.integer("swa_num_attention_heads", heads),
            fields.integer("swa_num_key_value_heads", kv_heads),
            fields.integer("swa_head_dim", head_dim),
            fields.integer("swa_v_head_dim", v_head_dim),
        )
        return (*swa, False) if sliding else (heads, kv_heads, head_dim, v_head_dim, False)
    other = fields.mapping("attention_other_setting") if family.other_heads else None
    if sliding and other is not None:
        part = Fields(other, f"{fields.place}: attention_other_setting")
        head_dim = part.integer("head_dim", head_dim)
        sizes = part.integer("num_attention_heads", heads), part.integer("num_key_value_heads", kv_heads)
        return (*sizes, head_dim, head_dim, False)
    if family.global_heads:
        global_dim = fields.optional("global_head_dim") or head_dim
        global_kv = fields.optional("num_global_key_value_heads")
        keys_are_values = fields.flag("attention_k_eq_v")
        if not sliding:
            kv_heads = (global_kv or kv_heads) if keys_are_values else kv_heads
            return heads, kv_heads, global_dim, global_dim, keys_are_values
    return heads, kv_heads, head_dim, v_head_dim, False


def read_head_dim(fields: Fields, family: Family, hidden_size: int, heads: int) -> int:
    """Return the stated head size, the family's default, or hidden size over heads when that is whole."""
    stated = fields.optional("head_dim")
    if stated is not None:
        return stated
    default = family.defaults.get("head_dim")
    if isinstance(default, int):
        return default
    if hidden_size % heads:
        problem = f"missing, and hidden_size {hidden_size} is no multiple of {heads} heads"
        raise fields.refusal("head_dim", problem, "state head_dim")
    return hidden_size // heads


def _norm_parameters(fields: Fields, family: Family, query_width: int, key_width: int, head_dim: int) -> int:
    """Return the parameters of query and key normalisation."""
    match family.key_norm:
        case "head":
            if not fields.flag("use_qk_norm", default=True):
                raise fields.refusal("use_qk_norm", "false is not understood for this model_type", "remove it")
            return 2 * head_dim
        case "per_head":
            return 2 * head_dim if _normed(fields, "per_head") else 0
        case "weightless":
            fields.flag("use_qk_norm")
            return 0
        case "flag_head":
            return 2 * head_dim if fields.flag("use_qk_norm") else 0
        case "width":
            return query_width + key_width if _normed(fields, "per_layer") else 0
        case _:
            return 0


def _normed(fields: Fields, understood: str) -> bool:
    """Return whether queries and keys are normalised; refuse another way of it than the one understood."""
    kind = fields.text("qk_norm_type", understood)
    if kind != understood:
        raise fields.refusal("qk_norm_type", f"{kind!r} is not understood", f"{understood} is")
    return fields.flag("use_qk_norm", True)


def _has_sinks(fields: Fields, family: Family, *, sliding: bool) -> bool:
    if family.window_heads:
        full = fields.flag("add_full_attention_sink_bias")
        swa = fields.flag("add_swa_attention_sink_bias")
        return swa if sliding else full
    return family.sinks


def read_latent(fields: Fields, hidden_size: int, indexer: Indexer | None) -> LatentAttention:
    """Return multi-head latent attention (DeepSeek-V2 report, equations 9-19), with its indexer if it has one."""
    q_rank = fields.optional("q_lora_rank")
    kv_rank = fields.integer("kv_lora_rank")
    heads = fields.integer("num_attention_heads")
    fields.optional("num_key_value_heads")
    fields.optional("head_dim")
    rope = fields.integer("qk_rope_head_dim")
    extra = (q_rank or 0) + kv_rank
    if fields.flag("attention_bias"):
        extra += (q_rank or 0) + kv_rank + rope + hidden_size
    if indexer is not None and q_rank is None:
        raise fields.refusal(
            "index_n_heads", "needs q_lora_rank, from which the indexer's queries are made", "state it"
        )
    if indexer is not None and not indexer.shared:
        extra += 2 * indexer.head_dim
    return LatentAttention(
        heads=heads,
        q_lora_rank=q_rank,
        kv_lora_rank=kv_rank,
        nope_head_dim=fields.integer("qk_nope_head_dim"),
        rope_head_dim=rope,
        v_head_dim=fields.integer("v_head_dim"),
        indexer=indexer,
        output_gate=fields.flag("mla_use_output_gate"),
        extra_parameters=extra,
    )


def read_linear(fields: Fields) -> LinearAttention:
    """Return a gated delta net (Qwen3-Next); extras are ``A_log``, ``dt_bias`` and the gated normalisation."""
    value_heads = fields.integer("linear_num_value_heads")
    value_head_dim = fields.integer("linear_value_head_dim")
    key_heads = fields.integer("linear_num_key_heads")
    if value_heads % key_heads:
        raise fields.refusal("linear_num_key_heads", f"{key_heads} does not divide {value_heads}", "check both")
    return LinearAttention(
        key_heads=key_heads,
        value_heads=value_heads,
        key_head_dim=fields.integer("linear_key_head_dim"),
        value_head_dim=value_head_dim,
        conv_kernel=fields.integer("linear_conv_kernel_dim", 4, low=2),
        state_bytes_per_element=read_state_bytes(fields),
        extra_parameters=2 * value_heads + value_head_dim,
    )


def read_kimi_delta(fields: Fields) -> LinearAttention:
    """Return Kimi delta attention; extras are ``A_log``, ``dt_bias`` and the normalisation of the output."""
    part = Fields(fields.mapping("linear_attn_config") or {}, f"{fields.place}: linear_attn_config")
    heads, width = part.integer("num_heads"), part.integer("head_dim")
    return LinearAttention(
        key_heads=heads,
        value_heads=heads,
        key_head_dim=width,
        value_head_dim=width,
        conv_kernel=part.integer("short_conv_kernel_size", 4, low=2),
        state_bytes_per_element=read_state_bytes(fields),
        decay_rank=width,
        gate_rank=0 if part.flag("use_full_rank_gate") else width,
        extra_parameters=heads + heads * width + width,
    )


def read_state_bytes(fields: Fields) -> int:
    """Return the bytes of one element of a recurrent state: float32 unless the configuration says otherwise."""
    names = {name for key in ("mamba_ssm_dtype", "mamba_ssm_cache_dtype") if (name := fields.text(key)) is not None}
    if len(names) > 1 or not names <= set(_STATE_BYTES):
        raise fields.refusal(
            "mamba_ssm_cache_dtype", f"{sorted(names)} is not understood", "float32, bfloat16, float16"
        )
    return _STATE_BYTES[names.pop() if names else None]


def read_mamba(fields: Fields, hidden_size: int) -> Mamba2:
    """Return a Mamba-2 mixer (Nemotron-H); extras are ``A_log``, ``D``, ``dt_bias``, biases and the gated norm."""
    heads, head_dim = fields.integer("mamba_num_heads"), fields.integer("mamba_head_dim")
    state, groups = fields.integer("ssm_state_size"), fields.integer("n_groups")
    width, channels = heads * head_dim, heads * head_dim + 2 * groups * state
    if heads % groups:
        raise fields.refusal("n_groups", f"{groups} does not divide {heads} Mamba heads", "check both")
    extra = 3 * heads + width
    extra += channels if fields.flag("use_conv_bias", True) else 0
    if fields.flag("use_bias") or fields.flag("mamba_proj_bias"):
        extra += width + channels + heads + hidden_size
    return Mamba2(
        heads=heads,
        head_dim=head_dim,
        state_size=state,
        groups=groups,
        conv_kernel=fields.integer("conv_kernel", 4, low=2),
        state_bytes_per_element=read_state_bytes(fields),
        extra_parameters=extra,
    )
