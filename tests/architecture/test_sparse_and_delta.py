"""MiniMax sparse attention, Kimi delta attention and Step's heads: what is read, kept in caches and refused."""

from dataclasses import replace
from typing import Any

import pytest

from planner.architecture.cache import cache_elements
from planner.architecture.checkpoint import checkpoint_bytes_by_module
from planner.architecture.config import read_config
from planner.architecture.layers import Indexer, LatentAttention, LinearAttention, MoeMlp, SoftmaxAttention
from planner.architecture.parameters import active, by_module, total
from planner.errors import ArchitectureError
from tests.architecture import minis

KIMI_K3: dict[str, Any] = {
    "model_type": "kimi_linear", "hidden_size": 7168, "vocab_size": 163840, "max_position_embeddings": 1048576,
    "num_hidden_layers": 93, "num_attention_heads": 96, "num_key_value_heads": 96, "intermediate_size": 33792,
    "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
    "mla_use_nope": True, "mla_use_output_gate": True, "first_k_dense_replace": 1, "moe_layer_freq": 1,
    "num_experts": 896, "num_experts_per_token": 16, "num_shared_experts": 2, "moe_intermediate_size": 3072,
    "routed_expert_hidden_size": 3584, "latent_moe_use_norm": True, "attn_res_block_size": 12,
    "linear_attn_config": {
        "full_attn_layers": [*range(4, 93, 4), 93], "kda_layers": [n for n in range(1, 93) if n % 4],
        "head_dim": 128, "num_heads": 96, "short_conv_kernel_size": 4, "use_full_rank_gate": True,
    },
}  # fmt: skip
KIMI_LINEAR: dict[str, Any] = {
    **KIMI_K3, "hidden_size": 2304, "num_hidden_layers": 27, "num_attention_heads": 32, "num_key_value_heads": 32,
    "intermediate_size": 9216, "q_lora_rank": None, "mla_use_output_gate": False, "num_experts": 256,
    "num_experts_per_token": 8, "num_shared_experts": 1, "moe_intermediate_size": 1024,
    "routed_expert_hidden_size": None, "latent_moe_use_norm": False, "attn_res_block_size": None,
    "linear_attn_config": {
        "full_attn_layers": [4, 8, 12, 16, 20, 24, 27], "kda_layers": [n for n in range(1, 27) if n % 4],
        "head_dim": 128, "num_heads": 32, "short_conv_kernel_size": 4,
    },
}  # fmt: skip
STEP: dict[str, Any] = {
    "model_type": "step3p5", "hidden_size": 4096, "vocab_size": 128896, "max_position_embeddings": 262144,
    "num_hidden_layers": 45, "num_attention_heads": 64, "num_attention_groups": 8, "head_dim": 128,
    "intermediate_size": 11264, "sliding_window": 512,
    "layer_types": ["sliding_attention" if index % 4 else "full_attention" for index in range(45)],
    "moe_layers_enum": ",".join(map(str, range(3, 45))), "moe_num_experts": 288, "moe_top_k": 8,
    "moe_intermediate_size": 1280, "share_expert_dim": 1280, "use_head_wise_attn_gate": True,
    "attention_other_setting": {"num_attention_heads": 96, "num_attention_groups": 8, "head_dim": 128},
}  # fmt: skip


