"""Which keys of ``config.json`` name the same quantity, which have no effect on sizes, and which smell of structure.

The aliases are those of vLLM 0.33 (``CONFIG_FIELD_ALIASES``) and of the configurations published with the models.
"""

import re

ALIASES: dict[str, tuple[str, ...]] = {
    "num_key_value_heads": (
        "num_key_value_heads", "n_head_kv", "num_kv_heads", "multi_query_group_num", "num_attention_groups",
    ),
    "head_dim": ("head_dim", "attention_head_dim", "hidden_size_per_head"),
    "num_experts": ("num_experts", "moe_num_experts", "n_routed_experts", "num_local_experts"),
    "num_experts_per_tok": (
        "num_experts_per_tok", "num_experts_per_token", "top_k_experts", "moe_topk", "moe_top_k", "experts_per_token",
    ),
    "moe_intermediate_size": ("moe_intermediate_size", "expert_intermediate_size"),
    "n_shared_experts": ("n_shared_experts", "moe_num_shared_experts", "num_shared_experts"),
    "shared_expert_size": (
        "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "share_expert_dim",
        "shared_intermediate_size",
    ),
    "mtp_layers": ("num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_modules"),
}  # fmt: skip

CONTEXT_KEYS = (
    "max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "model_max_length", "max_target_positions",
    "max_sequence_length", "max_seq_length", "seq_len",
)  # fmt: skip
"""vLLM takes the smallest that is stated."""

WITHOUT_EFFECT = frozenset(
    {
        "_attn_implementation", "_attn_implementation_internal", "_name_or_path", "activation_dropout",
        "activation_situ_beta", "activation_situ_linear_beta", "moe_renormalize", "moe_router_activation",
        "moe_router_activation_func", "moe_router_scaling_factor", "need_fp32_gate", "norm_expert_weight",
        "num_expert_group", "partial_rotary_factors", "swiglu_alpha", "swiglu_limits", "swiglu_limits_shared",
        "use_gemma_norm", "use_grouped_topk", "use_moe_router_bias", "use_rope_layers", "yarn_only_types",
        "mla_use_nope",
        "architectures", "attention_dropout", "attention_value_scale", "attn_logit_softcapping", "attn_scale",
        "attn_temperature_tuning", "auto_map", "aux_loss_alpha", "bad_words_ids", "begin_suppress_tokens",
        "bos_token_id", "chunk_size", "chunk_size_feed_forward", "compress_rope_theta",
        "decoder_start_token_id", "diversity_penalty", "hc_eps", "hc_sinkhorn_iters",
        "do_sample", "dtype", "early_stopping", "embd_pdrop", "encoder_no_repeat_ngram_size", "eos_token_id",
        "ep_size", "expand", "exponential_decay_length_penalty", "final_logit_softcapping", "finetuning_task",
        "floor_scale", "for_llm_class", "forced_bos_token_id", "forced_eos_token_id", "hidden_act",
        "hidden_activation", "hidden_dropout", "id2label", "index_share_for_mtp_iteration",
        "index_skip_topk_offset", "indexer_rope_interleave", "initial_context_length", "initializer_range",
        "is_decoder", "label2id", "layer_norm_eps", "layer_norm_epsilon", "layernorm_epsilon", "length_penalty",
        "logits_soft_cap", "mamba_hidden_act", "max_length", "min_length", "mlp_hidden_act", "moe_router_dtype",
        "moe_shared_expert_overlap", "mtp_hybrid_override_pattern", "mtp_layers_block_type",
        "mtp_transformer_layers", "mtp_use_dedicated_embeddings", "n_group", "name_or_path", "no_repeat_ngram_size",
        "norm_eps", "norm_topk_prob", "num_beam_groups", "num_beams", "num_labels", "num_logits_to_keep",
        "num_return_sequences", "original_max_position_embeddings", "output_attentions", "output_gate_type",
        "output_hidden_states", "output_router_logits", "output_scores", "pad_token_id", "partial_rotary_factor",
        "pretraining_tp", "problem_type", "qk_head_dim", "query_pre_attn_scalar", "remove_invalid_values",
        "repetition_penalty", "rescale_prenorm_residual", "resid_pdrop", "residual_in_fp32", "return_dict",
        "return_dict_in_generate", "rms_norm_eps", "rope_interleave", "rope_local_base_freq", "rope_parameters",
        "rope_scaling", "rope_theta", "rotary_dim", "routed_scaling_factor", "router_aux_loss_coef",
        "router_jitter_noise", "scoring_func", "sep_token_id", "seq_aux", "suppress_tokens", "swa_rope_theta",
        "swiglu_limit", "task_specific_params", "temperature", "tf_legacy_loss", "tie_encoder_decoder",
        "time_step_floor", "time_step_limit", "time_step_max", "time_step_min", "time_step_rank", "tokenizer_class",
        "top_k", "top_p", "topk_group", "topk_method", "torch_dtype", "torchscript", "transformers_version",
        "typical_p", "unsloth_version", "use_bfloat16", "use_bidirectional_attention", "use_cache",
        "use_mamba_kernels", "use_mrope", "use_mtp", "use_routing_bias", "vocab_size_per_layer_input",
    }
)  # fmt: skip
"""Known keys that change neither sizes nor caches: sampling, tokens, losses, rotary bases, routing scores."""

