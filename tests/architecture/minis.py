"""One small configuration a family, with its parameters by module class written out by hand."""

from typing import Any

COMMON: dict[str, Any] = {"hidden_size": 8, "vocab_size": 32, "max_position_embeddings": 64}
HEADS: dict[str, Any] = {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4}
QKVO = 8 * 8 + 2 * 8 * 4 + 8 * 8
"""Two heads and one key-value head of 4 on a hidden size of 8."""

LLAMA = {**COMMON, "model_type": "llama", "num_hidden_layers": 2, "intermediate_size": 16, **HEADS}
MIXTRAL = {
    **LLAMA, "model_type": "mixtral", "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None,
}  # fmt: skip
DEEPSEEK = {
    **COMMON, "model_type": "deepseek_v3", "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 16,
    "q_lora_rank": 4, "kv_lora_rank": 6, "qk_nope_head_dim": 3, "qk_rope_head_dim": 2, "v_head_dim": 5,
    "first_k_dense_replace": 1, "moe_layer_freq": 1, "n_routed_experts": 4, "num_experts_per_tok": 2,
    "moe_intermediate_size": 3, "n_shared_experts": 2, "num_nextn_predict_layers": 1,
}  # fmt: skip
MLA = 8 * 4 + 4 + 4 * 2 * (3 + 2) + 8 * (6 + 2) + 6 + 6 * 2 * (3 + 5) + 2 * 5 * 8
DSA = {**DEEPSEEK, "model_type": "deepseek_v32", "index_n_heads": 2, "index_head_dim": 3, "index_topk": 16}
INDEXER = 4 * 2 * 3 + 8 * 3 + 8 * 2 + 2 * 3
GLM_DSA = {
    **DSA, "model_type": "glm_moe_dsa", "indexer_types": ["full", "shared", "shared"],
    "mlp_layer_types": ["dense", "sparse", "sparse"], "index_topk_freq": 4,
}  # fmt: skip
QWEN3_NEXT = {
    **COMMON, **HEADS, "model_type": "qwen3_next", "num_hidden_layers": 4, "full_attention_interval": 2,
    "linear_num_key_heads": 1, "linear_num_value_heads": 2, "linear_key_head_dim": 3, "linear_value_head_dim": 5,
    "linear_conv_kernel_dim": 4, "num_experts": 4, "num_experts_per_tok": 1, "moe_intermediate_size": 3,
    "shared_expert_intermediate_size": 6, "intermediate_size": 99,
}  # fmt: skip
DELTA_NET = 16 * 8 + 10 * 8 + 2 * 2 * 8 + 16 * 4 + 8 * 10 + 2 * 2 + 5
NEMOTRON = {
    **COMMON, **HEADS, "model_type": "nemotron_h", "hybrid_override_pattern": "M*E-", "intermediate_size": 16,
    "mamba_num_heads": 2, "mamba_head_dim": 4, "ssm_state_size": 3, "n_groups": 1, "conv_kernel": 4,
    "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 3, "moe_latent_size": 4,
    "n_shared_experts": 1, "moe_shared_expert_intermediate_size": 5, "use_conv_bias": True,
}  # fmt: skip
MAMBA = 8 * (8 + 14 + 2) + 14 * 4 + 14 + 8 * 8 + 3 * 2 + 8
GPT_OSS = {
    **COMMON, **HEADS, "model_type": "gpt_oss", "num_hidden_layers": 2, "intermediate_size": 6, "sliding_window": 16,
    "num_local_experts": 4, "num_experts_per_tok": 2, "attention_bias": True,
}  # fmt: skip
MIMO_V2 = {
    **COMMON, **HEADS, "model_type": "mimo_v2_flash", "num_hidden_layers": 2, "intermediate_size": 16,
    "v_head_dim": 3, "swa_num_attention_heads": 2, "swa_num_key_value_heads": 2, "swa_head_dim": 4,
    "swa_v_head_dim": 3, "hybrid_layer_pattern": [0, 1], "sliding_window": 16, "moe_layer_freq": [0, 1],
    "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 3,
    "add_swa_attention_sink_bias": True, "add_full_attention_sink_bias": False,
}  # fmt: skip
LLAMA4 = {
    **COMMON, **HEADS, "model_type": "llama4_text", "num_hidden_layers": 4, "intermediate_size": 6,
    "intermediate_size_mlp": 16, "num_local_experts": 4, "num_experts_per_tok": 1, "interleave_moe_layer_step": 2,
    "attention_chunk_size": 16,
}  # fmt: skip
GEMMA4 = {
    **COMMON, **HEADS, "model_type": "gemma4_text", "num_hidden_layers": 2, "intermediate_size": 16,
    "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 16, "global_head_dim": 6,
    "num_global_key_value_heads": 1, "attention_k_eq_v": True, "num_experts": 4, "top_k_experts": 2,
    "moe_intermediate_size": 3, "tie_word_embeddings": True,
}  # fmt: skip
NAS = {
    **COMMON, "model_type": "nemotron-nas", "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": None, "intermediate_size": None,
    "block_configs": [
        {"attention": {"n_heads_in_group": 2, "no_op": False}, "ffn": {"ffn_mult": 1.0, "no_op": False}},
        {"attention": {"n_heads_in_group": None, "no_op": True}, "ffn": {"ffn_mult": 50.0, "no_op": False}},
    ],
}  # fmt: skip
GEMMA3 = {
    **COMMON, **HEADS, "model_type": "gemma3_text", "num_hidden_layers": 7, "intermediate_size": 16,
    "sliding_window": 16,
}  # fmt: skip
QWEN2 = {**LLAMA, "model_type": "qwen2", "sliding_window": 32, "use_sliding_window": False, "max_window_layers": 1}
MINIMAX = {
    **LLAMA, "model_type": "minimax_m2", "intermediate_size": 3, "num_local_experts": 4, "num_experts_per_tok": 2,
    "use_qk_norm": True, "qk_norm_type": "per_layer", "attn_type_list": [1, 1],
}  # fmt: skip
GLM4 = {
    **LLAMA, "model_type": "glm4_moe", "attention_bias": True, "use_qk_norm": True, "first_k_dense_replace": 1,
    "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 3, "n_shared_experts": 1,
}  # fmt: skip
DEEPSEEK_V4 = {
    **COMMON, "model_type": "deepseek_v4", "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 1,
    "head_dim": 4, "q_lora_rank": 6, "o_groups": 2, "o_lora_rank": 3, "sliding_window": 16, "hc_mult": 2,
    "compress_ratios": [0, 4, 128, 0], "index_n_heads": 2, "index_head_dim": 3, "index_topk": 16, "num_hash_layers": 1,
    "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 3, "n_shared_experts": 1,
    "qk_rope_head_dim": 2,
}  # fmt: skip
CSA = 2 * 8 * 8 + 4 * 8 + 4 + 2 * 8 * 6 + 4 * 6 + 3 + 6 * 2 * 3 + 8 * 2
"""Compressor twice as wide as a head, its bias and norm; the indexer's, its queries and its weights."""
HCA = 2 * 8 * 4 + 128 * 4 + 4
STREAMS = 2 * (8 * 16 + 8 + 3)

