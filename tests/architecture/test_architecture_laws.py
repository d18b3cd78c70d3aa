"""Laws of reading and counting: read or refused, whatever the order and the aliases; bits are bytes."""

import json
import re
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.architecture.cache import cache_elements, resident_elements
from planner.architecture.checkpoint import checkpoint_bytes
from planner.architecture.config import read_config
from planner.architecture.keys import ALIASES
from planner.architecture.layers import Architecture
from planner.architecture.matrices import Matrix
from planner.architecture.parameters import active, active_by_module, by_module, total
from planner.architecture.patterns import Patterns
from planner.architecture.storage import Storage, matrix_bytes
from planner.errors import ArchitectureError
from tests.architecture.minis import MINIS

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(
    sorted(
        {key for config, _, _ in MINIS.values() for key in config}
        | {"quantization_config", "dtype", "rope_scaling", "vision_config", "text_config"}
    )
)
METHODS = st.sampled_from(["fp8", "awq", "gptq", "modelopt", "compressed-tensors", "mxfp4"])
SIZES = st.integers(1, 64)


@st.composite
def minis(draw: st.DrawFn) -> dict[str, Any]:
    """One of the small configurations."""
    return dict(MINIS[draw(st.sampled_from(sorted(MINIS)))][0])


@st.composite
def grouped_query_models(draw: st.DrawFn) -> dict[str, int | str | bool]:
    """A valid model of grouped-query attention, dense or of experts."""
    kv_heads = draw(st.integers(1, 8))
    config: dict[str, int | str | bool] = {
        "model_type": "llama", "hidden_size": draw(SIZES), "num_hidden_layers": draw(st.integers(1, 6)),
        "num_key_value_heads": kv_heads, "num_attention_heads": kv_heads * draw(st.integers(1, 4)),
        "head_dim": draw(SIZES), "intermediate_size": draw(SIZES), "vocab_size": draw(SIZES),
        "max_position_embeddings": 128, "tie_word_embeddings": draw(st.booleans()),
    }  # fmt: skip
    if draw(st.booleans()):
        experts = draw(st.integers(1, 9))
        return config | {
            "model_type": "mixtral", "num_local_experts": experts, "num_experts_per_tok": draw(st.integers(1, experts)),
        }  # fmt: skip
    return config


@st.composite
def latent_models(draw: st.DrawFn) -> dict[str, int | str]:
    """A valid model of multi-head latent attention with experts."""
    layers, experts = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    sizes: dict[str, int | str] = {
        key: draw(SIZES)
        for key in (
            "hidden_size", "vocab_size", "intermediate_size", "moe_intermediate_size", "q_lora_rank", "kv_lora_rank",
            "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "num_attention_heads",
        )
    }  # fmt: skip
    return sizes | {
        "model_type": "deepseek_v3", "num_hidden_layers": layers, "max_position_embeddings": 128,
        "first_k_dense_replace": draw(st.integers(0, layers)), "n_routed_experts": experts,
        "num_experts_per_tok": draw(st.integers(1, experts)), "n_shared_experts": draw(st.integers(0, 2)),
    }  # fmt: skip


def grouped_query_parameters(config: dict[str, Any]) -> int:
    """The closed form of the Llama and Mixtral classes."""
    hidden, heads, width = config["hidden_size"], config["num_attention_heads"], config["head_dim"]
    attention = 2 * hidden * heads * width + 2 * hidden * config["num_key_value_heads"] * width
    experts = config.get("num_local_experts", 0)
    blocks = max(experts, 1) * 3 * hidden * config["intermediate_size"] + experts * hidden
    tables = (1 if config["tie_word_embeddings"] else 2) * config["vocab_size"] * hidden
    layers: int = config["num_hidden_layers"] * (attention + blocks + 2 * hidden)
    return layers + int(tables + hidden)


def latent_parameters(config: dict[str, Any]) -> int:
    """The closed form of the DeepSeek-V3 class."""
    hidden, heads, rank, latent = (
        config["hidden_size"], config["num_attention_heads"], config["q_lora_rank"], config["kv_lora_rank"],
    )  # fmt: skip
    nope, rope, value = config["qk_nope_head_dim"], config["qk_rope_head_dim"], config["v_head_dim"]
    attention = hidden * rank + rank + rank * heads * (nope + rope) + hidden * (latent + rope) + latent
    attention += latent * heads * (nope + value) + heads * value * hidden
    layers, dense = config["num_hidden_layers"], config["first_k_dense_replace"]
    expert = 3 * hidden * config["moe_intermediate_size"]
    sparse = (config["n_routed_experts"] + config["n_shared_experts"]) * expert + hidden * config["n_routed_experts"]
    blocks = dense * 3 * hidden * config["intermediate_size"] + (layers - dense) * sparse
    total_count: int = layers * (attention + 2 * hidden) + blocks + 2 * config["vocab_size"] * hidden + hidden
    return total_count


@given(grouped_query_models())
def test_grouped_query_models_follow_their_closed_form(config: dict[str, Any]) -> None:
    architecture = read_config(config, name="random")
    assert total(architecture) == grouped_query_parameters(config)
    per_token = 2 * config["num_hidden_layers"] * config["num_key_value_heads"] * config["head_dim"]
    assert cache_elements(architecture).per_token == per_token


@given(latent_models())
def test_latent_models_follow_their_closed_form(config: dict[str, Any]) -> None:
    architecture = read_config(config, name="random")
    assert total(architecture) == latent_parameters(config)
    latent = config["kv_lora_rank"] + config["qk_rope_head_dim"]
    assert cache_elements(architecture).per_token == config["num_hidden_layers"] * latent