def refusal(config: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(ArchitectureError) as caught:
        read_config({**config, **changes}, name="here")
    return str(caught.value)


def test_published_totals() -> None:
    """Kimi K3: 2.78 trillion, 104.2 billion active without the input embedding; Kimi Linear: 48 and 3 billion.

    Model cards of moonshotai/Kimi-K3 and moonshotai/Kimi-Linear-48B-A3B-Instruct; Step 3.5 Flash: 196.81 billion.
    """
    k3 = read_config(KIMI_K3, name="k3")
    assert total(k3) == pytest.approx(2.78e12, rel=0.001)
    assert active(k3) - by_module(k3)["embedding"] == pytest.approx(104.2e9, rel=0.001)
    linear = read_config(KIMI_LINEAR, name="linear")
    assert total(linear) == pytest.approx(48e9, rel=0.03)
    assert active(linear) == pytest.approx(3e9, rel=0.2)
    assert total(read_config(STEP, name="step")) == pytest.approx(196.81e9, rel=0.001)


def test_block_sparse_layers_read_whole_blocks_and_keep_index_keys_in_16_bits() -> None:
    architecture = read_config(minis.MINIMAX_M3, name="m3")
    dense, sparse = (layer.mixer for layer in architecture.layers)
    assert isinstance(dense, SoftmaxAttention)
    assert isinstance(sparse, SoftmaxAttention)
    assert dense.indexer is None
    assert sparse.indexer == Indexer(1, 3, 2 * 4, weighted=False, key_bytes=2)
    cache = cache_elements(architecture)
    assert (cache.full_per_token, cache.index_per_token) == (2 * 8, 3)


def test_kimi_alternates_delta_and_gated_latent_attention() -> None:
    delta, latent = read_config(minis.KIMI, name="kimi").layers
    assert isinstance(delta.mixer, LinearAttention)
    assert isinstance(latent.mixer, LatentAttention)
    assert (delta.mixer.decay_rank, delta.mixer.gate_rank, latent.mixer.output_gate) == (3, 0, True)
    assert isinstance(latent.mlp, MoeMlp)
    assert latent.mlp.expert_hidden_size == 4
    low_rank = {**minis.KIMI["linear_attn_config"], "use_full_rank_gate": False}
    narrow = read_config({**minis.KIMI, "linear_attn_config": low_rank}, name="kimi")
    assert by_module(narrow)["mixer"] == minis.KDA - 6 * 8 + (3 * 8 + 6 * 3)


def test_kimi_in_mxfp4_holds_its_experts_so_and_nothing_else() -> None:
    quantisation = {
        "quant_method": "compressed-tensors", "format": "mxfp4-pack-quantized",
        "config_groups": {
            "group_0": {
                "format": "mxfp4-pack-quantized", "targets": ["Linear"],
                "weights": {"num_bits": 4, "type": "float", "strategy": "group", "group_size": 32},
            }
        },
        "ignore": [
            "re:.*self_attn.*", "re:.*shared_experts.*", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*", "re:.*lm_head.*",
        ],
    }  # fmt: skip
    plain = read_config(KIMI_K3, name="k3")
    held = read_config({**KIMI_K3, "quantization_config": quantisation}, name="k3")
    assert held.quantisation is not None
    sizes = checkpoint_bytes_by_module(held, held.quantisation)
    for module, count in by_module(plain).items():
        assert sizes[module] == count * (4.25 / 8 if module == "experts" else 2)


def test_sliding_layers_of_step_have_heads_of_their_own() -> None:
    full, sliding = (layer.mixer for layer in read_config(minis.STEP, name="step").layers)
    assert isinstance(full, SoftmaxAttention)
    assert isinstance(sliding, SoftmaxAttention)
    assert (full.heads, sliding.heads, full.window, sliding.window) == (2, 4, None, 16)
    assert full.head_gate
    silent = {key: value for key, value in minis.STEP.items() if key != "attention_other_setting"}
    architecture = read_config(silent, name="step")
    assert any("attention_other_setting" in note for note in architecture.notes)
    heads = {layer.mixer.heads for layer in architecture.layers if isinstance(layer.mixer, SoftmaxAttention)}
    assert heads == {2}


def test_wrappers_lead_to_the_language_model() -> None:
    for outer, text in (("kimi_k3", minis.KIMI), ("minimax_m3_vl", minis.MINIMAX_M3), ("step3p7", minis.STEP)):
        inner = {key: value for key, value in text.items() if key != "model_type"}
        wrapped = read_config({"model_type": outer, "text_config": inner}, name="model")
        assert replace(wrapped, notes=()) == replace(read_config(text, name="model"), notes=())
    assert read_config({**minis.STEP, "model_type": "step3p7"}, name="model").layer_count == 2


SPARSE = minis.MINIMAX_M3["sparse_attention_config"]
LINEAR = minis.KIMI["linear_attn_config"]


@pytest.mark.parametrize(
    ("config", "changes", "words"),
    [
        (minis.MINIMAX_M3, {"sparse_attention_config": {**SPARSE, "sparse_shape": 3}}, "sparse_shape: is not underst"),
        (minis.MINIMAX_M3, {"sparse_attention_config": {**SPARSE, "sparse_attention_freq": [1]}}, "holds 1 entries"),
        (
            minis.MINIMAX_M3,
            {"sparse_attention_config": {**SPARSE, "sparse_disable_index_value": [0, 0]}},
            "sparse_disable_index_value: 0 in a sparse layer",
        ),
        (minis.MINIMAX_M3, {"qk_norm_type": "per_layer"}, "qk_norm_type: 'per_layer' is not understood"),
        (minis.MINIMAX_M3, {"moe_intermediate_size": 4}, "moe_intermediate_size: 4 contradicts intermediate_size: 3"),
        (minis.MINIMAX_M3, {"attention_output_gate": True}, "attention_output_gate: true is not understood"),
        (minis.MINIMAX_M3, {"n_shared_experts": 2}, "n_shared_experts: 2 is not understood"),
        (minis.KIMI, {"linear_attn_config": {**LINEAR, "kda_layers": []}}, "do not share out layers 1 to 2"),
        (minis.KIMI, {"linear_attn_config": {**LINEAR, "kda_layers": [1, 2]}}, "do not share out layers 1 to 2"),
        (minis.KIMI, {"linear_attn_config": None}, "do not share out layers 1 to 2"),
        (minis.STEP, {"layer_types": None}, "layer_types: missing"),
        (minis.STEP, {"moe_layers_enum": "1;2"}, "moe_layers_enum: '1;2' is not understood"),
        (minis.LLAMA, {"sparse_attention_config": SPARSE}, "sparse_attention_config"),
        (minis.DEEPSEEK, {"attn_res_block_size": 12}, "attn_res_block_size: 12: not understood"),
        (minis.KIMI, {"attn_res_block_size": 0}, "attn_res_block_size: 0 is out of range"),
    ],
)
def test_wrong_structures_are_refused(config: dict[str, Any], changes: dict[str, Any], words: str) -> None:
    assert words in refusal(config, **changes)
