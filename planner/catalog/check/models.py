"""Models: their configuration is read, and gives the parameters and the cache that were counted independently."""

from collections.abc import Iterator

from planner.architecture.cache import cache_elements
from planner.architecture.config import read_config
from planner.architecture.parameters import active, total
from planner.catalog.catalog import Catalog
from planner.catalog.check.problem import Problem
from planner.catalog.schema import Model
from planner.errors import ArchitectureError

PARAMETER_TOLERANCE = 1e-3
PUBLISHED_TOLERANCE = 0.12
"""Published totals are rounded and may include a vision tower (Gemma 3 4B: 9.8 %)."""


def model_problems(catalog: Catalog) -> Iterator[Problem]:
    """Read each model as a request would, and count."""
    for name, model in catalog.models.items():
        try:
            found = tuple(_counts(model))
        except ArchitectureError as error:
            found = (("config", str(error)),)
        for key, text in found:
            yield Problem("models", name, key, text)


def _counts(model: Model) -> Iterator[tuple[str, str]]:
    architecture = read_config(model.config, name=model.id)
    computed = total(architecture)
    pairs = (
        ("computed_parameters", model.computed_parameters, computed, PARAMETER_TOLERANCE),
        ("computed_active_parameters", model.computed_active_parameters, active(architecture), PARAMETER_TOLERANCE),
        ("published_parameters_b", (model.published_parameters_b or 0) * 1e9, computed, PUBLISHED_TOLERANCE),
    )
    for key, stated, counted, tolerance in pairs:
        if stated and abs(counted - stated) > tolerance * stated:
            yield key, f"{stated:,.0f} stated, {counted:,.0f} counted from config"
    cache = cache_elements(architecture)
    held: dict[str, float] = {
        "per_token": cache.full_per_token,
        "per_token_sliding": cache.sliding_per_token,
        "index_per_token": cache.index_per_token,
        "state_per_sequence": cache.state_per_sequence,
        "conv_state_per_sequence": cache.convolution_per_sequence,
    }
    for key, elements in model.kv_elements.items():
        if held.get(key) != elements:
            yield f"kv_elements.{key}", f"{elements:,} stated, {held.get(key, 0):,.10g} counted from config"
