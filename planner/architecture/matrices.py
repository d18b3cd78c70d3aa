"""The weight matrices of a layer, each with the name it has in a checkpoint, its module class and its shape.

A matrix of ``rows x columns`` maps ``columns`` inputs to ``rows`` outputs, as stored by torch's ``Linear``. Names are
those of the transformers classes, relative to the layer; :mod:`planner.architecture.names` knows other spellings.
"""

from dataclasses import dataclass

from planner.architecture.layers import (
    CompressedAttention,
    DenseMlp,
    Indexer,
    LatentAttention,
    Layer,
    LinearAttention,
    Mamba2,
    Mixer,
    Mlp,
    MoeMlp,
    SoftmaxAttention,
)

EMBEDDING, HEAD, ATTENTION, MIXER, DENSE_MLP = "embedding", "head", "attention", "mixer", "dense_mlp"
EXPERTS, SHARED_EXPERT, ROUTER, NORMS = "experts", "shared_expert", "router", "norms"
MODULES = (EMBEDDING, HEAD, ATTENTION, MIXER, DENSE_MLP, EXPERTS, SHARED_EXPERT, ROUTER, NORMS)
"""The module classes. ``attention`` holds softmax and latent attention with indexers, biases and query / key norms;
``mixer`` linear attention and Mamba; ``dense_mlp`` dense blocks, parallel ones and the projections around latent
experts; ``router`` the gates with their biases; ``norms`` layer normalisations and the final one."""


@dataclass(frozen=True)
class Matrix:
    """``copies`` matrices of ``rows x columns``.

    ``linear`` is false for what no scheme quantises: convolutions, and the compressors of keys.
    """

    name: str
    module: str
    rows: int
    columns: int
    copies: int = 1
    linear: bool = True

    @property
    def elements(self) -> int:
        """Weights in all copies."""
        return self.rows * self.columns * self.copies


def layer_matrices(layer: Layer, hidden_size: int) -> tuple[Matrix, ...]:
    """Return the matrices of one decoder layer, mixer first."""
    return _mixer_matrices(layer.mixer, hidden_size) + _mlp_matrices(layer.mlp, hidden_size)


def _mixer_matrices(mixer: Mixer | None, hidden_size: int) -> tuple[Matrix, ...]:
    match mixer:
        case SoftmaxAttention():
            return _softmax(mixer, hidden_size)
        case LatentAttention():
            return _latent(mixer, hidden_size)
        case CompressedAttention():
            return _compressed(mixer, hidden_size)
        case LinearAttention():
            return _linear(mixer, hidden_size)
        case Mamba2():
            return _mamba(mixer, hidden_size)
        case None:
            return ()


def _mlp_matrices(mlp: Mlp | None, hidden_size: int) -> tuple[Matrix, ...]:
    match mlp:
        case DenseMlp():
            return _block("mlp", DENSE_MLP, mlp.intermediate_size, hidden_size, gated=mlp.gated)
        case MoeMlp():
            return _moe(mlp, hidden_size)
        case None:
            return ()


def _softmax(mixer: SoftmaxAttention, hidden_size: int) -> tuple[Matrix, ...]:
    """Query, key, value and output projections; an output gate doubles the query's."""
    queries = mixer.heads * mixer.head_dim * (2 if mixer.output_gate else 1)
    values = () if mixer.shared_key_value else (("v_proj", mixer.kv_heads * mixer.v_head_dim, hidden_size),)
    shapes = (
        ("q_proj", queries, hidden_size),
        ("k_proj", mixer.kv_heads * mixer.head_dim, hidden_size),
        *values,
        *((("g_proj", mixer.heads, hidden_size),) if mixer.head_gate else ()),
        ("o_proj", hidden_size, mixer.heads * mixer.v_head_dim),
    )
    matrices = tuple(Matrix(f"self_attn.{name}", ATTENTION, rows, columns) for name, rows, columns in shapes)
    return matrices + _indexer(mixer.indexer, hidden_size, hidden_size)


