"""Parameters of an architecture: exact counts by module class, in total and active for one token.

The counts are those of the main model: vision towers and multi-token-prediction layers are no part of it, and buffers
(a router's correction bias) are no parameters.
"""

from collections import Counter

from planner.architecture.layers import Architecture, DenseMlp, Layer, LinearAttention, Mamba2, MoeMlp
from planner.architecture.matrices import (
    ATTENTION,
    DENSE_MLP,
    EMBEDDING,
    EXPERTS,
    HEAD,
    MIXER,
    MODULES,
    NORMS,
    ROUTER,
    layer_matrices,
)


def layer_extras(layer: Layer) -> dict[str, int]:
    """Return the parameters of one layer that stand in no matrix (norms, biases, sinks) by module class."""
    extras: Counter[str] = Counter({NORMS: layer.norm_parameters})
    if layer.mixer is not None:
        recurrent = isinstance(layer.mixer, LinearAttention | Mamba2)
        extras[MIXER if recurrent else ATTENTION] += layer.mixer.extra_parameters
    if isinstance(layer.mlp, DenseMlp):
        extras[DENSE_MLP] += layer.mlp.extra_parameters
    if isinstance(layer.mlp, MoeMlp):
        extras[EXPERTS] += layer.mlp.expert_extra_parameters
        extras[ROUTER] += layer.mlp.extra_parameters
    return {module: count for module, count in extras.items() if count}


def layer_parameters(layer: Layer, hidden_size: int) -> dict[str, int]:
    """Return the parameters of one decoder layer by module class; classes that it lacks are absent."""
    counts = Counter(layer_extras(layer))
    for matrix in layer_matrices(layer, hidden_size):
        counts[matrix.module] += matrix.elements
    return {module: counts[module] for module in MODULES if counts[module]}


def active_layer_parameters(layer: Layer, hidden_size: int) -> dict[str, int]:
    """Return the parameters of one layer that one token uses: ``top_k`` of the routed experts, all of the rest."""
    counts = layer_parameters(layer, hidden_size)
    if isinstance(layer.mlp, MoeMlp):
        counts[EXPERTS] = counts[EXPERTS] // layer.mlp.experts * layer.mlp.top_k
    return counts


def by_module(architecture: Architecture) -> dict[str, int]:
    """Return the parameters of the whole model by module class (:data:`planner.architecture.matrices.MODULES`).

    A tied head counts once, under ``embedding``; what stands outside the layers (the final norm) is under ``norms``.
    """
    return _sum(architecture, active=False)


def active_by_module(architecture: Architecture) -> dict[str, int]:
    """Return the parameters that one token uses by module class, embedding and head included."""
    return _sum(architecture, active=True)


def total(architecture: Architecture) -> int:
    """Return the parameters of the whole model."""
    return sum(by_module(architecture).values())


def active(architecture: Architecture) -> int:
    """Return the parameters that one token uses: the total less the routed experts that it does not visit."""
    return sum(active_by_module(architecture).values())


def _sum(architecture: Architecture, *, active: bool) -> dict[str, int]:
    table = architecture.vocab_size * architecture.hidden_size
    counts = Counter({EMBEDDING: table, HEAD: 0 if architecture.tied_embeddings else table})
    counts[NORMS] += architecture.extra_parameters
    count_layer = active_layer_parameters if active else layer_parameters
    for layer, times in zip(architecture.layers, architecture.counts(), strict=True):
        for module, count in count_layer(layer, architecture.hidden_size).items():
            counts[module] += times * count
    return {module: counts[module] for module in MODULES}
