"""The time of one engine step, operator by operator, and how pipeline stages share it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.architecture.layers import (
    CompressedAttention,
    LatentAttention,
    LinearAttention,
    Mamba2,
    MoeMlp,
    SoftmaxAttention,
)
from planner.perf.attention import mixer_core_s
from planner.perf.collectives import all_reduce_s, gather_s, send_s
from planner.perf.gemm import gemm_s
from planner.perf.moe import experts_s

if TYPE_CHECKING:
    from planner.architecture.layers import Architecture, DenseMlp, Indexer, Layer
    from planner.perf.batch import Batch
    from planner.perf.hardware import Layout, Machine, MatrixRates

Floats = NDArray[np.float64]

HIDDEN_BYTES = 2.0
"""Hidden states travel between layers in 16 bits."""
NORM_BYTES = 8.0
"""Sums of squares of a token's query and key, in FP32."""


@dataclass(frozen=True, eq=False)
class StepTime:
    """Seconds of one step by operator for the whole stack of layers on one rank, then what stands outside layers."""

    layers: dict[str, Floats]
    head_s: Floats
    engine_s: Floats
    send_s: Floats
    """One hop between pipeline stages."""

    @property
    def layers_s(self) -> Floats:
        """Sum over all layers."""
        return sum(self.layers.values(), start=np.zeros(()))


def step_time(model: "Architecture", machine: "Machine", layout: "Layout", batch: "Batch") -> StepTime:
    """Time of one step of ``batch`` through every layer, as if on one pipeline stage [s].

    Arrays broadcast; the result has the broadcast shape of ``batch`` and ``layout``.
    """
    rank = batch.divided(layout.attention_data)
    reduce_s = all_reduce_s(machine.tensor_link, rank.tokens * model.hidden_size * HIDDEN_BYTES, layout.tensor)
    totals: dict[str, Floats] = {}
    for layer, count in zip(model.layers, model.counts(), strict=True):
        for name, seconds in _layer_s(model.hidden_size, layer, machine, layout, (batch, rank, reduce_s)).items():
            totals[name] = totals.get(name, 0.0) + count * seconds
    each_s = model.hidden_size * machine.engine.elementwise_bytes / machine.attention.stream_bytes_per_s
    totals["elementwise"] = rank.tokens * (model.layer_count * each_s)
    engine_s = model.layer_count * machine.engine.layer_s
    totals["engine_layers"] = np.broadcast_to(engine_s, np.broadcast_shapes(engine_s.shape, rank.tokens.shape))
    sampled = rank.sequences + rank.first_tokens
    head = gemm_s(machine.modules["head"], sampled, model.vocab_size / layout.tensor, model.hidden_size)
    engine = machine.engine.step_s + machine.engine.sequence_s * sampled
    hop = send_s(machine.pipeline_link, rank.tokens * model.hidden_size * HIDDEN_BYTES)
    return StepTime(totals, head, engine, hop)


def _layer_s(
    hidden: int, layer: "Layer", machine: "Machine", layout: "Layout", shared: tuple["Batch", "Batch", Floats]
) -> dict[str, Floats]:
    """Time of each operator of one layer; ``shared`` are the whole batch, a rank's, and one sum of hidden states."""
    whole, rank, reduce_s = shared
    parts: dict[str, Floats] = {}
    link = machine.tensor_link
    if layer.mixer is not None:
        recurrent = isinstance(layer.mixer, LinearAttention | Mamba2)
        rates = machine.modules["mixer" if recurrent else "attention"]
        parts["projections"] = _projections_s(hidden, layer, rates, rank.tokens, layout.tensor)
        parts["attention"] = mixer_core_s(layer.mixer, machine.attention, rank, layout.tensor)
        parts["collectives"] = reduce_s
        if isinstance(layer.mixer, SoftmaxAttention) and layer.mixer.norm == "width":
            parts["collectives"] = parts["collectives"] + all_reduce_s(link, rank.tokens * NORM_BYTES, layout.tensor)
    if layer.mlp is None:
        return parts
    if isinstance(layer.mlp, MoeMlp):
        parts |= _moe_s(hidden, layer.mlp, machine, layout, (whole, rank))
        exchange = np.where(
            layout.attention_data > 1,
            2.0 * gather_s(link, whole.tokens * hidden * HIDDEN_BYTES, layout.group),
            reduce_s,
        )
    else:
        parts["mlp"] = _dense_s(hidden, layer.mlp, machine.modules["dense_mlp"], rank.tokens, layout.tensor)
        exchange = reduce_s
    parts["collectives"] = parts.get("collectives", 0.0) + exchange
    return parts


