"""How each ``model_type`` of ``config.json`` maps to parts: one row a family.

The rows state what the model classes of transformers 5.23 build where the configuration itself is silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Bias = Literal["none", "qkv", "flag_qkv", "flag_qkvo"]
KeyNorm = Literal["none", "head", "per_head", "width", "flag_head", "weightless"]
Windows = Literal["none", "all", "even_layers", "all_but_every_sixth", "upper_layers", "chunked", "pattern", "named"]
Shared = Literal["none", "count", "gated", "one", "sized"]
Layout = Literal["decoder", "compressed", "nemotron_h", "nemotron_nas"]


@dataclass(frozen=True)
class Family:
    """What the code of one model family fixes and its configuration does not say.

    ``bias``: which attention projections have one (``flag_*``: when ``attention_bias`` is set).
    ``key_norm``: normalisation of queries and keys, a head, over the whole width or without weights (``flag_head``:
    with ``use_qk_norm``; ``per_head``: ``qk_norm_type`` has to say so).
    ``layer_norms``: normalisation vectors of the hidden size in one layer.
    ``windows``: which layers slide when ``layer_types`` does not say (``named``: it has to).
    ``linear``: delta nets in the layers that are not full; ``kimi_delta``: Kimi's, in the layers that are listed.
    ``head_gate``: a gate a head where ``use_head_wise_attn_gate`` is set. ``block_sparse``: indexers by
    ``sparse_attention_config``. ``other_heads``: ``attention_other_setting`` states the heads of sliding layers.
    ``expert_size`` and ``dense_size``: the keys that hold the intermediate sizes. ``shared``: how shared experts are
    stated. ``defaults``: class defaults of keys that published configurations leave out.
    """

    layout: Layout = "decoder"
    latent: bool = False
    bias: Bias = "none"
    key_norm: KeyNorm = "none"
    layer_norms: int = 2
    windows: Windows = "none"
    linear: bool = False
    kimi_delta: bool = False
    head_gate: bool = False
    block_sparse: bool = False
    other_heads: bool = False
    output_gate: bool = False
    sinks: bool = False
    global_heads: bool = False
    window_heads: bool = False
    mlp_bias: bool = False
    moe: bool = False
    expert_size: str = "moe_intermediate_size"
    dense_size: str = "intermediate_size"
    shared: Shared = "none"
    expert_bias: bool = False
    parallel_dense: bool = False
    tied: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)


_LINEAR_KEYS = (
    "linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim", "linear_value_head_dim",
    "linear_conv_kernel_dim", "mamba_ssm_dtype",
)  # fmt: skip
_NEMOTRON_KEYS = (
    "mamba_num_heads", "mamba_head_dim", "ssm_state_size", "n_groups", "conv_kernel", "use_conv_bias",
    "mamba_proj_bias", "mamba_ssm_cache_dtype", "use_bias", "moe_latent_size", "num_attention_heads",
    "num_key_value_heads", "head_dim", "sliding_window",
)  # fmt: skip
_SHARED_KEYS: dict[Shared, tuple[str, ...]] = {
    "count": ("n_shared_experts",),
    "sized": ("n_shared_experts", "shared_expert_size"),
    "gated": ("shared_expert_size",),
}  # fmt: skip


def parts_that_may_be_absent(family: Family) -> tuple[str, ...]:
    """Return the quantities that describe parts which a model of the family need not have in any layer."""
    quantities: tuple[str, ...] = ()
    if family.moe:
        quantities += ("num_experts_per_tok", family.expert_size, family.dense_size, "intermediate_size")
    if family.windows != "none":
        quantities += ("attention_chunk_size" if family.windows == "chunked" else "sliding_window",)
    quantities += _LINEAR_KEYS if family.linear else ()
    quantities += _NEMOTRON_KEYS if family.layout == "nemotron_h" else ()
    return quantities + _SHARED_KEYS.get(family.shared, ())


_LLAMA = Family(bias="flag_qkvo", mlp_bias=True)
_QWEN2 = Family(bias="qkv", windows="upper_layers")
_QWEN3 = Family(bias="flag_qkvo", key_norm="head", windows="upper_layers", defaults={"head_dim": 128})
_QWEN3_MOE = Family(bias="flag_qkvo", key_norm="head", windows="upper_layers", moe=True)
_QWEN3_NEXT = Family(
    bias="flag_qkvo", key_norm="head", linear=True, output_gate=True, moe=True, shared="gated",
    defaults={"head_dim": 256},
)  # fmt: skip
_GEMMA2 = Family(
    bias="flag_qkvo",
    layer_norms=4,
    windows="even_layers",
    tied=True,
    defaults={"head_dim": 256, "sliding_window": 4096},
)
_GEMMA3 = Family(
    bias="flag_qkvo", key_norm="head", layer_norms=4, windows="all_but_every_sixth", tied=True,
    defaults={
        "head_dim": 256, "sliding_window": 4096, "vocab_size": 262208, "num_attention_heads": 8,
        "num_key_value_heads": 4, "max_position_embeddings": 131072,
    },
)  # fmt: skip
_GEMMA4 = Family(
    bias="flag_qkvo", key_norm="head", layer_norms=4, windows="all_but_every_sixth", global_heads=True, moe=True,
    parallel_dense=True, tied=True,
)  # fmt: skip
_DEEPSEEK_V4 = Family(layout="compressed", moe=True, shared="count")
_STEP = Family(
    key_norm="head", windows="named", head_gate=True, other_heads=True, moe=True, shared="sized",
    defaults={"n_shared_experts": 1},
)  # fmt: skip
_DEEPSEEK = Family(latent=True, bias="flag_qkvo", moe=True, shared="count")

FAMILIES: dict[str, Family] = {
    "llama": _LLAMA,
    "mistral": Family(windows="all"),
    "qwen2": _QWEN2,
    "mimo": _QWEN2,
    "qwen3": _QWEN3,
    "qwen3_vl_text": replace(_QWEN3, windows="none"),
    "phi3": Family(windows="all"),
    "gemma2": _GEMMA2,
    "gemma3_text": _GEMMA3,
    "gemma4_text": _GEMMA4,
    "mixtral": Family(windows="all", moe=True, expert_size="intermediate_size"),
    "qwen3_moe": _QWEN3_MOE,
    "qwen3_vl_moe_text": replace(_QWEN3_MOE, windows="none"),
    "qwen3_next": _QWEN3_NEXT,
    "qwen3_5_moe_text": _QWEN3_NEXT,
    "qwen3_5_text": replace(_QWEN3_NEXT, moe=False, shared="none"),
    "glm4_moe": Family(bias="flag_qkv", key_norm="flag_head", moe=True, shared="count"),
    "minimax_m2": Family(key_norm="width", moe=True, expert_size="intermediate_size"),
    "minimax_m3": Family(
        key_norm="per_head", block_sparse=True, moe=True, expert_size="intermediate_size",
        dense_size="dense_intermediate_size", shared="sized",
    ),
    "step3p5": _STEP,
    "step3p7": _STEP,
    "kimi_linear": Family(latent=True, kimi_delta=True, moe=True, shared="count"),
    "llama4_text": Family(
        bias="flag_qkvo", key_norm="weightless", windows="chunked", moe=True, expert_size="intermediate_size",
        dense_size="intermediate_size_mlp", shared="one", defaults={"attention_chunk_size": 8192},
    ),
    "gpt_oss": Family(
        bias="flag_qkvo", windows="even_layers", sinks=True, moe=True, expert_size="intermediate_size",
        expert_bias=True, defaults={"attention_bias": True, "head_dim": 64, "sliding_window": 128},
    ),
    "mimo_v2_flash": Family(bias="flag_qkv", windows="pattern", window_heads=True, moe=True, shared="count"),
    "deepseek_v3": _DEEPSEEK,
    "kimi_k2": _DEEPSEEK,
    "deepseek_v32": _DEEPSEEK,
    "glm_moe_dsa": _DEEPSEEK,
    "deepseek_v4": _DEEPSEEK_V4,
    "deepseek_ref": _DEEPSEEK_V4,
    "nemotron_h": Family(layout="nemotron_h", bias="flag_qkvo", mlp_bias=True, moe=True, shared="sized"),
    "nemotron-nas": Family(layout="nemotron_nas", bias="flag_qkvo", mlp_bias=True),
}  # fmt: skip

WRAPPERS: dict[str, str | None] = {
    "gemma3": "gemma3_text",
    "gemma4": "gemma4_text",
    "llama4": "llama4_text",
    "mistral3": "mistral",
    "qwen3_vl": "qwen3_vl_text",
    "qwen3_vl_moe": "qwen3_vl_moe_text",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
    "kimi_k25": None,
    "kimi_k3": "kimi_linear",
    "minimax_m3_vl": "minimax_m3",
    "step3p7": "step3p5",
}
"""Multimodal configurations whose language model stands in ``text_config``, and that model's type when it is silent."""