def read_or_refused(config: Any, quant_config: Any = None) -> Architecture | None:
    """Read, or refuse with a message that begins with the place; anything else is a defect."""
    try:
        return read_config(config, name="here", quant_config=quant_config)
    except ArchitectureError as error:
        refused = error
    assert str(refused).startswith("here: ")
    return None


@given(JUNK)
def test_junk_is_refused_in_words(junk: Any) -> None:
    assert read_or_refused(junk) is None


@given(minis(), st.dictionaries(KEYS, JUNK | SIZES | st.integers(-2, 2), min_size=1, max_size=3))
@settings(max_examples=100)
def test_a_spoiled_configuration_is_read_or_refused(config: dict[str, Any], changes: dict[str, Any]) -> None:
    architecture = read_or_refused({**config, **changes})
    if architecture is not None:
        assert 0 < active(architecture) <= total(architecture)


@given(minis(), METHODS, st.dictionaries(
    st.sampled_from([
        "bits", "group_size", "config_groups", "ignore", "quant_algo", "quantized_layers", "weight_block_size",
        "kv_cache_scheme", "modules_to_not_convert", "dynamic", "zero_point", "lm_head",
    ]), JUNK, max_size=4))  # fmt: skip
@settings(max_examples=100)
def test_a_spoiled_quantisation_is_read_or_refused(config: dict[str, Any], method: str, rest: dict[str, Any]) -> None:
    architecture = read_or_refused({**config, "quantization_config": {"quant_method": method, **rest}})
    if architecture is not None and architecture.quantisation is not None:
        held = sum(holding.elements for holding in architecture.quantisation.holdings)
        assert 0 < held <= total(architecture)


@given(JUNK)
def test_a_spoiled_separate_file_is_read_or_refused(junk: Any) -> None:
    read_or_refused(MINIS["llama"][0], {"quantization": junk})


@given(minis(), st.integers(0, 2**32))
def test_the_order_of_keys_does_not_matter(config: dict[str, Any], seed: int) -> None:
    keys = list(config)
    Random(seed).shuffle(keys)
    assert read_config({key: config[key] for key in keys}, name="model") == read_config(config, name="model")


@given(minis(), st.data())
def test_aliases_mean_the_same(config: dict[str, Any], data: st.DataObject) -> None:
    renamed = {}
    for key, value in config.items():
        names = next((aliases for aliases in ALIASES.values() if key in aliases and key != "mtp_layers"), (key,))
        renamed[data.draw(st.sampled_from(names)) if value is not None else key] = value
    assert read_config(renamed, name="model") == read_config(config, name="model")


@given(minis())
def test_json_and_back_changes_nothing(config: dict[str, Any]) -> None:
    assert read_config(json.loads(json.dumps(config)), name="model") == read_config(config, name="model")


@given(minis())
def test_a_token_uses_no_more_than_there_is(config: dict[str, Any]) -> None:
    architecture = read_config(config, name="model")
    everything, used = by_module(architecture), active_by_module(architecture)
    assert all(used[module] <= everything[module] for module in everything)
    assert checkpoint_bytes(architecture) == 2 * total(architecture)


@given(minis(), st.integers(0, 500), st.integers(0, 500))
def test_a_longer_sequence_keeps_no_less_and_no_more_than_without_windows(
    config: dict[str, Any], tokens: int, more: int
) -> None:
    architecture = read_config(config, name="model")
    held = resident_elements(architecture, tokens)
    assert held <= resident_elements(architecture, tokens + more)
    assert held <= tokens * cache_elements(architecture).per_token + 1e-6


@st.composite
def storages(draw: st.DrawFn) -> Storage:
    """A storage of some bits, blocks and scales."""
    return Storage(
        "any", draw(st.integers(1, 16)), draw(st.integers(0, 4)), draw(st.integers(0, 40)), draw(st.integers(0, 4)),
        draw(st.integers(0, 8)),
    )  # fmt: skip


@given(storages(), SIZES, SIZES, st.integers(1, 4), st.integers(0, 8), st.integers(0, 3))
def test_fewer_bits_and_smaller_scales_never_take_more(
    storage: Storage, rows: int, columns: int, copies: int, bits: int, scale: int
) -> None:
    matrix = Matrix("any", "attention", rows, columns, copies)
    wider = Storage(
        "wider", storage.bits + bits, storage.block_rows, storage.block_columns, storage.scale_bytes + scale,
        storage.zero_bits + bits,
    )  # fmt: skip
    assert matrix_bytes(matrix, storage) <= matrix_bytes(matrix, wider)
    assert matrix_bytes(matrix, storage) >= matrix.elements * storage.bits / 8


WORDS = st.lists(st.sampled_from(["model", "layers", "0", "17", "mlp", "gate", "self_attn"]), min_size=1, max_size=6)


@given(WORDS, st.data())
def test_a_module_is_meant_by_its_name_its_parents_and_its_wildcards(words: list[str], data: st.DataObject) -> None:
    name = ".".join(words)
    cut = data.draw(st.integers(1, len(words)))
    parent = ".".join(words[:cut])
    for entry in (name, parent, f"{parent}*", f"*{words[-1]}", f"re:.*{words[-1]}$"):
        assert Patterns([entry], "here").match(name)
    assert not Patterns([f"{name}.more", f"re:{name}x"], "here").match(name)
    assert not Patterns([], "here").match(name)


@given(
    st.sampled_from([".*mlp", "mlp.*", ".*a|b.*", ".*(mlp|gate)", "model\\.*", "model.*gate", "^model", ".*e$"]), WORDS
)
def test_an_expression_means_what_re_match_means(expression: str, words: list[str]) -> None:
    name = ".".join(words)
    assert Patterns([f"re:{expression}"], "here").match(name) == bool(re.match(expression, name))