def _dense_s(hidden: int, mlp: "DenseMlp", rates: "MatrixRates", tokens: Floats, tensor: Floats) -> Floats:
    up = 2.0 if mlp.gated else 1.0
    inner = mlp.intermediate_size / tensor
    return gemm_s(rates, tokens, up * inner, hidden) + gemm_s(rates, tokens, hidden, inner)


def _moe_s(
    hidden: int, moe: MoeMlp, machine: "Machine", layout: "Layout", batches: tuple["Batch", "Batch"]
) -> dict[str, Floats]:
    whole, rank = batches
    parts = {"experts": experts_s(moe, machine.modules["experts"], layout, whole.tokens, machine.engine.expert_spread)}
    up = 2.0 if moe.gated else 1.0
    beside = {
        "shared_expert": (moe.shared_intermediate_size, machine.engine.shared_overlap),
        "mlp": (moe.parallel_dense_intermediate_size, np.ones(())),
    }
    for name, (size, share) in beside.items():
        if size:
            rates = machine.modules["shared_expert" if name == "shared_expert" else "dense_mlp"]
            inner = size / layout.tensor
            time = gemm_s(rates, rank.tokens, up * inner, hidden) + gemm_s(rates, rank.tokens, hidden, inner)
            parts[name] = share * time
    if moe.expert_hidden_size != hidden:
        rates = machine.modules["dense_mlp"]
        latent = gemm_s(rates, rank.tokens, moe.expert_hidden_size, hidden)
        parts["mlp"] = parts.get("mlp", 0.0) + latent + gemm_s(rates, rank.tokens, hidden, moe.expert_hidden_size)
    return parts


def _projections_s(hidden: int, layer: "Layer", rates: "MatrixRates", tokens: Floats, tensor: Floats) -> Floats:
    mixer = layer.mixer
    if isinstance(mixer, SoftmaxAttention):
        gates = mixer.heads if mixer.head_gate else 0
        query = (mixer.heads * mixer.head_dim * (2.0 if mixer.output_gate else 1.0) + gates) / tensor
        cached = mixer.head_dim + (0 if mixer.shared_key_value else mixer.v_head_dim)
        inward = query + np.maximum(mixer.kv_heads / tensor, 1.0) * cached
        outward = mixer.heads * mixer.v_head_dim / tensor
        extra = _indexer_s(hidden, hidden, mixer.indexer, rates, tokens)
        return gemm_s(rates, tokens, inward, hidden) + gemm_s(rates, tokens, hidden, outward) + extra
    if isinstance(mixer, LatentAttention):
        return _latent_projections_s(hidden, mixer, rates, tokens, tensor)
    if isinstance(mixer, CompressedAttention):
        return _compressed_projections_s(hidden, mixer, rates, tokens, tensor)
    assert mixer is not None
    into, out_of = _state_widths(mixer)
    outer = gemm_s(rates, tokens, into / tensor, hidden) + gemm_s(rates, tokens, hidden, out_of / tensor)
    return outer + _low_rank_s(mixer, rates, tokens, tensor)


