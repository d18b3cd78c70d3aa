"""Memory of the fullest accelerator: weights, KV cache, activations and what the engine takes for itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from planner.architecture.cache import layer_cache
from planner.architecture.layers import CompressedAttention, DenseMlp, LatentAttention, Layer, MoeMlp, SoftmaxAttention
from planner.architecture.parameters import layer_parameters
from planner.perf.hardware import Rows

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture, Indexer, Mixer
    from planner.perf.hardware import Layout
    from planner.perf.lengths import Lengths

Floats = NDArray[np.float64]

ACTIVATION_BYTES = 2.0


@dataclass(frozen=True, eq=False)
class Memory(Rows):
    """Bytes on the accelerator that admits the fewest sequences; arrays ``(columns,)``.

    ``slots`` sequences of mean resident context fit one replica beside the rest (negative: the weights do not fit).
    """

    weights_bytes: Floats
    kv_bytes_per_sequence: Floats
    activations_bytes: Floats
    overhead_bytes: Floats
    usable_bytes: Floats
    slots: Floats

    @property
    def needed_bytes(self) -> Floats:
        """What one sequence needs in all."""
        return self.weights_bytes + self.activations_bytes + self.overhead_bytes + self.kv_bytes_per_sequence


@dataclass(frozen=True, eq=False)
class Precision:
    """Bytes an element: of the weights by module class (arrays ``(columns,)``), and of the KV cache."""

    weight_bytes: dict[str, Floats]
    kv_bytes: Floats


@dataclass(frozen=True, eq=False)
class Budget:
    """Usable bytes of one accelerator, bytes that the engine keeps, and the largest step in tokens."""

    usable_bytes: Floats
    overhead_bytes: Floats
    batched_tokens: Floats


def stage_layers(layers: int, pipeline: int) -> tuple[int, ...]:
    """Layers of each pipeline stage: even, the remainder on the middle stages that carry no embedding or head."""
    sizes = [layers // pipeline] * pipeline
    for extra in range(layers % pipeline):
        sizes[-2 - extra if pipeline > 1 else 0] += 1
    return tuple(sizes)


def stage_counts(model: "Architecture", pipeline: int) -> NDArray[np.int64]:
    """How often each distinct layer stands on each stage, shape ``(stages, distinct layers)``."""
    counts = np.zeros((pipeline, len(model.layers)), dtype=np.int64)
    position = 0
    for stage, size in enumerate(stage_layers(model.layer_count, pipeline)):
        for index in model.order[position : position + size]:
            counts[stage, index] += 1
        position += size
    return counts


class Residents(Protocol):
    """What memory needs to know of lengths: the context that a resident sequence holds, a number or one a column."""

    @property
    def mean_context_tokens(self) -> "Floats | float":
        """Mean context of a resident sequence [token]."""

    def windowed_context_tokens(self, window: int) -> "Floats | float":
        """Mean of min(context, window) [token]."""

    @property
    def mean_reserved_tokens(self) -> "Floats | float":
        """Mean of prompt and whole output over resident sequences [token]."""


@dataclass(frozen=True, eq=False)
class Reserved:
    """Sequences whose whole output is reserved from the start."""

    residents: Residents

    @property
    def mean_context_tokens(self) -> "Floats | float":
        """Tokens that a sequence reserves [token]."""
        return self.residents.mean_reserved_tokens

    @property
    def mean_reserved_tokens(self) -> "Floats | float":
        """Tokens that a sequence reserves [token]."""
        return self.residents.mean_reserved_tokens

    def windowed_context_tokens(self, window: int) -> "Floats | float":
        """Tokens that a sequence reserves in a layer of ``window`` [token]."""
        return np.minimum(self.residents.mean_reserved_tokens, float(window))


def memory(model: "Architecture", layout: "Layout", precision: Precision, budget: Budget, lengths: Residents) -> Memory:
    """Memory of every column, on the pipeline stage that leaves room for the fewest sequences.

    Attention weights are replicated over attention-data ranks and split ``tensor`` ways, KV heads at most as far as
    they go; experts are split over the whole group; embeddings lie on the first stage, the head on the last.
    """
    weights = np.stack([_layer_weights(model.hidden_size, layer, layout, precision) for layer in model.layers])
    per_sequence = np.stack([_layer_kv(layer, layout, precision, lengths) for layer in model.layers])
    activations = _activations(model, layout, budget)
    rows = len(layout.tensor)
    result = [np.zeros(rows) for _ in range(3)]
    for pipeline in np.unique(layout.pipeline).astype(int):
        chosen = layout.pipeline == pipeline
        counts = stage_counts(model, pipeline)
        stage_weights = counts @ weights[:, chosen] + _ends(model, layout, precision, pipeline)[:, chosen]
        stage_kv = counts @ per_sequence[:, chosen]
        free = (budget.usable_bytes - budget.overhead_bytes - activations)[chosen] - stage_weights
        with np.errstate(divide="ignore", invalid="ignore"):
            slots = np.where(stage_kv > 0, free / stage_kv, np.where(free >= 0, np.inf, -1.0))
        worst = slots.argmin(axis=0), np.arange(slots.shape[1])
        for target, values in zip(result, (stage_weights, stage_kv, slots), strict=True):
            target[chosen] = values[worst]
    weights_bytes, kv_bytes, slots = result
    slots = np.where(slots >= 0, np.floor(slots) * layout.attention_data, slots)
    overhead = budget.overhead_bytes + np.zeros(rows)
    return Memory(weights_bytes, kv_bytes, activations, overhead, budget.usable_bytes + np.zeros(rows), slots)


def _ends(model: "Architecture", layout: "Layout", precision: Precision, pipeline: int) -> Floats:
    """Bytes of embedding (first stage) and head (last stage; the same matrix when tied on one stage)."""
    elements = float(model.vocab_size) * model.hidden_size
    ends = np.zeros((pipeline, len(layout.tensor)))
    ends[0] += elements / layout.tensor * precision.weight_bytes["embedding"]
    if not (model.tied_embeddings and pipeline == 1):
        ends[-1] += elements / layout.tensor * precision.weight_bytes["head"]
    ends[-1] += model.extra_parameters * ACTIVATION_BYTES
    return ends


def _layer_weights(hidden: int, layer: "Layer", layout: "Layout", precision: Precision) -> Floats:
    total = np.zeros(len(layout.tensor))
    for module, elements in layer_parameters(layer, hidden).items():
        share = _share(module, elements, hidden, layer, layout)
        total = total + share * precision.weight_bytes.get(module, np.full(len(total), ACTIVATION_BYTES))
    return total


def _share(module: str, elements: float, hidden: int, layer: "Layer", layout: "Layout") -> Floats:
    """Elements of one module class of one layer on one rank."""
    if module == "attention" and layer.mixer is not None:
        whole, split_kv = _replicated(hidden, layer.mixer, layout.tensor)
        return whole + split_kv + (elements - whole - _kv_elements(hidden, layer.mixer)) / layout.tensor
    if module in {"dense_mlp", "shared_expert", "mixer"}:
        return elements / layout.tensor
    if module == "experts":
        return elements / layout.group
    return np.full(len(layout.tensor), float(elements))


def _kv_elements(hidden: int, mixer: "Mixer") -> float:
    if not isinstance(mixer, SoftmaxAttention):
        return 0.0
    width = mixer.head_dim + (0 if mixer.shared_key_value else mixer.v_head_dim)
    return float(hidden * mixer.kv_heads * width)


def _replicated(hidden: int, mixer: "Mixer", tensor: Floats) -> tuple[float, Floats]:
    """Elements that every rank holds whole, and its share of the key and value projections."""
    if isinstance(mixer, LatentAttention):
        compress = hidden * (mixer.kv_lora_rank + mixer.rope_head_dim) + hidden * (mixer.q_lora_rank or 0)
        indexer = _indexer_elements(hidden, mixer.q_lora_rank or hidden, mixer.indexer)
        return float(compress + indexer), np.zeros(len(tensor))
    if isinstance(mixer, CompressedAttention):
        return float(_unsplit_elements(hidden, mixer)), np.zeros(len(tensor))
    if isinstance(mixer, SoftmaxAttention):
        share = np.maximum(mixer.kv_heads / tensor, 1.0) / mixer.kv_heads
        return _indexer_elements(hidden, hidden, mixer.indexer), _kv_elements(hidden, mixer) * share
    return 0.0, np.zeros(len(tensor))


def _indexer_elements(hidden: int, query: int, indexer: "Indexer | None") -> float:
    if indexer is None or indexer.shared:
        return 0.0
    return float(query * indexer.heads * indexer.head_dim + hidden * _index_outputs(indexer))


def _index_outputs(indexer: "Indexer") -> int:
    """Return an indexer's outputs beside its queries: a key, and a weight a head where it has them."""
    return indexer.head_dim + (indexer.heads if indexer.weighted else 0)


