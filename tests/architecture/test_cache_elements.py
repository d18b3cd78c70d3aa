"""Caches: elements by hand for small models, and the closed forms of published ones."""

import pytest

from planner.architecture.cache import cache_elements, layer_cache, resident_elements
from planner.architecture.config import read_config
from planner.catalog import load_catalog
from planner.units import GIB
from tests.architecture import minis
from tests.architecture.published import PUBLISHED

CATALOG = load_catalog()
SHARED_INDEXERS = "zai-org/GLM-5.2"


def test_latent_attention_keeps_one_vector_for_all_heads() -> None:
    cache = cache_elements(read_config(minis.DEEPSEEK, name="mla"))
    assert (cache.full_per_token, cache.sliding_per_token, cache.index_per_token) == (3 * (6 + 2), 0, 0)


def test_index_keys_stand_apart_and_only_where_an_indexer_works() -> None:
    assert cache_elements(read_config(minis.DSA, name="dsa")).index_per_token == 3 * 3
    assert cache_elements(read_config(minis.GLM_DSA, name="shared")).index_per_token == 1 * 3


def test_sliding_layers_stop_growing_at_their_window() -> None:
    architecture = read_config(minis.MIMO_V2, name="mimo")
    cache = cache_elements(architecture)
    assert (cache.full_per_token, cache.sliding_per_token) == (1 * (4 + 3), 2 * (4 + 3))
    assert resident_elements(architecture, 10) == 10 * 7 + 10 * 14
    assert resident_elements(architecture, 100) == 100 * 7 + 16 * 14


def test_keys_that_serve_as_values_are_cached_once() -> None:
    cache = cache_elements(read_config(minis.GEMMA4, name="gemma"))
    assert (cache.full_per_token, cache.sliding_per_token) == (6, 2 * 4)


def test_recurrent_states_do_not_grow() -> None:
    delta = cache_elements(read_config(minis.QWEN3_NEXT, name="delta"))
    assert (delta.state_per_sequence, delta.convolution_per_sequence) == (2 * 2 * 3 * 5, 2 * 16 * 3)
    assert delta.state_bytes_per_sequence == 4 * delta.state_per_sequence + 2 * delta.convolution_per_sequence
    mamba = cache_elements(read_config(minis.NEMOTRON, name="mamba"))
    assert (mamba.state_per_sequence, mamba.convolution_per_sequence) == (2 * 4 * 3, 14 * 3)
    assert mamba.full_per_token == 2 * 4


def test_state_dtype_is_read() -> None:
    half = read_config({**minis.NEMOTRON, "mamba_ssm_cache_dtype": "bfloat16"}, name="half")
    assert layer_cache(half.layers[0]).state_bytes == 2 * (2 * 4 * 3) + 2 * 14 * 3


def test_a_layer_without_mixer_keeps_nothing() -> None:
    architecture = read_config(minis.NEMOTRON, name="mamba")
    assert layer_cache(architecture.layers[2]) == layer_cache(architecture.layers[3])
    assert layer_cache(architecture.layers[2]).elements_per_token == 0


def test_compressed_attention_keeps_a_window_and_one_entry_for_ratio_tokens() -> None:
    architecture = read_config(minis.DEEPSEEK_V4, name="v4")
    cache = cache_elements(architecture)
    assert cache.sliding_per_token == 3 * 4
    assert cache.full_per_token == 4 / 4 + 4 / 128
    assert cache.index_per_token == 3 / 4
    assert resident_elements(architecture, 1280) == 3 * 16 * 4 + 1280 + 40


def test_deepseek_v4_agrees_with_the_reported_cache_of_a_long_sequence() -> None:
    """9.62 GiB for 1M tokens in BF16, index keys included (AINews of 2026-04-25); the windows add 8 MB."""
    cache = cache_elements(read_config(CATALOG.models["deepseek-ai/DeepSeek-V4-Pro"].config, name="v4"))
    held = 2 * 2**20 * (cache.full_per_token + cache.index_per_token) / GIB
    assert held == pytest.approx(9.62, abs=0.005)


@pytest.mark.parametrize("model", PUBLISHED)
def test_published_model_agrees_exactly(model: str) -> None:
    expected = PUBLISHED[model]
    cache = cache_elements(read_config(CATALOG.models[model].config, name=model))
    pairs = [
        (expected.tokens, cache.per_token),
        (expected.full, cache.full_per_token),
        (expected.sliding, cache.sliding_per_token),
        (None if model == SHARED_INDEXERS else expected.index, cache.index_per_token),
        (expected.state, cache.state_per_sequence),
        (expected.convolution, cache.convolution_per_sequence),
    ]
    assert [(want, got) for want, got in pairs if want is not None and want != got] == []


def test_shared_indexers_keep_no_keys() -> None:
    """21 of 78 layers work (sgl-project/sglang pull request 30531); the closed form of the table counts all 78."""
    config = CATALOG.models[SHARED_INDEXERS].config
    assert cache_elements(read_config(config, name="glm")).index_per_token == 21 * 128
    everywhere = {key: value for key, value in config.items() if key not in ("indexer_types", "index_topk_freq")}
    assert cache_elements(read_config(everywhere, name="glm")).index_per_token == PUBLISHED[SHARED_INDEXERS].index
