"""Reading configurations: what is taken from where, and what is refused with which words."""

import re
from typing import Any

import pytest

from planner.architecture.config import read_config
from planner.architecture.layers import (
    Architecture,
    DenseMlp,
    LatentAttention,
    LinearAttention,
    Mamba2,
    MoeMlp,
    SoftmaxAttention,
)
from planner.architecture.parameters import total
from planner.errors import ArchitectureError
from tests.architecture import minis


def read(config: dict[str, Any], **changes: Any) -> Architecture:
    return read_config({**config, **changes}, name="here")


def windows(architecture: Architecture) -> list[int | None]:
    mixers = [architecture.layers[index].mixer for index in architecture.order]
    return [mixer.window for mixer in mixers if isinstance(mixer, SoftmaxAttention)]


def sparse(architecture: Architecture) -> list[bool]:
    return [isinstance(architecture.layers[index].mlp, MoeMlp) for index in architecture.order]


def refusal(config: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(ArchitectureError) as caught:
        read(config, **changes)
    message = str(caught.value)
    assert message.startswith("here: ")
    assert re.search(r" \([^)]+\)*", message), "a message ends in a remedy"
    return message


def test_distinct_layers_stand_once_and_the_order_is_kept() -> None:
    architecture = read(minis.DEEPSEEK)
    assert architecture.order == (0, 1, 1)
    assert architecture.counts() == (1, 2)
    assert architecture.layer_count == 3
    assert [type(layer.mlp) for layer in architecture.layers] == [DenseMlp, MoeMlp]
    assert all(isinstance(layer.mixer, LatentAttention) for layer in architecture.layers)


def test_head_size_is_stated_or_follows_or_is_the_familys() -> None:
    def head_dim(config: dict[str, Any]) -> int:
        mixer = read_config(config, name="here").layers[0].mixer
        assert isinstance(mixer, SoftmaxAttention)
        return mixer.head_dim

    silent = {key: value for key, value in minis.LLAMA.items() if key != "head_dim"}
    assert head_dim(minis.LLAMA) == 4
    assert head_dim({**minis.LLAMA, "head_dim": 6}) == 6
    assert head_dim(silent) == 4
    assert head_dim({**silent, "model_type": "qwen3"}) == 128
    assert "head_dim: missing" in refusal(silent, num_attention_heads=3, num_key_value_heads=3)


def test_key_value_heads_default_to_the_heads() -> None:
    silent = {key: value for key, value in minis.LLAMA.items() if key != "num_key_value_heads"}
    mixer = read_config(silent, name="here").layers[0].mixer
    assert isinstance(mixer, SoftmaxAttention)
    assert mixer.kv_heads == 2


@pytest.mark.parametrize(
    ("config", "changes", "expected"),
    [
        (minis.LLAMA, {}, [None, None]),
        (minis.QWEN2, {}, [None, None]),
        (minis.QWEN2, {"use_sliding_window": True}, [None, 32]),
        (minis.MIXTRAL, {}, [None, None]),
        (minis.MIXTRAL, {"sliding_window": 8}, [8, 8]),
        ({**minis.LLAMA, "model_type": "mistral"}, {"sliding_window": 8}, [8, 8]),
        ({**minis.LLAMA, "model_type": "gemma2"}, {"sliding_window": 8}, [8, None]),
        (minis.GEMMA3, {}, [16, 16, 16, 16, 16, None, 16]),
        (minis.GEMMA3, {"sliding_window_pattern": 2}, [16, None, 16, None, 16, None, 16]),
        (minis.GPT_OSS, {}, [16, None]),
        (minis.GPT_OSS, {"layer_types": ["full_attention", "sliding_attention"]}, [None, 16]),
        (minis.LLAMA4, {}, [16, 16, 16, None]),
        (minis.LLAMA4, {"no_rope_layers": [0, 1, 1, 1]}, [None, 16, 16, 16]),
        (minis.MIMO_V2, {}, [None, 16]),
        (minis.GEMMA4, {}, [16, None]),
    ],
)
def test_windows(config: dict[str, Any], changes: dict[str, Any], expected: list[int | None]) -> None:
    assert windows(read(config, **changes)) == expected


@pytest.mark.parametrize(
    ("config", "changes", "expected"),
    [
        (minis.MIXTRAL, {}, [True, True]),
        (minis.DEEPSEEK, {"first_k_dense_replace": 2}, [False, False, True]),
        (minis.DEEPSEEK, {"first_k_dense_replace": 0, "moe_layer_freq": 2}, [True, False, True]),
        (minis.GLM_DSA, {}, [False, True, True]),
        (minis.LLAMA4, {}, [False, True, False, True]),
        (minis.LLAMA4, {"moe_layers": [1, 3]}, [False, True, False, True]),
        (minis.QWEN3_NEXT, {"decoder_sparse_step": 2}, [False, True, False, True]),
        (minis.QWEN3_NEXT, {"mlp_only_layers": [0]}, [False, True, True, True]),
        (minis.MIMO_V2, {}, [False, True]),
        (minis.GEMMA4, {"num_experts": None}, [False, False]),
        (minis.GEMMA4, {"enable_moe_block": False}, [False, False]),
    ],
)
def test_which_layers_hold_experts(config: dict[str, Any], changes: dict[str, Any], expected: list[bool]) -> None:
    assert sparse(read(config, **changes)) == expected


def test_nemotron_patterns_and_names_mean_the_same() -> None:
    named = {key: value for key, value in minis.NEMOTRON.items() if key != "hybrid_override_pattern"}
    named["layers_block_type"] = ["mamba", "attention", "moe", "mlp"]
    pattern = read(minis.NEMOTRON)
    assert read(named) == pattern
    assert [type(layer.mixer) for layer in pattern.layers] == [Mamba2, SoftmaxAttention, type(None), type(None)]
    assert [type(layer.mlp) for layer in pattern.layers] == [type(None), type(None), MoeMlp, DenseMlp]


def test_linear_attention_by_interval_and_by_name() -> None:
    types = ["linear_attention", "full_attention"] * 2
    assert read(minis.QWEN3_NEXT) == read(minis.QWEN3_NEXT, layer_types=types)
    assert isinstance(read(minis.QWEN3_NEXT).layers[0].mixer, LinearAttention)


def test_text_config_is_followed_and_the_towers_are_said_to_be_left_out() -> None:
    inner = {**minis.LLAMA, "model_type": "qwen3_vl_text", "head_dim": 4}
    wrapped = read_config(
        {"model_type": "qwen3_vl", "text_config": inner, "vision_config": {"depth": 2}, "tie_word_embeddings": True},
        name="here",
    )
    assert wrapped.layers == read_config(inner, name="here").layers
    assert wrapped.tied_embeddings
    assert wrapped.notes == ("the vision tower is left out",)


def test_the_wrapper_says_the_type_of_a_silent_text_config() -> None:
    inner = {key: value for key, value in minis.GEMMA3.items() if key != "model_type"}
    assert read_config({"model_type": "gemma3", "text_config": inner}, name="here").family == "gemma3_text"


def test_published_gemma3_leaves_heads_and_vocabulary_to_its_class() -> None:
    """google/gemma-3-4b-it states six keys; its class has the rest: 3,880,263,168 parameters (transformers 5.23.0)."""
    text = {
        "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34,
        "sliding_window": 1024, "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
    }  # fmt: skip
    assert total(read_config({"model_type": "gemma3", "text_config": text}, name="gemma")) == 3_880_263_168


def test_what_is_left_out_is_said() -> None:
    assert read(minis.DEEPSEEK).notes == ("1 multi-token-prediction layer(s) are left out",)
    assert "keys are cached once" not in " ".join(read(minis.LLAMA).notes)
    assert any("cached once" in note for note in read(minis.GEMMA4).notes)
    assert any("window of one chunk" in note for note in read(minis.LLAMA4).notes)
    assert any("float32" in note for note in read(minis.LLAMA, torch_dtype="float32").notes)
    assert read(minis.LLAMA, favourite_colour="blue").notes == ("keys not read: favourite_colour",)


def test_context_is_the_smallest_stated_or_what_yarn_reaches() -> None:
    assert read(minis.LLAMA).context_tokens == 64
    assert read(minis.LLAMA, model_max_length=48).context_tokens == 48
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
    assert read(minis.LLAMA, rope_scaling=yarn).context_tokens == 256
    assert read(minis.LLAMA, rope_parameters=yarn).context_tokens == 256
    assert read(minis.LLAMA, rope_scaling={"rope_type": "llama3", "factor": 8.0}).context_tokens == 64


@pytest.mark.parametrize(
    "model_type", ["minimax_m4", "step4", "kimi_quadratic", "gpt2", "falcon", "mamba2", "", "LLAMA", "text_config"]
)
def test_an_unknown_type_is_refused_by_name(model_type: str) -> None:
    message = refusal(minis.LLAMA, model_type=model_type, retention_config={"heads": 16})
    assert repr(model_type) in message
    assert "retention_config" in message
    assert "hidden_size" not in message.split("understood are")[0]


def test_an_unknown_wrapper_is_refused_even_around_a_known_model() -> None:
    message = refusal({"model_type": "newvl", "text_config": minis.LLAMA})
    assert "'newvl around llama'" in message
    message = refusal({"model_type": "qwen3_vl", "text_config": {**minis.LLAMA, "model_type": "newtext"}})
    assert "'qwen3_vl around newtext'" in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sliding_window", 4096), ("layer_types", ["sliding_attention", "full_attention"]), ("num_experts", 8),
        ("compress_ratios", [0, 4]), ("sparse_attention_config", {"topk": 1}), ("kv_lora_rank", 512),
        ("linear_attn_config", {"kda_layers": [1]}), ("num_kv_shared_layers", 2), ("index_topk", 2048),
        ("attention_chunk_size", 8192), ("hidden_size_per_layer_input", 256), ("is_encoder_decoder", True),
        ("cross_attention_hidden_size", 64),
    ],
)  # fmt: skip
def test_a_structural_key_that_the_family_does_not_have_is_never_ignored(key: str, value: object) -> None:
    assert key in refusal(minis.LLAMA, **{key: value})