def _latent(mixer: LatentAttention, hidden_size: int) -> tuple[Matrix, ...]:
    """Down- and up-projections of queries and of keys with values (DeepSeek-V2 report, equations 9-13)."""
    queries = mixer.heads * (mixer.nope_head_dim + mixer.rope_head_dim)
    rank = mixer.q_lora_rank
    down = (("q_proj", queries, hidden_size),) if rank is None else (
        ("q_a_proj", rank, hidden_size), ("q_b_proj", queries, rank),
    )  # fmt: skip
    shapes = (
        *down,
        ("kv_a_proj_with_mqa", mixer.kv_lora_rank + mixer.rope_head_dim, hidden_size),
        ("kv_b_proj", mixer.heads * (mixer.nope_head_dim + mixer.v_head_dim), mixer.kv_lora_rank),
        *((("g_proj", mixer.heads * mixer.v_head_dim, hidden_size),) if mixer.output_gate else ()),
        ("o_proj", hidden_size, mixer.heads * mixer.v_head_dim),
    )
    matrices = tuple(Matrix(f"self_attn.{name}", ATTENTION, rows, columns) for name, rows, columns in shapes)
    return matrices + _indexer(mixer.indexer, hidden_size, hidden_size if rank is None else rank)


def _indexer(indexer: Indexer | None, hidden_size: int, query_size: int) -> tuple[Matrix, ...]:
    """Return queries (from the compressed query if there is one), one key head and a weight a head if it has them.

    DeepSeek-V3.2-Exp report; MiniMax-M3 (arXiv 2606.13392) has no weights.
    """
    if indexer is None or indexer.shared:
        return ()
    if not indexer.weighted:
        return (
            Matrix("self_attn.index_q_proj", ATTENTION, indexer.heads * indexer.head_dim, query_size),
            Matrix("self_attn.index_k_proj", ATTENTION, indexer.head_dim, hidden_size),
        )
    return (
        Matrix("self_attn.indexer.wq_b", ATTENTION, indexer.heads * indexer.head_dim, query_size),
        Matrix("self_attn.indexer.wk", ATTENTION, indexer.head_dim, hidden_size),
        Matrix("self_attn.indexer.weights_proj", ATTENTION, indexer.heads, hidden_size),
    )