READ_SOMEWHERE = frozenset(
    {
        "attention_bias", "attention_chunk_size", "attention_k_eq_v", "attention_other_setting", "attn_res_block_size",
        "dense_intermediate_size", "latent_moe_use_norm", "linear_attn_config", "mla_use_output_gate",
        "moe_layers_enum", "routed_expert_hidden_size", "sparse_attention_config", "use_head_wise_attn_gate",
        "attn_output_gate", "attn_type_list",
        "block_configs", "compress_rates", "compress_ratios", "conv_kernel", "expert_dtype", "hc_mult",
        "num_hash_layers", "o_groups", "o_lora_rank", "decoder_sparse_step", "first_k_dense_replace",
        "full_attention_interval",
        "global_head_dim", "hidden_size", "hybrid_layer_pattern", "hybrid_override_pattern", "index_head_dim",
        "index_n_heads", "index_topk", "indexer_types", "interleave_moe_layer_step", "intermediate_size",
        "intermediate_size_mlp", "kv_lora_rank", "layer_types", "layers_block_type", "linear_conv_kernel_dim",
        "linear_key_head_dim", "linear_num_key_heads", "linear_num_value_heads", "linear_value_head_dim",
        "mamba_head_dim", "mamba_num_heads", "max_position_embeddings", "max_window_layers", "mlp_bias",
        "mlp_layer_types", "mlp_only_layers", "moe_latent_size", "moe_layer_freq", "n_groups",
        "num_attention_heads", "num_global_key_value_heads", "num_hidden_layers", "q_lora_rank", "qk_nope_head_dim",
        "qk_norm_type", "qk_rope_head_dim", "quantization_config", "sliding_window", "ssm_state_size",
        "tie_word_embeddings", "use_qk_norm", "v_head_dim", "vocab_size",
    }
).union(*ALIASES.values())  # fmt: skip
"""Keys that some family's reader understands: a refusal names the others."""

_STRUCTURE = re.compile(
    r"window|sliding|chunk|sparse|index|compress|linear|mamba|ssm|conv|layer|block|pattern|hybrid|latent|lora|expert|"
    r"moe|head|kv|attn|attention|mlp|ffn|intermediate|hidden|num_|^n_|share|sink|gate|recurrent|delta|kda|retention|"
    r"altup|laurel|per_layer|depth|hc_|group|size|dim|bias|rank|width|cross|encoder|embed|memory|state|router|mult|norm",
)


def is_set(value: object) -> bool:
    """Return whether a value switches anything on: null, false, zero and empty ones do not."""
    return value not in (None, False, 0, "", [], {}, ())


def is_structural(key: str, value: object) -> bool:
    """Return whether an unread key may change the model's structure: its name smells of it and its value is set."""
    return is_set(value) and key not in WITHOUT_EFFECT and bool(_STRUCTURE.search(key.lower()))
