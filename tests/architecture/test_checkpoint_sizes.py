"""Bytes of released checkpoints, computed from configuration and quantisation config, against published sizes.

What a checkpoint holds beside the language model (multi-token-prediction layers, vision towers) is computed here,
module by module, and added; sizes in GiB are stated to two decimals.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from planner.architecture.checkpoint import checkpoint_bytes, checkpoint_bytes_by_module
from planner.architecture.config import read_config
from planner.architecture.layers import Architecture, Quantisation, SoftmaxAttention
from planner.architecture.matrices import MODULES
from planner.architecture.parameters import by_module, layer_parameters
from planner.catalog import load_catalog
from planner.errors import ArchitectureError
from planner.units import GB, GIB
from tests.architecture import minis

MODELS = load_catalog().models
KAITO = "kaito-project/kaito at 056b8280b, presets/workspace/models/model_catalog.yaml, 2026-08-17"
RECIPES = "vllm-project/recipes at 8959cf6"
LLMD = "llm-d-incubation/llm-d-planner at e50305a, docs/empirical-vllm-memory, weights as loaded"

FP8_BLOCK = {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]}
FP8_CHANNEL = {
    "quant_method": "compressed-tensors", "format": "float-quantized", "ignore": ["lm_head"],
    "config_groups": {
        "group_0": {
            "targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"},
            "input_activations": {"num_bits": 8, "type": "float", "strategy": "token", "dynamic": True},
        }
    },
}  # fmt: skip
FP8_STATIC = {"quant_method": "fp8", "activation_scheme": "static", "ignored_layers": ["lm_head"]}
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True}
GPTQ_EXPERTS = {
    "quant_method": "gptq", "bits": 4, "group_size": 128, "sym": True,
    "dynamic": {"-:.*attn.*": {}, "-:.*shared_expert.*": {}, "-:.*mtp.*": {}, "-:.*visual.*": {}},
}  # fmt: skip
NVFP4 = {"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": ["lm_head"]}
GLM_NVFP4 = {
    **NVFP4,
    "ignore": [
        "lm_head", "model.embed_tokens", "model.layers.0*", "model.layers.1.*", "model.layers.2.*", "model.layers.78*",
        "model.layers.*.self_attn*", "model.layers.*.mlp.shared_experts*",
    ],
}  # fmt: skip
KIMI_INT4 = {
    "quant_method": "compressed-tensors", "format": "pack-quantized",
    "config_groups": {
        "group_0": {
            "targets": ["Linear"], "input_activations": None,
            "weights": {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 32, "symmetric": True},
        }
    },
    "ignore": [
        "lm_head", "re:.*self_attn.*", "re:.*shared_experts.*", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*",
    ],
}  # fmt: skip


def mixed_27b() -> dict[str, Any]:
    """nvidia/Qwen3.6-27B-NVFP4: attention and delta nets in FP8, dense blocks and head in W4A16_NVFP4."""
    layers: dict[str, dict[str, Any]] = {"lm_head": {"quant_algo": "W4A16_NVFP4"}}
    for index in range(64):
        place = f"model.language_model.layers.{index}"
        full = [f"self_attn.{name}_proj" for name in "qkvo"]
        delta = [f"linear_attn.{name}" for name in ("in_proj_qkv", "in_proj_z", "out_proj")]
        layers |= {f"{place}.{name}": {"quant_algo": "FP8"} for name in (full if index % 4 == 3 else delta)}
        layers |= {f"{place}.mlp.{name}_proj": {"quant_algo": "W4A16_NVFP4"} for name in ("gate", "up", "down")}
    return {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": layers}


def qwen_vision(out: int) -> int:
    """Bytes in BF16 of the tower of Qwen3.5: 27 blocks of 1,152, patches of 2 x 16 x 16, a merger of 2 x 2."""
    block = 4 * 1152**2 + 4 * 1152 + 2 * 1152 * 4304 + 4304 + 1152 + 4 * 1152
    patches = 3 * 2 * 16 * 16 * 1152 + 1152 + 2304 * 1152
    merger = 2 * 1152 + 4608**2 + 4608 + 4608 * out + out
    return 2 * (27 * block + patches + merger)


def qwen_prediction(model: str, bytes_per_element: int) -> int:
    """Bytes of Qwen3.5's prediction layer: one layer of full attention, and the projection of two hidden states."""
    architecture = read_config(MODELS[model].config, name=model)
    layer = next(layer for layer in architecture.layers if isinstance(layer.mixer, SoftmaxAttention))
    elements = sum(layer_parameters(layer, architecture.hidden_size).values())
    return bytes_per_element * elements + 2 * 2 * architecture.hidden_size**2