def _latent_projections_s(
    hidden: int, mixer: LatentAttention, rates: "MatrixRates", tokens: Floats, tensor: Floats
) -> Floats:
    """Compressions (replicated), expansions and the absorbed products (split by heads), output."""
    heads = mixer.heads / tensor
    query_width = heads * (mixer.nope_head_dim + mixer.rope_head_dim)
    latent = mixer.kv_lora_rank + mixer.rope_head_dim
    if mixer.q_lora_rank:
        query = gemm_s(rates, tokens, mixer.q_lora_rank + latent, hidden) + gemm_s(
            rates, tokens, query_width, mixer.q_lora_rank
        )
    else:
        query = gemm_s(rates, tokens, query_width + latent, hidden)
    absorbed = (
        gemm_s(rates, tokens, heads * (mixer.nope_head_dim + mixer.v_head_dim), mixer.kv_lora_rank) + rates.launch_s
    )
    output = gemm_s(rates, tokens, hidden, heads * mixer.v_head_dim)
    if mixer.output_gate:
        output = output + gemm_s(rates, tokens, heads * mixer.v_head_dim, hidden)
    return query + absorbed + output + _indexer_s(hidden, mixer.q_lora_rank or hidden, mixer.indexer, rates, tokens)


def _compressed_projections_s(
    hidden: int, mixer: CompressedAttention, rates: "MatrixRates", tokens: Floats, tensor: Floats
) -> Floats:
    """Low-rank queries, one key-value head and the compressors (on every rank); heads and output groups divided."""
    queries, indexer = mixer.heads * mixer.head_dim / tensor, mixer.indexer
    outputs = mixer.output_groups * mixer.output_lora_rank / tensor
    compressed = 2.0 * mixer.head_dim * (0 if mixer.ratio is None else 1 if indexer is None else 2)
    inward = gemm_s(rates, tokens, mixer.q_lora_rank + mixer.head_dim + compressed, hidden)
    inward = inward + gemm_s(rates, tokens, queries, mixer.q_lora_rank)
    group = mixer.heads * mixer.head_dim / mixer.output_groups
    outward = gemm_s(rates, tokens, outputs, group) + gemm_s(rates, tokens, hidden, outputs)
    if indexer is None:
        return inward + outward
    wide = gemm_s(rates, tokens, indexer.heads * indexer.head_dim, mixer.q_lora_rank)
    return inward + outward + wide + gemm_s(rates, tokens, 4.0 * indexer.head_dim + indexer.heads, hidden)


def _indexer_s(
    hidden: int, query: int, indexer: "Indexer | None", rates: "MatrixRates", tokens: Floats
) -> Floats | float:
    if indexer is None or indexer.shared:
        return 0.0
    wide = gemm_s(rates, tokens, indexer.heads * indexer.head_dim, query)
    return wide + gemm_s(rates, tokens, indexer.head_dim + (indexer.heads if indexer.weighted else 0), hidden)


def _state_widths(mixer: "LinearAttention | Mamba2") -> tuple[float, float]:
    if isinstance(mixer, LinearAttention):
        values = mixer.value_heads * mixer.value_head_dim
        decay = mixer.decay_rank or mixer.value_heads
        gate = mixer.gate_rank or values
        return 2.0 * mixer.key_heads * mixer.key_head_dim + values + gate + mixer.value_heads + decay, values
    inner = mixer.heads * mixer.head_dim
    return 2.0 * inner + 2.0 * mixer.groups * mixer.state_size + mixer.heads, inner


def _low_rank_s(
    mixer: "LinearAttention | Mamba2", rates: "MatrixRates", tokens: Floats, tensor: Floats
) -> Floats | float:
    """Second halves of Kimi delta attention's low-rank projections: decays of the channels, and the output gate."""
    if not isinstance(mixer, LinearAttention) or not mixer.decay_rank:
        return 0.0
    decay = gemm_s(rates, tokens, mixer.key_heads * mixer.key_head_dim / tensor, mixer.decay_rank)
    if not mixer.gate_rank:
        return decay
    return decay + gemm_s(rates, tokens, mixer.value_heads * mixer.value_head_dim / tensor, mixer.gate_rank)
