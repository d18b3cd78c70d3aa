"""What physics needs to know of an accelerator, a link, a format and an engine: arrays that broadcast over columns."""

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from planner.perf.scales import Scales

Floats = NDArray[np.float64]


class Rows:
    """A frozen dataclass whose array fields share their first axis, the columns of a table."""

    def take(self, index: Any) -> Self:  # noqa: ANN401  whatever NumPy takes as an index of the first axis
        """Return the rows at ``index`` (integers, a mask or a slice)."""
        return self.mapped(lambda value: value[index])

    def over_grid(self) -> Self:
        """Return the rows with a trailing axis of length one, so that they broadcast over a grid of batches."""
        return self.mapped(lambda value: value[..., None])

    def mapped(self, change: Any) -> Self:  # noqa: ANN401  a function of an array
        """Return the rows with ``change`` applied to every array."""
        assert is_dataclass(self)
        values = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Rows):
                values[item.name] = value.mapped(change)
            elif isinstance(value, dict):
                values[item.name] = {key: part.mapped(change) for key, part in value.items()}
            else:
                values[item.name] = change(value) if isinstance(value, np.ndarray) else value
        return type(self)(**values)


@dataclass(frozen=True, eq=False)
class Layout(Rows):
    """Tensor x pipeline x attention-data parallel = accelerators of one replica; experts are split ``expert`` ways."""

    tensor: Floats
    pipeline: Floats
    expert: Floats
    attention_data: Floats

    @property
    def accelerators(self) -> Floats:
        """Accelerators of one replica."""
        return self.tensor * self.pipeline * self.attention_data

    @property
    def group(self) -> Floats:
        """Accelerators of one pipeline stage."""
        return self.tensor * self.attention_data


@dataclass(frozen=True, eq=False)
class LinkRates(Rows):
    """A link as collectives see it: all-reduce of S over n ranks ``a0 + a1 log2 n + b + sqrt(c b)`` [s].

    ``b = 2 (n - 1) / n S / bandwidth``; ``bandwidth`` [byte/s] is one direction, efficiency included, ``c`` =
    ``transition_s``, ``extra_s`` what an engine or a driver adds to each collective. All-gather and reduce-scatter
    have a latency, ``gather_*``, and a bandwidth of their own; ``send_s`` is the latency of one peer to another;
    ``reduce_s_per_byte`` is what switches that sum take for a byte of the message (infinite: they do not); ``shot_*``
    is an all-reduce in one exchange, ``(n - 1) S`` on the wire (latency infinite: the engine does not know it).
    """

    latency_s: Floats
    latency_per_log2_s: Floats
    bandwidth_bytes_per_s: Floats
    transition_s: Floats
    extra_s: Floats
    gather_s: Floats
    gather_per_log2_s: Floats
    gather_bytes_per_s: Floats
    send_s: Floats
    reduce_s_per_byte: Floats
    shot_s: Floats
    shot_per_log2_s: Floats
    shot_bytes_per_s: Floats


@dataclass(frozen=True, eq=False)
class MatrixRates(Rows):
    """How matrix products of one module class run: bytes an element, effective rates, launch time.

    ``flop_per_s`` and ``bandwidth_bytes_per_s`` include the efficiency factors; ``quantise_bytes`` is what quantising
    one activation element moves (0: activations stay in 16 bits), at ``stream_bytes_per_s`` like every elementwise
    pass; ``kernel_s`` is the extra fixed time of a grouped (MoE) kernel; ``depth_s`` is the latency of one element of
    the inner dimension (the serial loop of a tile, which no other tile hides).
    """

    weight_bytes: Floats
    activation_bytes: Floats
    flop_per_s: Floats
    bandwidth_bytes_per_s: Floats
    launch_s: Floats
    quantise_bytes: Floats
    stream_bytes_per_s: Floats
    kernel_s: Floats
    depth_s: Floats


@dataclass(frozen=True, eq=False)
class Attention(Rows):
    """Rates of the attention core (efficiencies included) and of memory-bound passes.

    ``read_*`` belong to decode (KV bytes; score FLOP), ``score_flop_per_s`` to prefill; ``softmax_flop`` is what one
    score costs beyond its two products; ``norm_launch_s`` the fixed time of normalising queries and keys;
    ``stream_bytes_per_s`` the rate of elementwise passes.
    """

    kv_bytes: Floats
    launch_s: Floats
    read_bytes_per_s: Floats
    read_flop_per_s: Floats
    score_flop_per_s: Floats
    softmax_flop: Floats
    state_bytes_per_s: Floats
    state_flop_per_s: Floats
    state_launch_s: Floats
    index_launch_s: Floats
    norm_launch_s: Floats
    stream_bytes_per_s: Floats


@dataclass(frozen=True, eq=False)
class EngineCosts(Rows):
    """Fixed costs of an engine [s]: a layer, a step, a sampled sequence and step; first-token offsets."""

    layer_s: Floats
    step_s: Floats
    sequence_s: Floats
    elementwise_bytes: Floats
    """Bytes moved per hidden element and layer outside matrix products (norms, rotary, residuals)."""
    expert_spread: Floats
    """g of the distinct-expert formula: 1 = uniform routing."""
    shared_overlap: Floats
    """Share of a shared expert's time that is not hidden behind the routed ones."""


@dataclass(frozen=True, eq=False)
class Machine(Rows):
    """Everything a step's time depends on, apart from the model and the layout."""

    attention: Attention
    modules: dict[str, MatrixRates]
    """By module class: attention, dense_mlp, experts, shared_expert, head."""
    tensor_link: LinkRates
    """Joins the accelerators of one pipeline stage."""
    pipeline_link: LinkRates
    """Joins stages."""
    engine: EngineCosts
    scales: "Scales | None" = None
    """A user's own calibration of the model on these machines."""
