"""Parameters: written out by hand for one small model a family, and against instantiated model classes."""

import pytest

from planner.architecture.config import read_config
from planner.architecture.matrices import MODULES
from planner.architecture.parameters import (
    active,
    active_by_module,
    active_layer_parameters,
    by_module,
    layer_parameters,
    total,
)
from planner.catalog import load_catalog
from tests.architecture.minis import LLAMA, MINIS
from tests.architecture.published import PUBLISHED

CATALOG = load_catalog()


@pytest.mark.parametrize("family", MINIS)
def test_small_model_by_hand(family: str) -> None:
    config, expected, _visited = MINIS[family]
    counts = by_module(read_config(config, name=family))
    assert tuple(counts) == MODULES
    assert {module: count for module, count in counts.items() if count} == expected


@pytest.mark.parametrize("family", MINIS)
def test_one_token_visits_top_k_experts(family: str) -> None:
    config, expected, visited = MINIS[family]
    counts = active_by_module(read_config(config, name=family))
    assert {module: count for module, count in counts.items() if count} == expected | (
        {"experts": visited} if visited else {}
    )


@pytest.mark.parametrize("family", MINIS)
def test_layers_embedding_head_and_final_norm_make_the_model(family: str) -> None:
    architecture = read_config(MINIS[family][0], name=family)
    hidden = architecture.hidden_size
    for count_layer, count_model in ((layer_parameters, total), (active_layer_parameters, active)):
        layers = sum(sum(count_layer(architecture.layers[index], hidden).values()) for index in architecture.order)
        tables = (1 if architecture.tied_embeddings else 2) * architecture.vocab_size * hidden
        assert count_model(architecture) == layers + tables + architecture.extra_parameters


def test_tied_embedding_counts_once() -> None:
    free = by_module(read_config(LLAMA, name="free"))
    tied = by_module(read_config({**LLAMA, "tie_word_embeddings": True}, name="tied"))
    assert tied == {**free, "head": 0}


@pytest.mark.parametrize("model", PUBLISHED)
def test_published_model_equals_its_instantiated_class(model: str) -> None:
    architecture = read_config(CATALOG.models[model].config, name=model)
    expected = PUBLISHED[model]
    assert total(architecture) == expected.parameters
    if expected.active is not None:
        assert active(architecture) == expected.active


def test_every_model_of_the_catalogue_is_held_against_a_count() -> None:
    assert set(PUBLISHED) == set(CATALOG.models)
