"""Mixers: the core of softmax, latent, linear and state-space attention, for decode and prefill at once."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.architecture.layers import CompressedAttention, LatentAttention, LinearAttention, Mamba2, SoftmaxAttention

if TYPE_CHECKING:
    from planner.architecture.layers import Indexer, Mixer
    from planner.perf.batch import Batch
    from planner.perf.hardware import Attention

Floats = NDArray[np.float64]

SPARSE_HEADS = 64.0
"""Sparse latent prefill works on blocks of so many heads, however few a rank has, in absorbed form (FlashMLA)."""


def mixer_core_s(mixer: "Mixer", rates: "Attention", batch: "Batch", tensor: Floats) -> Floats:
    """Time of everything between a mixer's input and output projections, one layer on one rank [s].

    ``batch`` is the share of one attention-data-parallel rank; heads are divided ``tensor`` ways.
    """
    if isinstance(mixer, SoftmaxAttention):
        return _softmax_s(mixer, rates, batch, tensor)
    if isinstance(mixer, LatentAttention):
        return _latent_s(mixer, rates, batch, tensor)
    if isinstance(mixer, CompressedAttention):
        return _compressed_s(mixer, rates, batch, tensor)
    return _state_s(mixer, rates, batch, tensor)


def _core_s(rates: "Attention", read_bytes: Floats, read_flop: Floats, score_flop: Floats) -> Floats:
    """Decode as root sum of squares of traffic and arithmetic, prefill as arithmetic; each only where there is work."""
    traffic_s, arithmetic_s = read_bytes / rates.read_bytes_per_s, read_flop / rates.read_flop_per_s
    decode = np.sqrt(traffic_s * traffic_s + arithmetic_s * arithmetic_s)
    prefill = score_flop / rates.score_flop_per_s
    launches = (read_bytes > 0).astype(float) + (score_flop > 0)
    return np.asarray(rates.launch_s * launches + decode + prefill)


def _softmax_s(mixer: SoftmaxAttention, rates: "Attention", batch: "Batch", tensor: Floats) -> Floats:
    heads = mixer.heads / tensor
    kv_heads = np.maximum(mixer.kv_heads / tensor, 1.0)
    width = mixer.head_dim + mixer.v_head_dim
    keys = batch.sequences * batch.context_within(_reach(mixer.window, mixer.indexer))
    cached_width = mixer.head_dim if mixer.shared_key_value else width
    pairs = batch.prompt_tokens * batch.prompt_context_within(_reach(mixer.window, mixer.indexer))
    read_bytes = keys * kv_heads * cached_width * rates.kv_bytes
    return (
        _core_s(rates, read_bytes, keys * 2.0 * heads * width, pairs * heads * (2.0 * width + rates.softmax_flop))
        + _index_s(mixer.indexer, rates, batch)
        + (rates.norm_launch_s if mixer.norm != "none" else 0.0)
    )


def _latent_s(mixer: LatentAttention, rates: "Attention", batch: "Batch", tensor: Floats) -> Floats:
    heads = mixer.heads / tensor
    latent = mixer.kv_lora_rank + mixer.rope_head_dim
    keys = batch.sequences * batch.context_within(_reach(None, mixer.indexer))
    pairs = batch.prompt_tokens * batch.prompt_context_within(_reach(None, mixer.indexer))
    expanded = mixer.nope_head_dim + mixer.rope_head_dim + mixer.v_head_dim
    absorbed = latent + mixer.kv_lora_rank
    per_pair = heads * (2.0 * expanded + rates.softmax_flop)
    if mixer.indexer is not None:
        padded = np.maximum(heads, SPARSE_HEADS) * (2.0 * absorbed + rates.softmax_flop)
        per_pair = np.where(batch.prompt_context_tokens > mixer.indexer.top_k / 2.0, padded, per_pair)
    return _core_s(rates, keys * latent * rates.kv_bytes, keys * 2.0 * heads * absorbed, pairs * per_pair) + _index_s(
        mixer.indexer, rates, batch
    )


def _compressed_s(mixer: CompressedAttention, rates: "Attention", batch: "Batch", tensor: Floats) -> Floats:
    """Window, and an entry for every ``ratio`` tokens before it: all of them, or ``top_k`` that an indexer picks."""
    heads = mixer.heads / tensor
    read, met = batch.context_within(mixer.window), batch.prompt_context_within(mixer.window)
    if mixer.ratio is not None:
        reach = mixer.indexer.top_k * mixer.ratio if mixer.indexer else None
        read = read + batch.context_within(reach) / mixer.ratio
        met = met + batch.prompt_context_within(reach) / mixer.ratio
    keys, pairs = batch.sequences * read, batch.prompt_tokens * met
    width = 2.0 * mixer.head_dim
    score_flop = pairs * heads * (2.0 * width + rates.softmax_flop)
    read_bytes = keys * mixer.head_dim * rates.kv_bytes
    core = _core_s(rates, read_bytes, keys * 2.0 * heads * width, score_flop)
    return core + _index_s(mixer.indexer, rates, batch, 1.0 / (mixer.ratio or 1))


def _reach(window: int | None, indexer: "Indexer | None") -> int | None:
    limits = [limit for limit in (window, indexer.top_k if indexer else None) if limit is not None]
    return min(limits) if limits else None


def _index_s(indexer: "Indexer | None", rates: "Attention", batch: "Batch", share: float = 1.0) -> Floats | float:
    """Indexer: one key vector for ``1 / share`` past tokens, scored with every head."""
    if indexer is None or indexer.shared:
        return 0.0
    keys = share * batch.sequences * batch.context_tokens
    pairs = share * batch.prompt_tokens * batch.prompt_context_tokens
    flop = 2.0 * indexer.heads * indexer.head_dim
    return (
        rates.index_launch_s
        + keys * indexer.head_dim * indexer.key_bytes / rates.read_bytes_per_s
        + (keys + pairs) * flop / (2.0 * rates.score_flop_per_s)
    )


def _state_s(mixer: LinearAttention | Mamba2, rates: "Attention", batch: "Batch", tensor: Floats) -> Floats:
    """Read and write one state a sequence; arithmetic of the chunked scan for prompt tokens."""
    if isinstance(mixer, LinearAttention):
        elements = mixer.value_heads * mixer.key_head_dim * mixer.value_head_dim / tensor
    else:
        elements = mixer.heads * mixer.head_dim * mixer.state_size / tensor
    touched = 2.0 * elements * mixer.state_bytes_per_element * (batch.sequences + batch.first_tokens)
    scan = 6.0 * elements * batch.prompt_tokens
    return rates.state_launch_s + touched / rates.state_bytes_per_s + scan / rates.state_flop_per_s