def _unsplit_elements(hidden: int, mixer: CompressedAttention) -> int:
    """Elements of compressed attention that no rank can share: all but the heads' queries and the grouped output."""
    queries = mixer.heads * mixer.head_dim
    outputs = mixer.output_groups * mixer.output_lora_rank
    split = queries * mixer.q_lora_rank + outputs * (queries // mixer.output_groups + hidden)
    return layer_parameters(Layer(mixer, None), hidden)["attention"] - split


def _layer_kv(layer: "Layer", layout: "Layout", precision: Precision, lengths: Residents) -> Floats:
    """Bytes that one resident sequence of mean context holds in one layer on one rank.

    KV heads are divided as far as they go, a latent vector not at all; recurrent states are split by heads.
    """
    cache = layer_cache(layer)
    whole = lengths.mean_context_tokens
    context = whole if cache.window is None else lengths.windowed_context_tokens(cache.window)
    share = np.ones(len(layout.tensor))
    if isinstance(layer.mixer, SoftmaxAttention):
        share = np.maximum(layer.mixer.kv_heads / layout.tensor, 1.0) / layer.mixer.kv_heads
    held = (context * cache.elements_per_token + whole * cache.compressed_per_token) * precision.kv_bytes * share
    return held + whole * cache.index_bytes_per_token + cache.state_bytes / layout.tensor


def kv_bytes_per_sequence(model: "Architecture", kv_bytes: float, lengths: "Lengths") -> float:
    """Bytes of one resident sequence of mean context over the whole model, nothing replicated."""
    total = 0.0
    for layer, count in zip(model.layers, model.counts(), strict=True):
        cache = layer_cache(layer)
        whole = lengths.mean_context_tokens
        context = whole if cache.window is None else lengths.windowed_context_tokens(cache.window)
        held = context * cache.elements_per_token + whole * cache.compressed_per_token
        total += count * (held * kv_bytes + cache.state_bytes)
        total += count * whole * cache.index_bytes_per_token
    return total


def _activations(model: "Architecture", layout: "Layout", budget: Budget) -> Floats:
    """Buffers of the largest step: ``tokens x 2 B x (2 FF / tp + 4 H)``, FF the widest block a token passes through."""
    widest = np.zeros(len(layout.tensor))
    for layer in model.layers:
        if isinstance(layer.mlp, DenseMlp):
            widest = np.maximum(widest, layer.mlp.intermediate_size / layout.tensor)
        elif isinstance(layer.mlp, MoeMlp):
            routed = layer.mlp.top_k * layer.mlp.intermediate_size
            beside = layer.mlp.shared_intermediate_size + layer.mlp.parallel_dense_intermediate_size
            widest = np.maximum(widest, (routed + beside) / layout.tensor)
    return budget.batched_tokens * ACTIVATION_BYTES * (2.0 * widest + 4.0 * model.hidden_size)