@pytest.mark.parametrize("value", [None, False, 0, [], {}, ""])
def test_a_structural_key_that_is_switched_off_is_no_matter(value: object) -> None:
    assert read(minis.LLAMA, num_kv_shared_layers=value) == read(minis.LLAMA)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hidden_size": None}, ["hidden_size: missing"]),
        ({"hidden_size": "8"}, ["hidden_size: '8' is not a whole number"]),
        ({"hidden_size": True}, ["hidden_size: True is not a whole number"]),
        ({"hidden_size": 8.5}, ["hidden_size: 8.5 is not a whole number"]),
        ({"hidden_size": float("nan")}, ["hidden_size: nan is not a whole number"]),
        ({"hidden_size": -8}, ["hidden_size: -8 is out of range"]),
        ({"hidden_size": 0}, ["hidden_size: 0 is out of range"]),
        ({"hidden_size": 10**30}, ["hidden_size", "out of range"]),
        ({"num_hidden_layers": 10_001}, ["num_hidden_layers: 10001 is out of range", "10000"]),
        ({"num_hidden_layers": [2]}, ["num_hidden_layers: [2] is not a whole number"]),
        ({"vocab_size": {}}, ["vocab_size: {} is not a whole number"]),
        ({"num_key_value_heads": 3}, ["num_key_value_heads: 3 does not divide 2 heads"]),
        ({"num_kv_heads": 2}, ["num_kv_heads: 2 contradicts num_key_value_heads: 1"]),
        ({"attention_bias": "yes"}, ["attention_bias: 'yes' is not a boolean"]),
        ({"tie_word_embeddings": 1}, ["tie_word_embeddings: 1 is not a boolean"]),
        ({"model_type": None}, ["model_type: missing"]),
        ({"model_type": ["llama"]}, ["model_type: ['llama'] is not a string"]),
        ({"max_position_embeddings": None}, ["max_position_embeddings: missing"]),
        ({"intermediate_size": None}, ["intermediate_size: missing"]),
        ({"text_config": 3}, ["text_config: 3 is not a mapping"]),
    ],
)
def test_wrong_values_name_key_value_and_rule(changes: dict[str, Any], words: list[str]) -> None:
    message = refusal(minis.LLAMA, **changes)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("config", "changes", "words"),
    [
        (minis.GEMMA4, {"layer_types": ["full_attention"]}, "layer_types: holds 1 entries, the model has 2 layers"),
        (minis.GEMMA4, {"layer_types": ["full_attention", "odd"]}, "layer_types: 'odd' is not understood"),
        (minis.GEMMA4, {"layer_types": ["full_attention", []]}, "layer_types: [] is not understood"),
        (minis.GEMMA4, {"layer_types": ["full_attention", "linear_attention"]}, "linear_attention is not known"),
        (minis.GEMMA4, {"sliding_window": None}, "sliding_window: missing"),
        (minis.MIMO_V2, {"hybrid_layer_pattern": [0]}, "hybrid_layer_pattern: 1 entries for 2 layers"),
        (minis.MIMO_V2, {"hybrid_layer_pattern": [0, 2]}, "hybrid_layer_pattern: 2 is out of range"),
        (minis.MIMO_V2, {"sliding_window_size": 17}, "sliding_window_size: 17 differs from sliding_window"),
        (minis.MIMO_V2, {"moe_layer_freq": [0]}, "moe_layer_freq: 1 entries for 2 layers"),
        (minis.MIXTRAL, {"num_experts_per_tok": 5}, "num_experts_per_tok: 5 is out of range"),
        (minis.MIXTRAL, {"num_experts": 5}, "num_local_experts: 4 contradicts num_experts: 5"),
        (minis.GLM_DSA, {"first_k_dense_replace": 2}, "state different dense and sparse layers"),
        (minis.GLM_DSA, {"indexer_types": ["shared"] * 3}, "the first layer shares"),
        (minis.GLM_DSA, {"indexer_types": None}, "index_topk_freq: 4 needs indexer_types"),
        (minis.DSA, {"q_lora_rank": None}, "needs q_lora_rank"),
        (minis.NEMOTRON, {"hybrid_override_pattern": "MX"}, "hybrid_override_pattern: 'X' is not understood"),
        (minis.NEMOTRON, {"hybrid_override_pattern": ""}, "hybrid_override_pattern"),
        (minis.NEMOTRON, {"hybrid_override_pattern": "M" * 10_001}, "holds 10001 layers"),
        (minis.NEMOTRON, {"num_hidden_layers": 5}, "5, but hybrid_override_pattern has 4 layers"),
        (minis.NEMOTRON, {"mamba_ssm_cache_dtype": "int3"}, "mamba_ssm_cache_dtype: ['int3'] is not understood"),
        (minis.NEMOTRON, {"n_shared_experts": 2}, "n_shared_experts: 2 is not understood"),
        (minis.QWEN3_NEXT, {"linear_num_key_heads": 3}, "linear_num_key_heads: 3 does not divide 2"),
        (minis.MINIMAX, {"qk_norm_type": "per_head"}, "qk_norm_type: 'per_head' is not understood"),
        (minis.MINIMAX, {"attn_type_list": [1, 0]}, "attn_type_list: holds other types than 1"),
        (minis.DEEPSEEK_V4, {"compress_ratios": [0, 4]}, "compress_ratios: 2 entries for 3 layers"),
        (minis.DEEPSEEK_V4, {"compress_ratios": [0, 4, 8]}, "compress_ratios: 8 is not understood"),
        (minis.DEEPSEEK_V4, {"compress_ratios": None}, "compress_ratios: missing"),
        (minis.DEEPSEEK_V4, {"num_key_value_heads": 2}, "num_key_value_heads: more than 1"),
        (minis.NAS, {"block_configs": None}, "block_configs: missing"),
        (minis.NAS, {"block_configs": [1, 2]}, "block_configs[0]: is not a mapping"),
        (minis.NAS, {"block_configs": [{"attention": {}}] * 2}, "attention, ffn: missing"),
    ],
)
def test_wrong_structures_are_refused(config: dict[str, Any], changes: dict[str, Any], words: str) -> None:
    assert words in refusal(config, **changes)


@pytest.mark.parametrize(
    "part",
    [
        {"attention": {"no_op": False, "replace_with_linear": True, "n_heads_in_group": 1}, "ffn": {"ffn_mult": 1.0}},
        {"attention": {"no_op": False, "window_length": 8, "n_heads_in_group": 1}, "ffn": {"ffn_mult": 1.0}},
        {"attention": {"no_op": True}, "ffn": {"ffn_mult": 1.0, "sparsify": ["2:4"]}},
        {"attention": {"no_op": True}, "ffn": {"ffn_mult": float("inf")}},
        {"attention": {"no_op": True}, "ffn": {}},
    ],
)
def test_blocks_of_a_searched_model_that_are_not_understood_are_refused(part: dict[str, Any]) -> None:
    assert "block_configs[1]" in refusal(minis.NAS, block_configs=[minis.NAS["block_configs"][0], part])
