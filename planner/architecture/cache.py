"""What a sequence keeps between steps: elements a token by kind of layer, and the states of recurrent layers."""

from dataclasses import dataclass, replace

from planner.architecture.layers import (
    Architecture,
    CompressedAttention,
    Indexer,
    LatentAttention,
    Layer,
    LinearAttention,
    Mamba2,
    SoftmaxAttention,
)

_CONVOLUTION_BYTES = 2


@dataclass(frozen=True)
class LayerCache:
    """The cache of one layer.

    ``elements_per_token`` [element/token] up to ``window`` [token] (``None``: no cap); ``compressed_per_token``
    [element/token] beside it, without a cap (the width over the tokens that one entry stands for); index keys apart,
    because they keep a format of their own. ``state_elements`` and ``convolution_elements`` [element/sequence] do not
    grow.
    """

    elements_per_token: int = 0
    window: int | None = None
    compressed_per_token: float = 0.0
    index_elements_per_token: float = 0.0
    index_bytes_per_token: float = 0.0
    state_elements: int = 0
    convolution_elements: int = 0
    state_bytes: int = 0
    """Bytes of both states of one sequence."""


def layer_cache(layer: Layer) -> LayerCache:
    """Return what one sequence keeps for one layer.

    Latent attention keeps the compressed vector and the rotary key (DeepSeek-V2 report, section 2.1.2), the same for
    all heads; a convolution of kernel ``k`` keeps ``k - 1`` inputs a channel.
    """
    match layer.mixer:
        case SoftmaxAttention() as mixer:
            width = mixer.head_dim if mixer.shared_key_value else mixer.head_dim + mixer.v_head_dim
            cached = mixer.kv_heads * width
            return _indexed(LayerCache(cached, mixer.window), mixer.indexer)
        case LatentAttention() as mixer:
            cached = mixer.kv_lora_rank + mixer.rope_head_dim
            return _indexed(LayerCache(cached), mixer.indexer)
        case CompressedAttention() as mixer:
            share = 1.0 / mixer.ratio if mixer.ratio else 0.0
            return _indexed(LayerCache(mixer.head_dim, mixer.window, share * mixer.head_dim), mixer.indexer, share)
        case LinearAttention() | Mamba2() as mixer:
            return _recurrent(mixer)
        case None:
            return LayerCache()


def _indexed(cache: LayerCache, indexer: Indexer | None, share: float = 1.0) -> LayerCache:
    """Return the cache with its indexer's keys: one head, none where the choice of a lower layer is reused.

    SGLang and vLLM allocate no index keys for layers that reuse (sgl-project/sglang pull request 30531).
    """
    if indexer is None or indexer.shared:
        return cache
    width = share * indexer.head_dim
    return replace(cache, index_elements_per_token=width, index_bytes_per_token=width * indexer.key_bytes)


def _recurrent(mixer: LinearAttention | Mamba2) -> LayerCache:
    """Return the matrix state of every head and the inputs that the convolution still needs."""
    if isinstance(mixer, LinearAttention):
        state = mixer.value_heads * mixer.key_head_dim * mixer.value_head_dim
        channels = 2 * mixer.key_heads * mixer.key_head_dim + mixer.value_heads * mixer.value_head_dim
    else:
        state = mixer.heads * mixer.head_dim * mixer.state_size
        channels = mixer.heads * mixer.head_dim + 2 * mixer.groups * mixer.state_size
    convolution = channels * (mixer.conv_kernel - 1)
    return LayerCache(
        state_elements=state,
        convolution_elements=convolution,
        state_bytes=state * mixer.state_bytes_per_element + convolution * _CONVOLUTION_BYTES,
    )


@dataclass(frozen=True)
class CacheElements:
    """The cache of a whole model: elements a token of full and of sliding layers, index keys, states a sequence."""

    full_per_token: float
    """Layers and streams without a window."""
    sliding_per_token: int
    index_per_token: float
    state_per_sequence: int
    convolution_per_sequence: int
    state_bytes_per_sequence: int

    @property
    def per_token(self) -> float:
        """Elements that one more token adds while no window is full, index keys not counted."""
        return self.full_per_token + self.sliding_per_token


def cache_elements(architecture: Architecture) -> CacheElements:
    """Return the cache of all layers together."""
    caches = [
        (layer_cache(layer), times) for layer, times in zip(architecture.layers, architecture.counts(), strict=True)
    ]
    full = sum(times * cache.elements_per_token for cache, times in caches if cache.window is None)
    return CacheElements(
        full_per_token=full + sum(times * cache.compressed_per_token for cache, times in caches),
        sliding_per_token=sum(times * cache.elements_per_token for cache, times in caches if cache.window is not None),
        index_per_token=sum(times * cache.index_elements_per_token for cache, times in caches),
        state_per_sequence=sum(times * cache.state_elements for cache, times in caches),
        convolution_per_sequence=sum(times * cache.convolution_elements for cache, times in caches),
        state_bytes_per_sequence=sum(times * cache.state_bytes for cache, times in caches),
    )


def resident_elements(architecture: Architecture, tokens: int) -> float:
    """Return the cached elements of one sequence of ``tokens``, windows capped, index keys and states not counted."""
    held = 0.0
    for layer, times in zip(architecture.layers, architecture.counts(), strict=True):
        cache = layer_cache(layer)
        seen = tokens if cache.window is None else min(tokens, cache.window)
        held += times * (cache.elements_per_token * seen + cache.compressed_per_token * tokens)
    return held
