"""Work that no machine can avoid: FLOP of a request, bytes of a decode step. The floor under every estimate."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.architecture.layers import (
    CompressedAttention,
    LatentAttention,
    MoeMlp,
    SoftmaxAttention,
)
from planner.architecture.parameters import layer_parameters
from planner.perf.moe import distinct_experts

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture, Layer
    from planner.perf.lengths import Lengths
    from planner.perf.memory import Precision

Floats = NDArray[np.float64]


def matrix_flop_per_token(model: "Architecture") -> float:
    """FLOP that the layers' matrices need for one token, head left out: 2 x active parameters [FLOP/token]."""
    total = 0.0
    for layer, count in zip(model.layers, model.counts(), strict=True):
        total += count * 2.0 * _active_elements(layer, model.hidden_size)
    return total


def head_flop(model: "Architecture") -> float:
    """FLOP of one row of logits."""
    return 2.0 * model.hidden_size * model.vocab_size


def pair_flop(model: "Architecture", context: float, *, expanded: bool) -> float:
    """FLOP of the attention cores for one query that sees ``context`` keys, all layers [FLOP].

    ``expanded``: latent attention as prefill runs it (keys and values expanded a head) instead of absorbed.
    """
    total = 0.0
    for layer, count in zip(model.layers, model.counts(), strict=True):
        mixer = layer.mixer
        if isinstance(mixer, SoftmaxAttention):
            seen = min(context, mixer.window or context, mixer.indexer.top_k if mixer.indexer else context)
            total += count * 2.0 * mixer.heads * (mixer.head_dim + mixer.v_head_dim) * seen
        elif isinstance(mixer, LatentAttention):
            seen = min(context, mixer.indexer.top_k) if mixer.indexer else context
            wide = mixer.nope_head_dim + mixer.rope_head_dim + mixer.v_head_dim
            latent = 2 * mixer.kv_lora_rank + mixer.rope_head_dim
            total += count * 2.0 * mixer.heads * (wide if expanded else min(wide, latent)) * seen
        elif isinstance(mixer, CompressedAttention):
            total += count * 2.0 * mixer.heads * 2 * mixer.head_dim * _compressed_keys(mixer, context)
    return total


def _compressed_keys(mixer: CompressedAttention, context: float) -> float:
    """Keys that one query of compressed attention meets: its window, and the entries of what came before."""
    entries = context / mixer.ratio if mixer.ratio else 0.0
    return min(context, mixer.window) + (min(entries, mixer.indexer.top_k) if mixer.indexer else entries)


def request_flop(model: "Architecture", lengths: "Lengths") -> float:
    """Least FLOP of a mean request: uncached prompt tokens and output tokens through the matrices, plus attention."""
    prompt, output = lengths.mean_prefill_tokens, lengths.mean_output_tokens
    depth = lengths.mean_input_tokens - prompt / 2.0
    matrices = (prompt + output) * matrix_flop_per_token(model) + output * head_flop(model)
    cores = prompt * pair_flop(model, depth, expanded=True)
    return matrices + cores + output * pair_flop(model, lengths.mean_context_tokens, expanded=False)


def prefill_flop(model: "Architecture", lengths: "Lengths") -> float:
    """Least FLOP of a mean prompt: its uncached tokens through the matrices and the attention, one row of logits."""
    prompt = lengths.mean_prefill_tokens
    depth = lengths.mean_input_tokens - prompt / 2.0
    return prompt * (matrix_flop_per_token(model) + pair_flop(model, depth, expanded=True)) + head_flop(model)


def decode_bytes(model: "Architecture", precision: "Precision", sequences: Floats, kv_bytes: Floats) -> Floats:
    """Least bytes that one decode step of a replica moves, over all its accelerators [byte].

    Weights once (of experts only the ``top_k`` that every token needs: all tokens may choose the same), plus
    ``kv_bytes`` a sequence.
    """
    return _step_bytes(model, precision, np.zeros_like(sequences), sequences * kv_bytes)


def expected_decode_bytes(model: "Architecture", precision: "Precision", sequences: Floats, kv_bytes: Floats) -> Floats:
    """Bytes of a decode step whose tokens choose their experts uniformly [byte]; what MBU is measured by."""
    return _step_bytes(model, precision, sequences, sequences * kv_bytes)


def _step_bytes(model: "Architecture", precision: "Precision", tokens: Floats, cache_bytes: Floats) -> Floats:
    total = cache_bytes
    for layer, count in zip(model.layers, model.counts(), strict=True):
        for module, elements in layer_parameters(layer, model.hidden_size).items():
            touched = np.ones_like(tokens)
            if module == "experts" and isinstance(layer.mlp, MoeMlp):
                touched = distinct_experts(layer.mlp, tokens, 1.0) / layer.mlp.experts
            total = total + count * elements * touched * precision.weight_bytes.get(module, np.asarray(2.0))
    return total + model.hidden_size * float(model.vocab_size) * precision.weight_bytes["head"]


def _active_elements(layer: "Layer", hidden: int) -> float:
    """Matrix elements that one token passes through in one layer."""
    total = 0.0
    for module, elements in layer_parameters(layer, hidden).items():
        if module == "norms":
            continue
        share = 1.0
        if module == "experts" and isinstance(layer.mlp, MoeMlp):
            share = min(layer.mlp.top_k, layer.mlp.experts) / layer.mlp.experts
        total += share * elements
    mixer = layer.mixer
    if mixer is not None:
        total -= mixer.extra_parameters
    return total
