"""Formats of module classes: exact bytes, kernels by format, mixtures, and what a fallback may never be."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.architecture.checkpoint import checkpoint_bytes_by_module
from planner.architecture.config import read_config
from planner.architecture.layers import Architecture
from planner.architecture.parameters import by_module
from planner.candidates.holdings import bytes_per_weight, formats_of, mixtures_of
from planner.candidates.physics import Setting, machine_of, sockets_for
from planner.candidates.precision import Efficiencies, compute_of, kernel_class
from planner.candidates.rows import current_engines, merged_factors, possible
from planner.perf.batch import Batch
from planner.perf.hardware import Layout
from planner.perf.lengths import Lengths
from planner.perf.step import step_time
from tests.pipeline.requests import LLAMA_8B, LLAMA_70B, catalog

MOE = "Qwen/Qwen3-30B-A3B"
MODELS = (LLAMA_8B, LLAMA_70B, MOE, "mistralai/Mixtral-8x7B-v0.1", "Qwen/Qwen3-Next-80B-A3B-Instruct")
REFERENCE = {catalog().accelerators[n.accelerator].id: n.id for n in catalog().nodes.values() if n.reference}
WEIGHTS = tuple(catalog().formats)
BY_BITS = sorted(WEIGHTS, key=lambda name: catalog().formats[name].weight_bits)


@cache
def model(name: str) -> Architecture:
    return read_config(catalog().models[name].config, name=name)


@cache
def setting(name: str, weight_format: str, mixture: str = "") -> Setting:
    known = catalog()
    formats = formats_of(known, model(name), weight_format, "bf16", mixture=mixture, model_id=name)
    factors = Efficiencies(merged_factors(known))
    return Setting(
        known, factors, model(name), formats, current_engines(("vllm",), known)[0], 8192, Lengths.constant(1000, 100)
    )


def taken(name: str, modules: dict[str, str], weight_format: str) -> dict[str, float]:
    """Bytes of each module class of a model, held as ``modules`` say."""
    each = bytes_per_weight(catalog(), model(name), weight_format, modules)
    return {module: value * by_module(model(name)).get(module, 0) for module, value in each.items()}


@given(st.sampled_from(MODELS), st.data())
@settings(max_examples=60, deadline=None)
def test_fewer_effective_bits_never_take_more_memory(name: str, data: st.DataObject) -> None:
    fewer, more = sorted(data.draw(st.tuples(st.integers(0, len(BY_BITS) - 1), st.integers(0, len(BY_BITS) - 1))))
    modules = dict.fromkeys(("attention", "mixer", "dense_mlp", "experts", "shared_expert", "head", "embedding"), "")
    small = taken(name, modules | dict.fromkeys(modules, BY_BITS[fewer]), BY_BITS[fewer])
    large = taken(name, modules | dict.fromkeys(modules, BY_BITS[more]), BY_BITS[more])
    per_channel = 0.01 if bits(more) - bits(fewer) < 0.01 else 0.0
    for module, held in small.items():
        assert held <= large[module] * (1.0 + per_channel), (module, BY_BITS[fewer], BY_BITS[more])


def bits(index: int) -> float:
    """Bits a weight, without scales a channel or tensor (0.008 bits on 2,048 inputs)."""
    return catalog().formats[BY_BITS[index]].weight_bits


@pytest.mark.parametrize("name", ["deepseek-ai/DeepSeek-R1", "openai/gpt-oss-120b", "moonshotai/Kimi-K2.5"])
def test_a_released_checkpoint_is_held_to_the_byte(name: str) -> None:
    released = model(name).quantisation
    assert released is not None
    held = formats_of(catalog(), model(name), released.weight_format, "bf16", model_id=name)
    counts = by_module(model(name))
    sums = {module: held.exact_bytes[module] * count for module, count in counts.items() if count}
    exact = {module: count for module, count in checkpoint_bytes_by_module(model(name), released).items() if count}
    assert sums == pytest.approx(exact)


def test_scales_and_zero_points_count() -> None:
    each = formats_of(catalog(), model(LLAMA_70B), "w4a16", "bf16").weight_bytes(catalog())
    assert each["dense_mlp"] * 8 == pytest.approx(4 + 16 / 128 + 4 / 128)
    assert each["head"] == 2.0
    assert each["norms"] == 2.0


def prefill_s(name: str, weight_format: str, accelerator: str) -> float:
    """Seconds of one step of 8,192 prompt tokens on one accelerator: bound by arithmetic."""
    chosen = setting(name, weight_format)
    one = np.ones(1)
    layout = Layout(one, one, one, one)
    machine = machine_of(chosen, sockets_for(chosen, (REFERENCE[accelerator],), np.zeros(1, dtype=np.int64)), layout)
    zero = np.zeros(1)
    batch = Batch(zero, zero, np.array([8192.0]), np.array([1000.0]), zero)
    time = step_time(model(name), machine, layout, batch)
    return float((time.layers_s + time.head_s)[0])


@pytest.mark.parametrize("weight_format", [name for name in WEIGHTS if name != "bf16"])
@pytest.mark.parametrize("name", [LLAMA_8B, MOE])
def test_a_fallback_never_beats_its_compute_format_in_prefill(name: str, weight_format: str) -> None:
    tried = 0
    for accelerator in REFERENCE:
        hardware = catalog().accelerators[accelerator]
        compute = compute_of(catalog().formats[weight_format], hardware, "vllm")
        if compute is None or compute.rate not in {"bf16", "fp16"}:
            continue
        tried += 1
        assert prefill_s(name, weight_format, accelerator) >= prefill_s(name, "bf16", accelerator), accelerator
    assert tried or weight_format in {"int8", "w4a8"}


def test_weight_only_is_every_narrow_format_on_sixteen_bit_arithmetic() -> None:
    known = catalog()
    for accelerator in known.accelerators.values():
        for held in known.formats.values():
            compute = compute_of(held, accelerator, "vllm")
            if compute is None:
                continue
            narrow = held.weight_bits < 16 and compute.rate in {"bf16", "fp16"}
            assert (kernel_class(held, compute) == "weight_only") == narrow, (accelerator.id, held.id)


def test_int4_is_faster_where_memory_binds_and_slower_where_arithmetic_does() -> None:
    def decode_s(weight_format: str, sequences: float) -> float:
        chosen, one = setting(LLAMA_8B, weight_format), np.ones(1)
        layout = Layout(one, one, one, one)
        place = sockets_for(chosen, (REFERENCE["h100-sxm-80gb"],), np.zeros(1, dtype=np.int64))
        batch = Batch(np.array([sequences]), np.array([500.0]), np.zeros(1), np.zeros(1), np.zeros(1))
        return float(step_time(model(LLAMA_8B), machine_of(chosen, place, layout), layout, batch).layers_s[0])

    assert decode_s("w4a16", 1.0) < decode_s("fp8", 1.0) < decode_s("bf16", 1.0)
    assert decode_s("w4a16", 512.0) > decode_s("bf16", 512.0) > decode_s("fp8", 512.0)


def test_mixtures_need_their_formats_to_be_allowed() -> None:
    without = ("experts", "head")
    assert mixtures_of(catalog(), model(MOE), "w4a16", ("w4a16",)) == without
    with_fp8 = ("experts", "fp8-attention", "head")
    for name in ("fp8", "fp8-block"):
        assert mixtures_of(catalog(), model(MOE), "w4a16", ("w4a16", name)) == with_fp8
    assert mixtures_of(catalog(), model(MOE), "fp8", ("bf16", "fp8")) == ()


def test_a_dense_model_has_no_mixture_that_leaves_nothing_quantised() -> None:
    assert mixtures_of(catalog(), model(LLAMA_8B), "w4a16", ("w4a16",)) == ("bf16-attention", "head")
    assert mixtures_of(catalog(), model(LLAMA_8B), "w4a8", ("w4a8", "fp8")) == ()


def test_mixtures_that_are_alike_for_a_model_are_tried_once() -> None:
    shared = "zai-org/GLM-4.5-Air"
    found = ("experts", "fp8-attention", "bf16-attention", "experts-fp8", "head")
    assert mixtures_of(catalog(), model(shared), "w4a16", ("w4a16", "fp8")) == found
    assert mixtures_of(catalog(), model(MOE), "w4a16", ("w4a16", "fp8")) == ("experts", "fp8-attention", "head")


def test_a_head_that_is_the_embedding_stays_in_sixteen_bits() -> None:
    assert "head" not in mixtures_of(catalog(), model("meta-llama/Llama-3.2-1B"), "w4a16", ("w4a16",))


def test_every_mixture_takes_the_bytes_of_its_parts() -> None:
    known = catalog()
    for name, held in known.formats.items():
        plain = setting(MOE, name).formats.weight_bytes(known)
        for mixture, joined in held.mixtures.items():
            mixed = setting(MOE, name, mixture).formats.weight_bytes(known)
            for module, taken in mixed.items():
                alone = (
                    setting(MOE, joined.modules[module]).formats.weight_bytes(known)
                    if module in joined.modules
                    else plain
                )
                assert module == "head" or taken == alone[module], (name, mixture, module)
        if "head" in held.mixtures:
            assert setting(MOE, name, "head").formats.weight_bytes(known)["head"] < 0.65


def test_a_mixture_changes_only_the_modules_that_it_names() -> None:
    plain, mixed = setting(MOE, "w4a16").formats.modules, setting(MOE, "w4a16", "fp8-attention").formats.modules
    assert {module for module in plain if plain[module] != mixed[module]} == {"attention", "mixer"}
    assert mixed["attention"] == "fp8"
    assert setting(MOE, "w4a16", "fp8-attention").key.startswith("w4a16+fp8-attention/")


def test_kernels_for_experts_alone_do_not_run_dense_models() -> None:
    node = catalog().nodes[REFERENCE["h100-sxm-80gb"]]
    assert not possible(setting(LLAMA_8B, "mxfp4"), node, native_only=False)
    assert possible(setting(MOE, "mxfp4"), node, native_only=False)