MINIMAX_M3 = {
    **LLAMA, "model_type": "minimax_m3", "intermediate_size": 3, "dense_intermediate_size": 16,
    "shared_intermediate_size": 5, "n_shared_experts": 1, "num_local_experts": 4, "num_experts_per_tok": 2,
    "moe_layer_freq": [0, 1], "use_qk_norm": True, "qk_norm_type": "per_head",
    "sparse_attention_config": {
        "use_sparse_attention": True, "sparse_attention_freq": [0, 1], "sparse_disable_index_value": [0, 1],
        "sparse_block_size": 4, "sparse_topk_blocks": 2, "sparse_index_dim": 3, "sparse_num_index_heads": 1,
    },
}  # fmt: skip
STEP = {
    **LLAMA, "model_type": "step3p5", "layer_types": ["full_attention", "sliding_attention"], "sliding_window": 16,
    "moe_layers_enum": "1", "moe_num_experts": 4, "moe_top_k": 2, "moe_intermediate_size": 3, "share_expert_dim": 5,
    "use_head_wise_attn_gate": True,
    "attention_other_setting": {"num_attention_heads": 4, "num_attention_groups": 1, "head_dim": 4},
}  # fmt: skip
KIMI = {
    **DEEPSEEK, "model_type": "kimi_linear", "num_hidden_layers": 2, "mla_use_output_gate": True,
    "routed_expert_hidden_size": 4, "latent_moe_use_norm": True, "attn_res_block_size": 1,
    "linear_attn_config": {
        "kda_layers": [1], "full_attn_layers": [2], "head_dim": 3, "num_heads": 2, "short_conv_kernel_size": 4,
        "use_full_rank_gate": True,
    },
}  # fmt: skip
KDA = 3 * 6 * 8 + (3 * 8 + 6 * 3) + 2 * 8 + 6 * 8 + 8 * 6 + 3 * 6 * 4 + (2 + 6 + 3)
"""Queries, keys, values; decay; beta; gate; output; convolutions; the rest."""