def _compressed(mixer: CompressedAttention, hidden_size: int) -> tuple[Matrix, ...]:
    """Low-rank queries, one key-value head, a grouped output; keys and gates of the compressors (DeepSeek-V4 2.3).

    An indexed layer's windows overlap, so its compressors are twice as wide.
    """
    queries, indexer = mixer.heads * mixer.head_dim, mixer.indexer
    outputs = mixer.output_groups * mixer.output_lora_rank
    shapes = [
        ("q_a_proj", mixer.q_lora_rank, hidden_size, True),
        ("q_b_proj", queries, mixer.q_lora_rank, True),
        ("kv_proj", mixer.head_dim, hidden_size, True),
        ("o_a_proj", outputs, queries // mixer.output_groups, True),
        ("o_b_proj", hidden_size, outputs, True),
    ]
    if mixer.ratio is not None:
        wide = mixer.head_dim * (1 if indexer is None else 2)
        shapes += [(f"compressor.{name}", wide, hidden_size, False) for name in ("kv_proj", "gate_proj")]
    if indexer is not None:
        wide = 2 * indexer.head_dim
        shapes += [(f"indexer.compressor.{name}", wide, hidden_size, False) for name in ("kv_proj", "gate_proj")]
        shapes.append(("indexer.q_b_proj", indexer.heads * indexer.head_dim, mixer.q_lora_rank, True))
        shapes.append(("indexer.weights_proj", indexer.heads, hidden_size, False))
    return tuple(
        Matrix(f"self_attn.{name}", ATTENTION, rows, columns, linear=linear) for name, rows, columns, linear in shapes
    )


def _linear(mixer: LinearAttention, hidden_size: int) -> tuple[Matrix, ...]:
    """Gated delta net: queries, keys and values; the output gate z; beta and decay a head; a short convolution."""
    if mixer.decay_rank:
        return _kimi_delta(mixer, hidden_size)
    values = mixer.value_heads * mixer.value_head_dim
    channels = 2 * mixer.key_heads * mixer.key_head_dim + values
    return (
        Matrix("linear_attn.in_proj_qkv", MIXER, channels, hidden_size),
        Matrix("linear_attn.in_proj_z", MIXER, values, hidden_size),
        Matrix("linear_attn.in_proj_b", MIXER, mixer.value_heads, hidden_size),
        Matrix("linear_attn.in_proj_a", MIXER, mixer.value_heads, hidden_size),
        Matrix("linear_attn.conv1d", MIXER, channels, mixer.conv_kernel, linear=False),
        Matrix("linear_attn.out_proj", MIXER, hidden_size, values),
    )


def _kimi_delta(mixer: LinearAttention, hidden_size: int) -> tuple[Matrix, ...]:
    """Kimi delta attention (arXiv 2510.26692): low-rank decays of channels, beta a head, three convolutions.

    The output gate is as wide as the values, or of low rank too.
    """
    keys, values = mixer.key_heads * mixer.key_head_dim, mixer.value_heads * mixer.value_head_dim
    gate = (("g_proj", values, hidden_size),) if not mixer.gate_rank else (
        ("g_a_proj", mixer.gate_rank, hidden_size), ("g_b_proj", values, mixer.gate_rank),
    )  # fmt: skip
    shapes = (
        ("q_proj", keys, hidden_size),
        ("k_proj", keys, hidden_size),
        ("v_proj", values, hidden_size),
        ("f_a_proj", mixer.decay_rank, hidden_size),
        ("f_b_proj", keys, mixer.decay_rank),
        ("b_proj", mixer.value_heads, hidden_size),
        *gate,
        ("o_proj", hidden_size, values),
    )
    convolutions = (("q_conv1d", keys), ("k_conv1d", keys), ("v_conv1d", values))
    return (
        *(Matrix(f"self_attn.{name}", MIXER, rows, columns) for name, rows, columns in shapes),
        *(Matrix(f"self_attn.{name}", MIXER, rows, mixer.conv_kernel, linear=False) for name, rows in convolutions),
    )


def _mamba(mixer: Mamba2, hidden_size: int) -> tuple[Matrix, ...]:
    """Mamba-2: one projection in (gate, values, B, C and step of every head), a convolution, one projection out."""
    width = mixer.heads * mixer.head_dim
    channels = width + 2 * mixer.groups * mixer.state_size
    return (
        Matrix("mixer.in_proj", MIXER, width + channels + mixer.heads, hidden_size),
        Matrix("mixer.conv1d", MIXER, channels, mixer.conv_kernel, linear=False),
        Matrix("mixer.out_proj", MIXER, hidden_size, width),
    )


def _block(place: str, module: str, size: int, width: int, *, gated: bool, copies: int = 1) -> tuple[Matrix, ...]:
    """Gate (when gated) and up projections of ``size``, and the way back down to ``width``."""
    gate = (Matrix(f"{place}.gate_proj", module, size, width, copies),) if gated else ()
    return (
        *gate,
        Matrix(f"{place}.up_proj", module, size, width, copies),
        Matrix(f"{place}.down_proj", module, width, size, copies),
    )


def _moe(mlp: MoeMlp, hidden_size: int) -> tuple[Matrix, ...]:
    """Router, routed experts, and what stands beside them: shared expert, its gate, dense block, latent projections."""
    width, gated = mlp.expert_hidden_size, mlp.gated
    parallel = mlp.parallel_dense_intermediate_size > 0
    parts = [Matrix("router.proj" if parallel else "mlp.gate", ROUTER, mlp.experts, hidden_size)]
    place = "experts.0" if parallel else "mlp.experts.0"
    parts += _block(place, EXPERTS, mlp.intermediate_size, width, gated=gated, copies=mlp.experts)
    if mlp.shared_intermediate_size:
        size = mlp.shared_intermediate_size
        parts += _block("mlp.shared_experts", SHARED_EXPERT, size, hidden_size, gated=gated)
    if mlp.shared_gate:
        parts.append(Matrix("mlp.shared_expert_gate", SHARED_EXPERT, 1, hidden_size))
    if parallel:
        parts += _block("mlp", DENSE_MLP, mlp.parallel_dense_intermediate_size, hidden_size, gated=gated)
    if width != hidden_size:
        linear = mlp.latent_quantised
        parts.append(Matrix("mlp.fc1_latent_proj", DENSE_MLP, width, hidden_size, linear=linear))
        parts.append(Matrix("mlp.fc2_latent_proj", DENSE_MLP, hidden_size, width, linear=linear))
    return tuple(parts)