GLM_PREDICTION = {
    "num_hidden_layers": 79,
    "indexer_types": [*MODELS["zai-org/GLM-5.2"].config["indexer_types"], "full"],
}


@dataclass(frozen=True)
class Released:
    """A checkpoint: published bytes, how it is quantised, and what it holds beside the language model."""

    model: str
    size_bytes: float
    source: str
    quantisation: dict[str, Any] | None = None
    changes: dict[str, Any] | None = None
    beside_bytes: int = 0
    tolerance: float = 0.001

    def computed_bytes(self) -> int:
        config = {**MODELS[self.model].config, **(self.changes or {})}
        if self.quantisation is not None:
            config["quantization_config"] = self.quantisation
        architecture = read_config(config, name=self.model)
        return checkpoint_bytes(architecture, architecture.quantisation) + self.beside_bytes


RELEASED = {
    "BF16 Llama-3.1-70B": Released("meta-llama/Meta-Llama-3.1-70B", 141_107_412_992, "index of a model of this shape"),
    "BF16 phi-4": Released("microsoft/phi-4", 27.31 * GIB, KAITO),
    "BF16 Qwen3.5-122B-A10B": Released(
        "Qwen/Qwen3.5-122B-A10B", 232.99 * GIB, KAITO,
        beside_bytes=qwen_prediction("Qwen/Qwen3.5-122B-A10B", 2) + qwen_vision(3072),
    ),
    "FP8 block DeepSeek-V3-0324": Released(
        "deepseek-ai/DeepSeek-V3", 641.3 * GIB, KAITO, FP8_BLOCK, {"num_hidden_layers": 62},
        2 * (2 * 129280 * 7168 + 2 * 7168**2),
    ),
    "FP8 block DeepSeek-V3.2": Released(
        "deepseek-ai/DeepSeek-V3.2", 642.14 * GIB, KAITO, FP8_BLOCK, {"num_hidden_layers": 62},
        2 * (2 * 129280 * 7168 + 2 * 7168**2),
    ),
    "FP8 block GLM-5.2-FP8": Released(
        "zai-org/GLM-5.2", 703.75 * GIB, KAITO, FP8_BLOCK, GLM_PREDICTION, 2 * 2 * 6144**2,
    ),
    "FP8 block MiniMax-M2.7": Released("MiniMaxAI/MiniMax-M2.5", 214.34 * GIB, KAITO),
    "FP8 block Qwen3.8-27B-FP8": Released(
        "Qwen/Qwen3.5-27B", 30_866_866_928, RECIPES, FP8_BLOCK,
        beside_bytes=qwen_prediction("Qwen/Qwen3.5-27B", 1) + qwen_vision(5120),
    ),
    "FP8 block Qwen3.6-35B-A3B-FP8": Released(
        "Qwen/Qwen3.5-35B-A3B", 34.9 * GIB, KAITO, FP8_BLOCK,
        beside_bytes=qwen_prediction("Qwen/Qwen3.5-35B-A3B", 1) + qwen_vision(2048),
    ),
    "FP8 channel Llama-3.3-70B-FP8-dynamic": Released(
        "meta-llama/Llama-3.3-70B-Instruct", 67.72 * GIB, LLMD, FP8_CHANNEL
    ),
    "FP8 tensor Meta-Llama-3-8B-FP8": Released(
        "meta-llama/Meta-Llama-3.1-8B", 8.4596 * GIB, "vLLM documentation, features/quantization/fp8, log line",
        FP8_STATIC,
    ),
    "AWQ Qwen3-8B-AWQ": Released("Qwen/Qwen3-8B", 5.68 * GIB, KAITO, AWQ),
    "INT4 Kimi-K2.5, whose tower of about 0.9 GB is not counted": Released(
        "moonshotai/Kimi-K2.5", 554.32 * GIB, KAITO, KIMI_INT4, tolerance=0.002
    ),
    "GPTQ Qwen3.5-122B-A10B-Int4, experts alone": Released(
        "Qwen/Qwen3.5-122B-A10B", 73.47 * GIB, KAITO, GPTQ_EXPERTS,
        beside_bytes=qwen_prediction("Qwen/Qwen3.5-122B-A10B", 2) + qwen_vision(3072),
    ),
    "GPTQ Qwen3.5-397B-A17B-Int4, experts alone": Released(
        "Qwen/Qwen3.5-397B-A17B", 219.56 * GIB, KAITO, GPTQ_EXPERTS,
        beside_bytes=qwen_prediction("Qwen/Qwen3.5-397B-A17B", 2) + qwen_vision(4096),
    ),
    "NVFP4 Qwen3-8B": Released(
        "Qwen/Qwen3-8B", 6.4 * GB, "NVIDIA/TensorRT-Model-Optimizer at 5a4242fa, examples/nemo_run/qat", NVFP4
    ),
    "NVFP4 GLM-5.2": Released(
        "zai-org/GLM-5.2", 465 * GB, f"{RECIPES}, to the nearest GB", GLM_NVFP4, GLM_PREDICTION, 2 * 2 * 6144**2,
    ),
    "NVFP4 and FP8 Qwen3.6-27B-NVFP4": Released(
        "Qwen/Qwen3.5-27B", 22 * GB, f"{RECIPES}, to the nearest GB", mixed_27b(),
        beside_bytes=qwen_prediction("Qwen/Qwen3.5-27B", 2) + qwen_vision(5120), tolerance=0.01,
    ),
    "MXFP4 gpt-oss-20b, half of a repository that holds it twice": Released(
        "openai/gpt-oss-20b", 25.63 * GIB / 2, KAITO
    ),
    "MXFP4 gpt-oss-120b, half of a repository that holds it twice": Released(
        "openai/gpt-oss-120b", 121.54 * GIB / 2, KAITO
    ),
    "MXFP4 and FP8 DeepSeek-V4-Pro": Released(
        "deepseek-ai/DeepSeek-V4-Pro", 805.34 * GIB, KAITO, changes={"num_hidden_layers": 62},
        beside_bytes=2 * 7168**2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("checkpoint", RELEASED)
def test_computed_size_agrees_with_the_published_one(checkpoint: str) -> None:
    released = RELEASED[checkpoint]
    assert released.computed_bytes() == pytest.approx(released.size_bytes, rel=released.tolerance)


def test_sizes_by_hand() -> None:
    architecture = read_config(minis.LLAMA, name="mini")
    plain = checkpoint_bytes_by_module(architecture)
    assert plain == {module: 2 * count for module, count in by_module(architecture).items()}
    awq = read_config({**minis.LLAMA, "quantization_config": {**AWQ, "group_size": 4}}, name="mini")
    held = checkpoint_bytes_by_module(awq, awq.quantisation)
    groups = minis.QKVO // 4
    assert held["attention"] == 2 * (minis.QKVO // 2 + 2 * groups + groups // 2)
    assert held["embedding"] == plain["embedding"]
    assert tuple(held) == MODULES


def test_blocks_are_padded_and_scales_counted() -> None:
    config = {**minis.LLAMA, "quantization_config": {**FP8_BLOCK, "weight_block_size": [3, 5]}}
    architecture = read_config(config, name="mini")
    by_hand = 8 * 8 + 4 * 3 * 2 + 2 * (4 * 8 + 4 * 2 * 2) + 8 * 8 + 4 * 3 * 2
    assert checkpoint_bytes_by_module(architecture, architecture.quantisation)["attention"] == 2 * by_hand


def by_class(**changes: Any) -> Quantisation:
    return Quantisation(**{"method": "by hand", "weight_format": "fp8", **changes})


def laid_over(quantisation: Quantisation) -> tuple[Architecture, dict[str, int]]:
    architecture = read_config(minis.DEEPSEEK, name="mini")
    return architecture, checkpoint_bytes_by_module(architecture, quantisation)


def test_a_format_without_checkpoint_is_laid_over_module_classes() -> None:
    architecture, held = laid_over(
        by_class(unquantised=frozenset({"embedding", "head", "router"}), mixed=(("experts", "mxfp4"),))
    )
    counts = by_module(architecture)
    assert held["router"] == 2 * counts["router"]
    assert held["shared_expert"] == counts["shared_expert"] + 2 * 3 * 8
    assert held["experts"] == 2 * 4 * (3 * 8 * 3 // 2 + (3 + 3 + 8) * 1)


def test_group_size_of_a_hand_made_format() -> None:
    _, wide = laid_over(by_class(weight_format="w4a16", group_size=8))
    _, narrow = laid_over(by_class(weight_format="w4a16", group_size=2))
    assert narrow["attention"] > wide["attention"]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ArchitectureError, match="format 'fp3' has no known storage"):
        laid_over(by_class(weight_format="fp3"))


def test_mxfp8_has_a_byte_of_scale_for_32_weights() -> None:
    layers = {f"model.layers.0.mlp.{name}_proj": {"quant_algo": "MXFP8"} for name in ("gate", "up", "down")}
    stated = {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": layers}
    architecture = read_config({**minis.LLAMA, "quantization_config": stated}, name="mini")
    held = checkpoint_bytes_by_module(architecture, architecture.quantisation)
    assert held["dense_mlp"] == 3 * (8 * 16) + 16 + 16 + 8 + 2 * 3 * 8 * 16
