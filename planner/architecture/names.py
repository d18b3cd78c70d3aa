"""The names under which checkpoints and quantisation configurations know a matrix.

One matrix has several: the prefix differs between text models and multimodal wrappers, families spell modules in their
own way, and engines fuse projections. A pattern that matches any of them is taken to mean the matrix.
"""

from planner.architecture.matrices import Matrix

HEAD_NAMES = ("lm_head", "model.lm_head", "language_model.lm_head", "head")
EMBEDDING_NAMES = (
    "model.embed_tokens", "model.language_model.embed_tokens", "language_model.model.embed_tokens",
    "backbone.embeddings", "embed",
)  # fmt: skip

_PREFIXES = ("model.layers", "model.language_model.layers", "language_model.model.layers")
_FAMILY_PREFIXES = {
    "nemotron_h": ("backbone.layers", "model.layers"),
    "deepseek_v4": ("model.layers", "layers"),
    "deepseek_ref": ("model.layers", "layers"),
}

_SPELLINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "mixtral": (("mlp.", "block_sparse_moe."),),
    "minimax_m2": (("mlp.", "block_sparse_moe."),),
    "minimax_m3": (("mlp.", "block_sparse_moe."),),
    "kimi_linear": (("mlp.fc1_latent_proj", "block_sparse_moe.routed_expert_down_proj"),
                    ("mlp.fc2_latent_proj", "block_sparse_moe.routed_expert_up_proj"), ("mlp.", "block_sparse_moe.")),
    "step3p5": (("mlp.shared_experts.", "share_expert."), ("mlp.", "moe.")),
    "step3p7": (("mlp.shared_experts.", "share_expert."), ("mlp.", "moe.")),
    "llama4_text": (("mlp.shared_experts.", "feed_forward.shared_expert."), ("mlp.", "feed_forward.")),
    "nemotron_h": (("self_attn.", "mixer."), ("mlp.", "mixer.")),
    "deepseek_v4": (("self_attn.", "attn."), ("mlp.", "ffn.")),
    "deepseek_ref": (("self_attn.", "attn."), ("mlp.", "ffn.")),
}  # fmt: skip
"""Prefixes of names inside a layer that one family writes differently; the transformers spelling stays valid too."""

_FUSED = (
    ("self_attn.q_proj", "self_attn.qkv_proj"), ("self_attn.k_proj", "self_attn.qkv_proj"),
    ("self_attn.v_proj", "self_attn.qkv_proj"), (".gate_proj", ".gate_up_proj"), (".up_proj", ".gate_up_proj"),
    (".gate_proj", ".w1"), (".up_proj", ".w3"), (".down_proj", ".w2"),
    ("linear_attn.in_proj_qkv", "linear_attn.in_proj_qkvz"), ("linear_attn.in_proj_z", "linear_attn.in_proj_qkvz"),
    ("linear_attn.in_proj_b", "linear_attn.in_proj_ba"), ("linear_attn.in_proj_a", "linear_attn.in_proj_ba"),
    ("self_attn.indexer.weights_proj", "self_attn.indexers_proj"), ("mlp.shared_experts.", "mlp.shared_expert."),
    ("mlp.gate", "mlp.router"), ("experts.0.", "experts."), ("router.proj", "router"),
)  # fmt: skip
"""Other spellings of one module: fused projections, and the letters of Mixtral."""


def names_in_layer(matrix: Matrix, family: str) -> tuple[str, ...]:
    """Return the names of a matrix inside its layer, the transformers one first."""
    names = [matrix.name]
    for ours, theirs in _SPELLINGS.get(family, ()):
        if matrix.name.startswith(ours):
            names.append(theirs + matrix.name.removeprefix(ours))
            break
    for name in tuple(names):
        for ours, theirs in _FUSED:
            fits = name.endswith(ours) if not ours.endswith(".") else ours in name
            if fits:
                names.append(name.replace(ours, theirs))
    return tuple(dict.fromkeys(names))


def full_names(names: tuple[str, ...], family: str, index: int) -> tuple[str, ...]:
    """Return the names of a matrix of layer ``index``, counted from zero, with every known prefix."""
    prefixes = _FAMILY_PREFIXES.get(family, _PREFIXES)
    return tuple(f"{prefix}.{index}.{name}" for prefix in prefixes for name in names)
