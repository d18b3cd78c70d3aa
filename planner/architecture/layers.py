"""A decoder-only language model as data: what stands in each layer, and in which order.

Every class is a frozen dataclass of integers. Nothing here knows a vendor's name: a family is read into these parts
by :mod:`planner.architecture.config`, and physics (:mod:`planner.perf`) sees nothing else.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Indexer:
    """A lightning indexer (DSA, MiniMax sparse attention): picks the ``top_k`` keys that attention then reads."""

    heads: int
    head_dim: int
    top_k: int
    shared: bool = False
    """Reuses the choice of the nearest indexer below: no weights, no keys and no arithmetic of its own."""
    weighted: bool = True
    """A learnt weight a head joins the heads' scores; without, the largest decides."""
    key_bytes: int = 1
    """Of one element of an index key in the cache: DSA's are held in 8 bits."""


@dataclass(frozen=True)
class SoftmaxAttention:
    """Multi-head, grouped-query or multi-query attention, full or over a sliding window.

    ``window`` [token] caps what a query sees (``None``: everything before it). ``shared_key_value``: keys serve as
    values too, so one projection and one cached tensor. ``output_gate`` doubles the query projection, ``head_gate``
    adds one number a head to it.
    """

    heads: int
    kv_heads: int
    head_dim: int
    v_head_dim: int
    window: int | None = None
    output_gate: bool = False
    head_gate: bool = False
    shared_key_value: bool = False
    norm: Literal["none", "head", "width"] = "none"
    """Queries and keys are normalised: a head at a time, or over the whole width (which crosses ranks)."""
    indexer: Indexer | None = None
    extra_parameters: int = 0
    """Biases, query / key norms, sinks."""


@dataclass(frozen=True)
class LatentAttention:
    """Multi-head latent attention (MLA): one compressed key-value vector a token, shared by all heads.

    ``output_gate``: a projection as wide as the values of all heads scales the output.
    """

    heads: int
    q_lora_rank: int | None
    kv_lora_rank: int
    nope_head_dim: int
    rope_head_dim: int
    v_head_dim: int
    indexer: Indexer | None = None
    output_gate: bool = False
    extra_parameters: int = 0


@dataclass(frozen=True)
class CompressedAttention:
    """DeepSeek-V4's attention: one key-value head over a window, plus compressed entries of all that came before.

    Keys serve as values. One entry stands for ``ratio`` tokens (``None``: the window alone); ``indexer`` picks
    ``top_k`` entries by its own compressed keys (``None``: all are read). The output is projected in
    ``output_groups`` groups of heads to ``output_lora_rank`` each, and from there to the hidden size.
    """

    heads: int
    head_dim: int
    q_lora_rank: int
    output_groups: int
    output_lora_rank: int
    window: int
    ratio: int | None = None
    indexer: Indexer | None = None
    extra_parameters: int = 0


@dataclass(frozen=True)
class LinearAttention:
    """Gated delta net or Kimi delta attention: a matrix state a sequence instead of a growing cache.

    ``decay_rank``: Kimi's decay of every channel, from a projection of that rank (0: one decay a head). ``gate_rank``:
    of the output gate (0: as wide as the values).
    """

    key_heads: int
    value_heads: int
    key_head_dim: int
    value_head_dim: int
    conv_kernel: int
    state_bytes_per_element: int = 4
    decay_rank: int = 0
    gate_rank: int = 0
    extra_parameters: int = 0


@dataclass(frozen=True)
class Mamba2:
    """A Mamba-2 state-space mixer."""

    heads: int
    head_dim: int
    state_size: int
    groups: int
    conv_kernel: int
    state_bytes_per_element: int = 4
    extra_parameters: int = 0


@dataclass(frozen=True)
class DenseMlp:
    """A feed-forward block; ``gated`` has three matrices (SwiGLU), otherwise two."""

    intermediate_size: int
    gated: bool = True
    extra_parameters: int = 0


@dataclass(frozen=True)
class MoeMlp:
    """A mixture of experts: ``top_k`` of ``experts`` a token, plus shared experts (and a parallel dense block if any).

    ``expert_hidden_size`` is what the experts act on (latent MoE: smaller than the model's; the two projections in and
    out are then dense matrices of ``hidden_size x expert_hidden_size``, counted under ``dense_mlp``).
    """

    experts: int
    top_k: int
    intermediate_size: int
    expert_hidden_size: int
    gated: bool = True
    shared_intermediate_size: int = 0
    shared_gate: bool = False
    """The shared expert's output is scaled by a gate of ``hidden_size`` weights."""
    parallel_dense_intermediate_size: int = 0
    expert_extra_parameters: int = 0
    """Biases of all routed experts together."""
    latent_quantised: bool = True
    """Whether schemes that mean every linear layer mean the projections around latent experts."""
    extra_parameters: int = 0
    """Router biases and scales, and the norm of latent experts."""


Mixer = SoftmaxAttention | LatentAttention | CompressedAttention | LinearAttention | Mamba2
Mlp = DenseMlp | MoeMlp


@dataclass(frozen=True)
class Layer:
    """One decoder layer; either part may be absent (Nemotron-H alternates them)."""

    mixer: Mixer | None
    mlp: Mlp | None
    norm_parameters: int = 0
    """Normalisations, and what mixes residual streams (hyper-connections)."""


@dataclass(frozen=True)
class Holding:
    """How many weights of one module class a checkpoint holds in one format, and the bytes they take with scales."""

    module: str
    format: str
    elements: int
    bytes: int


@dataclass(frozen=True)
class Quantisation:
    """How a released checkpoint holds its weights, as read from its quantisation config.

    ``weight_format`` and ``kv_format`` are format ids of the catalogue; ``unquantised`` names module classes (keys of
    :func:`planner.architecture.parameters.by_module`) of which most stays in 16 bits; ``mixed`` maps module classes to
    another format than ``weight_format``. ``holdings`` is exact where a class is held in several formats.
    """

    method: str
    weight_format: str
    kv_format: str | None = None
    group_size: int | None = None
    unquantised: frozenset[str] = frozenset()
    mixed: tuple[tuple[str, str], ...] = ()
    holdings: tuple[Holding, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What the checkpoint's configuration leaves open and the reader took as given, in words."""


@dataclass(frozen=True)
class Architecture:
    """A model: its distinct layers and the order in which they stand.

    ``order[i]`` is the index into ``layers`` of decoder layer ``i``.
    """

    name: str
    family: str
    hidden_size: int
    vocab_size: int
    tied_embeddings: bool
    context_tokens: int
    layers: tuple[Layer, ...]
    order: tuple[int, ...]
    extra_parameters: int = 0
    """Final norm and whatever stands outside layers, embeddings and head."""
    quantisation: Quantisation | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What the reader left out on purpose (vision tower, MTP head), in words."""

    @property
    def layer_count(self) -> int:
        """Number of decoder layers."""
        return len(self.order)

    @property
    def mixes_experts(self) -> bool:
        """Whether any layer is a mixture of experts."""
        return any(isinstance(layer.mlp, MoeMlp) for layer in self.layers)

    def counts(self) -> tuple[int, ...]:
        """How often each distinct layer occurs, in the order of ``layers``."""
        return tuple(self.order.count(index) for index in range(len(self.layers)))