TABLE = 32 * 8
MINIS: dict[str, tuple[dict[str, Any], dict[str, int], int]] = {
    "llama": (
        LLAMA,
        {"embedding": TABLE, "head": TABLE, "attention": 2 * QKVO, "dense_mlp": 2 * 3 * 8 * 16, "norms": 5 * 8},
        0,
    ),
    "qwen2": (
        QWEN2,
        {
            "embedding": TABLE, "head": TABLE, "attention": 2 * (QKVO + 8 + 2 * 4), "dense_mlp": 2 * 3 * 8 * 16,
            "norms": 5 * 8,
        },
        0,
    ),
    "gemma3": (
        GEMMA3,
        {"embedding": TABLE, "attention": 7 * (QKVO + 2 * 4), "dense_mlp": 7 * 3 * 8 * 16, "norms": (7 * 4 + 1) * 8},
        0,
    ),
    "mixtral": (
        MIXTRAL,
        {
            "embedding": TABLE, "head": TABLE, "attention": 2 * QKVO, "experts": 2 * 4 * 3 * 8 * 16,
            "router": 2 * 8 * 4, "norms": 5 * 8,
        },
        2 * 2 * 3 * 8 * 16,
    ),
    "minimax_m2": (
        MINIMAX,
        {
            "embedding": TABLE, "head": TABLE, "attention": 2 * (QKVO + 8 + 4), "experts": 2 * 4 * 3 * 8 * 3,
            "router": 2 * 8 * 4, "norms": 5 * 8,
        },
        2 * 2 * 3 * 8 * 3,
    ),
    "minimax_m3": (
        MINIMAX_M3,
        {
            "embedding": TABLE, "head": TABLE, "attention": 2 * (QKVO + 2 * 4) + 3 * 8 + 3 * 8 + 2 * 3,
            "dense_mlp": 3 * 8 * 16, "experts": 4 * 3 * 8 * 3, "shared_expert": 3 * 8 * 5, "router": 8 * 4,
            "norms": 5 * 8,
        },
        2 * 3 * 8 * 3,
    ),
    "step3p5": (
        STEP,
        {
            "embedding": TABLE, "head": TABLE,
            "attention": (QKVO + 2 * 8 + 2 * 4) + (2 * 8 * 16 + 2 * 8 * 4 + 4 * 8 + 2 * 4),
            "dense_mlp": 3 * 8 * 16, "experts": 4 * 3 * 8 * 3, "shared_expert": 3 * 8 * 5, "router": 8 * 4,
            "norms": 5 * 8,
        },
        2 * 3 * 8 * 3,
    ),
    "kimi_linear": (
        KIMI,
        {
            "embedding": TABLE, "head": TABLE, "attention": MLA + 10 * 8, "mixer": KDA,
            "dense_mlp": 3 * 8 * 16 + 2 * 8 * 4, "experts": 4 * 3 * 4 * 3, "shared_expert": 3 * 8 * 6,
            "router": 8 * 4 + 4, "norms": 2 * (2 + 4) * 8 + 2 * 8 + 8,
        },
        2 * 3 * 4 * 3,
    ),
    "glm4_moe": (
        GLM4,
        {
            "embedding": TABLE, "head": TABLE, "attention": 2 * (QKVO + 8 + 2 * 4 + 2 * 4), "dense_mlp": 3 * 8 * 16,
            "experts": 4 * 3 * 8 * 3, "shared_expert": 3 * 8 * 3, "router": 8 * 4, "norms": 5 * 8,
        },
        2 * 3 * 8 * 3,
    ),
    "deepseek_v3": (
        DEEPSEEK,
        {
            "embedding": TABLE, "head": TABLE, "attention": 3 * MLA, "dense_mlp": 3 * 8 * 16,
            "experts": 2 * 4 * 3 * 8 * 3, "shared_expert": 2 * 3 * 8 * 6, "router": 2 * 8 * 4, "norms": 7 * 8,
        },
        2 * 2 * 3 * 8 * 3,
    ),
    "deepseek_v32": (
        DSA,
        {
            "embedding": TABLE, "head": TABLE, "attention": 3 * (MLA + INDEXER), "dense_mlp": 3 * 8 * 16,
            "experts": 2 * 4 * 3 * 8 * 3, "shared_expert": 2 * 3 * 8 * 6, "router": 2 * 8 * 4, "norms": 7 * 8,
        },
        2 * 2 * 3 * 8 * 3,
    ),
    "glm_moe_dsa": (
        GLM_DSA,
        {
            "embedding": TABLE, "head": TABLE, "attention": 3 * MLA + INDEXER, "dense_mlp": 3 * 8 * 16,
            "experts": 2 * 4 * 3 * 8 * 3, "shared_expert": 2 * 3 * 8 * 6, "router": 2 * 8 * 4, "norms": 7 * 8,
        },
        2 * 2 * 3 * 8 * 3,
    ),
    "deepseek_v4": (
        DEEPSEEK_V4,
        {
            "embedding": TABLE, "head": TABLE,
            "attention": 3 * (8 * 6 + 6 + 6 * 16 + 8 * 4 + 4 + 6 * 8 + 6 * 8 + 4) + CSA + HCA,
            "experts": 3 * 4 * 3 * 8 * 3, "shared_expert": 3 * 3 * 8 * 3, "router": 3 * 8 * 4,
            "norms": 3 * (2 * 8 + STREAMS) + 8 + 2 * 2 * 8 + 2 + 1,
        },
        3 * 2 * 3 * 8 * 3,
    ),
    "qwen3_next": (
        QWEN3_NEXT,
        {
            "embedding": TABLE, "head": TABLE, "attention": 2 * (QKVO + 8 * 8 + 2 * 4), "mixer": 2 * DELTA_NET,
            "experts": 4 * 4 * 3 * 8 * 3, "shared_expert": 4 * (3 * 8 * 6 + 8), "router": 4 * 8 * 4, "norms": 9 * 8,
        },
        4 * 1 * 3 * 8 * 3,
    ),
    "nemotron_h": (
        NEMOTRON,
        {
            "embedding": TABLE, "head": TABLE, "attention": QKVO, "mixer": MAMBA,
            "dense_mlp": 2 * 8 * 16 + 2 * 8 * 4, "experts": 4 * 2 * 4 * 3, "shared_expert": 2 * 8 * 5,
            "router": 8 * 4, "norms": 5 * 8,
        },
        2 * 2 * 4 * 3,
    ),
    "gpt_oss": (
        GPT_OSS,
        {
            "embedding": TABLE, "head": TABLE, "attention": 2 * (QKVO + 8 + 2 * 4 + 8 + 2),
            "experts": 2 * 4 * (3 * 8 * 6 + 2 * 6 + 8), "router": 2 * (8 * 4 + 4), "norms": 5 * 8,
        },
        2 * 2 * (3 * 8 * 6 + 2 * 6 + 8),
    ),
    "mimo_v2_flash": (
        MIMO_V2,
        {
            "embedding": TABLE, "head": TABLE,
            "attention": (8 * 8 + 8 * 4 + 8 * 3 + 6 * 8) + (8 * 8 + 8 * 8 + 8 * 6 + 6 * 8 + 2),
            "dense_mlp": 3 * 8 * 16, "experts": 4 * 3 * 8 * 3, "router": 8 * 4, "norms": 5 * 8,
        },
        2 * 3 * 8 * 3,
    ),
    "llama4": (
        LLAMA4,
        {
            "embedding": TABLE, "head": TABLE, "attention": 4 * QKVO, "dense_mlp": 2 * 3 * 8 * 16,
            "experts": 2 * 4 * 3 * 8 * 6, "shared_expert": 2 * 3 * 8 * 6, "router": 2 * 8 * 4, "norms": 9 * 8,
        },
        2 * 1 * 3 * 8 * 6,
    ),
    "gemma4": (
        GEMMA4,
        {
            "embedding": TABLE,
            "attention": (QKVO + 2 * 4) + (8 * 12 + 8 * 6 + 12 * 8 + 2 * 6),
            "dense_mlp": 2 * 3 * 8 * 16, "experts": 2 * 4 * 3 * 8 * 3, "router": 2 * (8 * 4 + 8 + 4),
            "norms": (2 * 7 + 1) * 8,
        },
        2 * 2 * 3 * 8 * 3,
    ),
    "nemotron_nas": (
        NAS,
        {
            "embedding": TABLE, "head": TABLE, "attention": QKVO, "dense_mlp": 3 * 8 * (256 + 512),
            "norms": 4 * 8,
        },
        0,
    ),
}  # fmt: skip
"""By family: configuration, parameters by module class, and parameters of the experts that one token visits."""
