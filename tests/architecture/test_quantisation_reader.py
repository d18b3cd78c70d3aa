"""Quantisation configurations of every method: formats, module classes, patterns, refusals."""

from typing import Any

import pytest

from planner.architecture.config import read_config
from planner.architecture.layers import Architecture, Quantisation
from planner.errors import ArchitectureError
from tests.architecture import minis

FP8_BLOCK = {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 4, "zero_point": True, "version": "gemm"}
GPTQ = {"quant_method": "gptq", "bits": 4, "group_size": 4, "desc_act": False, "sym": True, "lm_head": False}
MXFP4 = {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"]}
NVFP4 = {"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": ["lm_head"], "kv_cache_scheme": "FP8"}


def tensors(weights: dict[str, Any], activations: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    group = {"targets": ["Linear"], "weights": weights, "input_activations": activations}
    return {"quant_method": "compressed-tensors", "config_groups": {"group_0": group}, "ignore": ["lm_head"], **rest}


FP8_CHANNEL = tensors({"num_bits": 8, "type": "float", "strategy": "channel"}, {"num_bits": 8, "type": "float"})


def read(config: dict[str, Any], quantisation: object, legacy: dict[str, Any] | None = None) -> Quantisation:
    architecture = read_config({**config, "quantization_config": quantisation}, name="here", quant_config=legacy)
    assert architecture.quantisation is not None
    return architecture.quantisation


def shares(quantisation: Quantisation) -> dict[tuple[str, str], int]:
    return {(holding.module, holding.format): holding.elements for holding in quantisation.holdings}


@pytest.mark.parametrize(
    ("stated", "expected", "group"),
    [
        (FP8_BLOCK, "fp8-block", 128),
        ({**FP8_BLOCK, "weight_block_size": None}, "fp8", None),
        (AWQ, "w4a16", 4),
        ({"quant_method": "awq", "w_bit": 8, "q_group_size": -1}, "w8a16", None),
        (GPTQ, "w4a16", 4),
        ({**GPTQ, "bits": 8}, "w8a16", 4),
        (NVFP4, "nvfp4", 16),
        ({**NVFP4, "quant_algo": "W4A16_NVFP4"}, "nvfp4", 16),
        ({**NVFP4, "quant_algo": "FP8"}, "fp8", None),
        ({"quant_algo": "FP8", "producer": {"name": "modelopt"}, "ignore": ["lm_head"]}, "fp8", None),
        ({**NVFP4, "quant_algo": "W4A8_AWQ", "group_size": 4}, "w4a8", 4),
        (FP8_CHANNEL, "fp8", None),
        (tensors({"num_bits": 8, "type": "int", "strategy": "channel"}, {"num_bits": 8}), "int8", None),
        (tensors({"num_bits": 8, "type": "int", "strategy": "channel"}), "w8a16", None),
        (tensors({"num_bits": 4, "type": "int", "strategy": "group", "group_size": 4}), "w4a16", 4),
        (tensors({"num_bits": 4, "type": "int", "strategy": "group", "group_size": 4}, {"num_bits": 8}), "w4a8", 4),
        (tensors({"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16}), "nvfp4", 16),
        (tensors({"num_bits": 4, "type": "float", "group_size": 32}, format="mxfp4-pack-quantized"), "mxfp4", 32),
        (
            tensors({"num_bits": 8, "type": "float", "strategy": "block", "block_structure": [128, 128]}, {}),
            "fp8-block",
            128,
        ),
    ],
)
def test_methods_and_formats(stated: dict[str, Any], expected: str, group: int | None) -> None:
    quantisation = read(minis.LLAMA, stated)
    assert (quantisation.weight_format, quantisation.group_size) == (expected, group)
    assert quantisation.unquantised == {"embedding", "head", "norms"}
    assert shares(quantisation) == {
        ("embedding", "bf16"): minis.TABLE,
        ("head", "bf16"): minis.TABLE,
        ("attention", expected): 2 * minis.QKVO,
        ("dense_mlp", expected): 2 * 3 * 8 * 16,
    }


def test_mxfp4_means_routed_experts_alone() -> None:
    quantisation = read(minis.GPT_OSS, MXFP4)
    assert quantisation.weight_format == "mxfp4"
    assert quantisation.unquantised == {"embedding", "head", "attention", "router", "norms"}


@pytest.mark.parametrize("config", [minis.MIXTRAL, minis.DEEPSEEK, minis.NEMOTRON, minis.LLAMA4, minis.GEMMA4])
def test_routers_embeddings_and_convolutions_stay_unless_named(config: dict[str, Any]) -> None:
    held = shares(read(config, FP8_BLOCK))
    assert [key for key in held if key[0] in {"router", "embedding", "head"} and key[1] != "bf16"] == []
    if config is minis.NEMOTRON:
        assert held["mixer", "bf16"] == 14 * 4


def test_a_quantised_head_is_named_or_not_excluded() -> None:
    assert "head" in read(minis.LLAMA, NVFP4).unquantised
    assert "head" not in read(minis.LLAMA, {**NVFP4, "ignore": ["model.layers.0*"]}).unquantised
    assert "head" not in read(minis.LLAMA, {**GPTQ, "lm_head": True}).unquantised
    assert "head" not in read(minis.LLAMA, {**FP8_CHANNEL, "ignore": []}).unquantised


@pytest.mark.parametrize(
    "entry",
    [
        "model.layers.0.self_attn", "model.layers.0.self_attn*", "model.layers.*.self_attn", "*.self_attn.*",
        "re:.*self_attn.*", "re:.*self_attn\\.(q|k|v|o)_proj$", "model.language_model.layers.0.self_attn*",
        "language_model.model.layers.0.self_attn", "self_attn",
    ],
)  # fmt: skip
def test_every_spelling_of_an_exclusion(entry: str) -> None:
    held = shares(read({**minis.LLAMA, "num_hidden_layers": 1}, {**NVFP4, "ignore": ["lm_head", entry]}))
    assert held["attention", "bf16"] == minis.QKVO
    assert ("attention", "nvfp4") not in held
    assert held["dense_mlp", "nvfp4"] == 3 * 8 * 16


def test_exclusions_name_single_layers_and_single_projections() -> None:
    held = shares(read(minis.LLAMA, {**NVFP4, "ignore": ["lm_head", "model.layers.1.*", "model.layers.0.mlp.up_proj"]}))
    assert held["attention", "nvfp4"] == minis.QKVO
    assert held["dense_mlp", "nvfp4"] == 2 * 8 * 16
    assert held["dense_mlp", "bf16"] == 4 * 8 * 16


def test_a_name_means_no_longer_name_that_begins_with_it() -> None:
    held = shares(
        read(minis.LLAMA, {**NVFP4, "ignore": ["lm_head", "model.layers.1", "gate", "model.layers.0.mlp.up"]})
    )
    assert held["dense_mlp", "nvfp4"] == 3 * 8 * 16
    assert held["attention", "nvfp4"] == minis.QKVO


@pytest.mark.parametrize(
    ("config", "entry", "module"),
    [
        (minis.MIXTRAL, "model.layers.0.block_sparse_moe.experts*", "experts"),
        (minis.MINIMAX, "model.layers.0.block_sparse_moe.experts", "experts"),
        (minis.LLAMA4, "re:.*feed_forward\\.shared_expert\\..*", "shared_expert"),
        (minis.NEMOTRON, "backbone.layers.0.mixer.in_proj", "mixer"),
        (minis.NEMOTRON, "backbone.layers.1.mixer.q_proj", "attention"),
        (minis.NEMOTRON, "backbone.layers.2.mixer.shared_experts*", "shared_expert"),
        (minis.GEMMA4, "model.language_model.layers.0.mlp*", "dense_mlp"),
        (minis.GEMMA4, "model.language_model.layers.0.experts*", "experts"),
        (minis.QWEN3_NEXT, "model.layers.0.linear_attn.in_proj_qkvz", "mixer"),
        (minis.QWEN3_NEXT, "*.mlp.shared_expert.*", "shared_expert"),
        (minis.DEEPSEEK, "model.layers.1.mlp.shared_experts", "shared_expert"),
        (minis.DEEPSEEK_V4, "layers.0.ffn.experts", "experts"),
        ({**minis.LLAMA, "model_type": "phi3"}, "model.layers.0.self_attn.qkv_proj", "attention"),
        ({**minis.LLAMA, "model_type": "phi3"}, "model.layers.0.mlp.gate_up_proj", "dense_mlp"),
    ],
)
def test_families_spell_their_modules(config: dict[str, Any], entry: str, module: str) -> None:
    plain = shares(read(config, {**NVFP4, "ignore": ["lm_head"]}))
    held = shares(read(config, {**NVFP4, "ignore": ["lm_head", entry]}))
    changed = {key[0] for key in plain.keys() | held.keys() if plain.get(key) != held.get(key)}
    assert changed == {module}


def test_gemma_experts_do_not_stand_under_the_dense_block() -> None:
    held = shares(read(minis.GEMMA4, {**NVFP4, "ignore": ["lm_head", "model.language_model.layers.*.mlp*"]}))
    assert held["dense_mlp", "bf16"] == 2 * 3 * 8 * 16
    assert held["experts", "nvfp4"] == 2 * 4 * 3 * 8 * 3


def test_mixed_precision_follows_the_named_modules() -> None:
    layers = {
        f"model.layers.{index}.self_attn.{name}_proj": {"quant_algo": "FP8"} for index in range(2) for name in "qkvo"
    } | {f"model.layers.{index}.mlp.{name}_proj": {"quant_algo": "W4A16_NVFP4", "group_size": 16}
         for index in range(2) for name in ("gate", "up", "down")} | {"lm_head": {"quant_algo": "NVFP4"}}  # fmt: skip
    stated = {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": layers}
    quantisation = read(minis.LLAMA, stated)
    assert quantisation.weight_format == "nvfp4"
    assert quantisation.mixed == (("attention", "fp8"),)
    assert quantisation.unquantised == {"embedding", "norms"}


def test_groups_with_targets_of_their_own() -> None:
    groups = {
        "a": {"targets": ["re:.*self_attn.*"], "weights": {"num_bits": 8, "type": "float"}, "input_activations": {}},
        "b": {"targets": ["re:.*mlp.*"], "weights": {"num_bits": 4, "type": "float", "group_size": 16}},
        "c": {"targets": ["LlamaAttention"], "weights": {"num_bits": 8}},
        "d": {"targets": ["Linear"], "weights": None, "output_activations": {"num_bits": 8}},
    }
    quantisation = read(minis.LLAMA, {"quant_method": "compressed-tensors", "config_groups": groups})
    assert quantisation.weight_format == "nvfp4"
    assert quantisation.mixed == (("attention", "fp8"),)
    assert "head" in quantisation.unquantised


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kv_cache_scheme": None}, None),
        ({"kv_cache_scheme": "FP8"}, "fp8"),
        ({"kv_cache_scheme": {"type": "float", "num_bits": 8, "dynamic": False}}, "fp8"),
        ({"kv_cache_scheme": {"type": "int", "num_bits": 8}}, "int8"),
        ({"kv_cache_scheme": None, "kv_cache_quant_algo": "FP8"}, "fp8"),
        ({"kv_cache_scheme": None, "kv_cache_quant_algo": "NONE"}, None),
    ],
)
def test_cache_formats(changes: dict[str, Any], expected: str | None) -> None:
    assert read(minis.LLAMA, {**NVFP4, **changes}).kv_format == expected


def test_the_separate_file_states_what_the_configuration_does_not() -> None:
    legacy = {"quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"]}}
    alone = read(minis.LLAMA, None, legacy)
    assert (alone.method, alone.weight_format, alone.kv_format) == ("modelopt", "nvfp4", "fp8")
    beside = read(minis.LLAMA, FP8_BLOCK, legacy)
    assert (beside.weight_format, beside.kv_format) == ("fp8-block", "fp8")


def test_a_checkpoint_that_names_no_exclusions_says_so() -> None:
    quantisation = read(minis.MIXTRAL, None, {"quantization": {"quant_algo": "NVFP4"}})
    assert quantisation.unquantised == {"embedding", "head", "router", "norms"}
    assert any("names no excluded modules" in note for note in quantisation.notes)
    architecture: Architecture = read_config(
        minis.MIXTRAL, name="here", quant_config={"quantization": {"quant_algo": "NVFP4"}}
    )
    assert quantisation.notes[0] in architecture.notes


def test_the_configuration_of_the_language_model_counts_too() -> None:
    inner = {**minis.LLAMA, "model_type": "qwen3_vl_text", "quantization_config": FP8_BLOCK}
    architecture = read_config({"model_type": "qwen3_vl", "text_config": inner}, name="here")
    assert architecture.quantisation is not None
    assert architecture.quantisation.weight_format == "fp8-block"


def test_experts_of_deepseek_v4() -> None:
    config = {**minis.DEEPSEEK_V4, "n_routed_experts": 64, "expert_dtype": "fp4"}
    quantisation = read(config, FP8_BLOCK)
    assert quantisation.weight_format == "mxfp4"
    assert quantisation.mixed == (("attention", "fp8-block"), ("shared_expert", "fp8-block"))
    over = {
        **FP8_BLOCK, "quant_algo": "MIXED_PRECISION", "moe_quant_algo": "NVFP4", "ignore": ["*.attn.*", "head"],
        "quantized_layers": {f"layers.{index}.ffn.experts": {"quant_algo": "NVFP4"} for index in range(3)},
    }  # fmt: skip
    quantisation = read(config, over)
    assert quantisation.weight_format == "nvfp4"
    assert quantisation.mixed == (("attention", "fp8-block"), ("shared_expert", "fp8-block"))


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "quant_method: 'bitsandbytes' is not understood"),
        ({"quant_method": "quark"}, "quant_method: 'quark' is not understood"),
        ({"bits": 4}, "quant_method: missing"),
        ({"quant_method": 4}, "quant_method: 4 is not a string"),
        ("fp8", "quantization_config: 'fp8' is not a mapping"),
        ({**NVFP4, "quant_algo": "MXFP6"}, "algorithm 'MXFP6' is not understood"),
        ({**NVFP4, "quant_algo": "MIXED_PRECISION"}, "quantized_layers: missing"),
        (
            {**NVFP4, "quant_algo": "MIXED_PRECISION", "quantized_layers": {"lm_head": {"quant_algo": "INT2"}}},
            "quantized_layers: lm_head: algorithm 'INT2'",
        ),
        ({**NVFP4, "quant_algo": "MIXED_PRECISION", "quantized_layers": {"lm_head": 3}}, "algorithm None"),
        ({**NVFP4, "kv_cache_scheme": "NVFP4"}, "kv_cache_quant_algo: 'NVFP4' is not understood"),
        ({**NVFP4, "kv_cache_scheme": {"num_bits": 4, "type": "float"}}, "('float', 4) is not understood"),
        ({**NVFP4, "ignore": "lm_head"}, "ignore: 'lm_head' is not a list"),
        ({**NVFP4, "ignore": [3]}, "3 is no module name"),
        ({**NVFP4, "ignore": ["re:(a+)+$"]}, "too intricate a pattern"),
        ({**NVFP4, "ignore": ["re:.*.*.*x"]}, "too intricate a pattern"),
        ({**NVFP4, "ignore": ["re:m.*a.*b.*c.*d"]}, "too intricate a pattern"),
        (
            {**NVFP4, "ignore": [f"re:.*layers\\.{index}\\..*" for index in range(20_000)]},
            "40000 layers times patterns",
        ),
        ({**NVFP4, "ignore": ["re:["]}, "is no regular expression"),
        ({**AWQ, "bits": 3}, "bits: 3 bits are not understood"),
        ({**AWQ, "bits": None}, "bits: missing"),
        ({**AWQ, "group_size": 0}, "group_size: 0 is no group size"),
        ({**GPTQ, "dynamic": {"+:.*mlp.*": {"bits": 8}}}, "changes bits"),
        ({**FP8_BLOCK, "weight_block_size": [128]}, "weight_block_size: [128] is no block"),
        ({**FP8_BLOCK, "weight_block_size": "128"}, "weight_block_size: '128' is not a list"),
        ({"quant_method": "compressed-tensors"}, "config_groups: missing"),
        (tensors({"num_bits": 3, "type": "int"}), "3-bit int is not understood"),
        (tensors({"num_bits": 4, "type": "float", "group_size": 48}), "48 is not understood for 4-bit floats"),
        (tensors({"num_bits": 8, "type": "float", "strategy": "odd"}), "strategy: 'odd' is not understood"),
        (tensors({"num_bits": 8, "type": "float", "strategy": "block"}), "block_structure: missing"),
        ({"quant_method": "compressed-tensors", "config_groups": {"a": 3}}, "a: 3 is not a mapping"),
        ({"quant_method": "compressed-tensors", "config_groups": {"a": {"targets": []}}}, "quantise no weights"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(stated: object, words: str) -> None:
    with pytest.raises(ArchitectureError) as caught:
        read_config({**minis.LLAMA, "quantization_config": stated}, name="here")
    assert words in str(caught.value)
    assert str(caught.value).startswith("here: ")


def test_gptq_exclusions_are_expressions() -> None:
    held = shares(read(minis.QWEN3_NEXT, {**GPTQ, "dynamic": {"-:.*attn.*": {}, "-:.*shared_expert.*": {}}}))
    assert {module for module, chosen in held if chosen == "w4a16"} == {"experts"}
    assert shares(read(minis.LLAMA, {**GPTQ, "dynamic": None})) == shares(read(minis.LLAMA, GPTQ))


def test_an_empty_configuration_is_none() -> None:
    assert read_config({**minis.LLAMA, "quantization_config": {}}, name="here").quantisation is None
    assert read_config({**minis.LLAMA, "quantization_config": None}, name="here").quantisation is None
